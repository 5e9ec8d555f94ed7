import type { PagePattern } from '../../record/index.ts'
import { fragmentSegments, segmentsOf } from '../page-parts.ts'

/**
 * The pages that two pages are examples of: what they have in common stays, what they have not can be anything. Undefined where they
 * are the same page, or have nothing in common but their site.
 */
export function patternOfPages(a: URL, b: URL): PagePattern | undefined {
  if (a.origin !== b.origin) return undefined
  const path = common(segmentsOf(a.pathname), segmentsOf(b.pathname))
  const fragment = common(fragmentSegments(a.hash), fragmentSegments(b.hash))
  const query = commonQuery(a, b)
  if (path === undefined || fragment === undefined || query === undefined) return undefined
  const all = [...path, ...fragment, ...query.map(([, value]) => value)]
  if (all.every((part) => part !== null)) return undefined
  return { origin: a.origin, path, query, fragment }
}

/** Whether a page is one of those. */
export function isOfPattern({ origin, path, query, fragment }: PagePattern, url: URL): boolean {
  if (url.origin !== origin) return false
  const pairs = sortedQuery(url)
  return (
    fits(path, segmentsOf(url.pathname)) &&
    fits(fragment, fragmentSegments(url.hash)) &&
    pairs?.length === query.length &&
    query.every(
      ([name, value], at) => pairs[at]?.[0] === name && (value === null || pairs[at]?.[1] === value),
    )
  )
}

/** A pattern for people: `https://shop.example/products/*?tab=*`. */
export function patternText({ origin, path, query, fragment }: PagePattern): string {
  const segments = (all: readonly (string | null)[]) =>
    all.map((part) => `/${part === null ? '*' : encodeURIComponent(part)}`).join('')
  const pairs = query.map(([name]) => `${encodeURIComponent(name)}=*`)
  const end = fragment.length === 0 ? '' : `#${segments(fragment)}`
  return `${origin}${segments(path)}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}${end}`
}

function fits(pattern: readonly (string | null)[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length &&
    pattern.every((part, at) => (part === null ? parts[at] !== '' : part === parts[at]))
  )
}

function common(a: readonly string[], b: readonly string[]): (string | null)[] | undefined {
  if (a.length !== b.length) return undefined
  return a.map((part, at) => (part === b[at] ? part : null))
}

function commonQuery(a: URL, b: URL): (readonly [string, string | null])[] | undefined {
  const [first, second] = [sortedQuery(a), sortedQuery(b)]
  if (first === undefined || second === undefined || first.length !== second.length) return undefined
  if (first.some(([name], at) => second[at]?.[0] !== name)) return undefined
  return first.map(([name, value], at) => [name, value === second[at]?.[1] ? value : null] as const)
}

/** Undefined where a name is there twice: nobody knows which of them counts. */
function sortedQuery({ searchParams }: URL): [string, string][] | undefined {
  const pairs = [...searchParams].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return new Set(pairs.map(([name]) => name)).size === pairs.length ? pairs : undefined
}
