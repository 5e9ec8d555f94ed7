import type { AnswerData } from './data-documents.ts'

/** What the headers of an answer are called among its data. */
export const HEADERS = 'headers'
/** Headers that scripts read: the next page of a list, how many there are. */
const READ = /^(?:link|content-range)$|cursor|next|page|total|count|offset|continuation|token$/
const NEVER = /^(?:set-cookie|authorization|www-authenticate|.*csrf.*|.*xsrf.*)$/
const MAX_HEADERS = 16
const MAX_CHARS = 2_000

/** The headers of an answer that a page's script may read something from, with lower-case names. */
export function readableHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): [name: string, value: string][] {
  return Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), [value ?? ''].flat().join(', ')])
    .filter(
      ([name, value]) => READ.test(name) && !NEVER.test(name) && value !== '' && value.length <= MAX_CHARS,
    )
    .slice(0, MAX_HEADERS)
}

/** The data of an answer with what its headers say: each by its name, and of `Link` each relation, its URL and the parameters of that. */
export function withHeaders(
  { roots, html }: AnswerData,
  headers: readonly (readonly [name: string, value: string])[],
): AnswerData {
  if (headers.length === 0) return { roots, html }
  const root = Object.fromEntries(
    headers.map(([name, value]) => [name, name === 'link' ? linksOf(value) : value]),
  )
  return { roots: new Map([...roots, [HEADERS, root]]), html }
}

function linksOf(header: string): Record<string, unknown> {
  const links: Record<string, unknown> = {}
  for (const [, target = '', parameters = ''] of header.matchAll(/<([^<>]*)>([^<]*)/g)) {
    const relation = /;\s*rel="?([\w-]+)/i.exec(parameters)?.[1]?.toLowerCase()
    const url = URL.parse(target, 'http://none.invalid/')
    if (relation !== undefined && url !== null && !Object.hasOwn(links, relation))
      links[relation] = { url: target, query: Object.fromEntries(url.searchParams) }
  }
  return links
}
