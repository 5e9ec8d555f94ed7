import type { RecordedExchange } from './recorded-exchange.ts'

/** Whether a request only reads, and by what that shows. */
export type ReadEvidence =
  | {
      readonly reads: true
      readonly why: 'method' | 'graphql-query' | 'declared'
      readonly operation: string | null
    }
  | { readonly reads: false; readonly why: string }

const QUERY = /^\s*(?:#[^\n]*\n\s*|fragment\b[^{]*\{(?:[^{}]|\{[^{}]*\})*\}\s*)*(?:query\b|\{)/

/**
 * Whether a request only reads. GET and HEAD do; a POST does where it is a GraphQL query, or where the user says so. Whatever else
 * might change something is never sent again.
 *
 * @param declared - URLs (origin and path) of which the user says that a POST to them reads
 */
export function readEvidence(
  { method, url, requestBody }: Pick<RecordedExchange, 'method' | 'url' | 'requestBody'>,
  declared: readonly string[] = [],
): ReadEvidence {
  const operation = operationsOf(requestBody ?? new URL(url).searchParams.get('query') ?? '')
  if (method === 'GET' || method === 'HEAD') {
    // A persisted query has no text; GraphQL over HTTP allows no mutation by GET.
    return {
      reads: true,
      why: 'method',
      operation: operation.name ?? new URL(url).searchParams.get('operationName'),
    }
  }
  if (method !== 'POST') return { reads: false, why: `${method} may change something` }
  if (operation.isQuery) return { reads: true, why: 'graphql-query', operation: operation.name }
  const { origin, pathname } = new URL(url)
  if (declared.includes(origin + pathname)) return { reads: true, why: 'declared', operation: null }
  return { reads: false, why: 'a POST that is no GraphQL query may change something' }
}

/** Whether a body is one GraphQL query or a list of them, nothing else among them. */
function operationsOf(body: string): { readonly isQuery: boolean; readonly name: string | null } {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return { isQuery: false, name: null }
  }
  const all = (Array.isArray(json) ? json : [json]) as { query?: unknown; operationName?: unknown }[]
  const isQuery =
    all.length > 0 &&
    all.every(
      (one) =>
        typeof one === 'object' && one !== null && typeof one.query === 'string' && isOnlyQuery(one.query),
    )
  const name = all[0]?.operationName
  return { isQuery, name: isQuery && typeof name === 'string' && name !== '' ? name : null }
}

/** A document can hold several operations: one that changes something is enough to leave it alone. */
function isOnlyQuery(text: string): boolean {
  const bare = text.replace(/"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*/g, ' ')
  return QUERY.test(bare) && !/(?:^|[\s}])(?:mutation|subscription)\b(?=\s*[\w({@])/.test(topLevel(bare))
}

/** What stands outside of braces: where operations begin. */
function topLevel(text: string): string {
  let depth = 0
  let out = ''
  for (const char of text) {
    if (char === '{') depth++
    if (depth === 0) out += char
    if (char === '{' && depth === 1) out += '{'
    if (char === '}') {
      depth = Math.max(0, depth - 1)
      if (depth === 0) out += '}'
    }
  }
  return out
}
