import { type ErrorCode, type ErrorTier, requestTarget } from '../../core/index.ts'
import { type HeadersInput, type NormalizedBody, normalizeBody, toHeaderList } from '../../http/index.ts'
import { type DeadLetter, type KeptHeaders, MAX_KEPT_BODY_BYTES } from '../../record/index.ts'
import { holdsCredentials, isCredentialName, withoutCredentials } from '../../resilience/index.ts'
import type { RouteRequest } from '../../routing/index.ts'
import { bodyBytes } from '../idempotency/request-fingerprint.ts'

/** What a store takes of a letter. */
const MAX_SEARCH_CHARS = 65_536
const MAX_HEADERS = 200
const MAX_HEADER_CHARS = 8_192
const MAX_ALL_HEADERS_CHARS = 60 * 1024

export interface LetterFacts {
  readonly at: number
  readonly expiresAt: number
  readonly code: ErrorCode
  readonly tier: ErrorTier
  readonly status: number | null
  readonly attempts: number
}

/**
 * A request as a dead letter: what it takes to send it again, without credentials. Null when its method or URL is none that
 * could be kept.
 */
export async function deadLetterOf(request: RouteRequest, facts: LetterFacts): Promise<DeadLetter | null> {
  const { url, method = 'GET' } = request
  const body = request.body == null ? null : normalizeBody(request.body)
  if (!/^[A-Z-]{1,32}$/.test(method)) return null
  const query = withoutCredentials(requestTarget(url).slice(url.pathname.length))
  if (query.search.length > MAX_SEARCH_CHARS) return null
  const headers = keptHeaders(request.headers as HeadersInput | undefined)
  const contentType = headers.find(([name]) => name === 'content-type')?.[1] ?? defaultType(body)
  if (contentType !== undefined && !headers.some(([name]) => name === 'content-type')) {
    headers.push(['content-type', contentType])
  }
  const bytes = body === null ? null : await keptBody(body, contentType ?? '')
  return {
    ...facts,
    method,
    url: `${url.origin}${url.pathname}`,
    request: {
      search: query.search,
      headers,
      bodyBase64: bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('base64'),
      isWhole: query.isWhole && bytes !== undefined,
    },
  }
}

/** Undefined when it cannot be kept, or not without a credential. */
async function keptBody(body: NormalizedBody, contentType: string): Promise<Uint8Array | undefined> {
  if ((body.size ?? 0) > MAX_KEPT_BODY_BYTES) return undefined
  const bytes = await bodyBytes(body)
  if (bytes === undefined || bytes.length > MAX_KEPT_BODY_BYTES) return undefined
  return holdsCredentials(contentType, Buffer.from(bytes).toString('latin1')) ? undefined : bytes
}

/** What undici would have added: the body is kept as bytes, which say nothing of their type. */
function defaultType(body: NormalizedBody | null): string | undefined {
  // A form is not kept, and its boundary says nothing without it.
  return body?.form === undefined ? body?.contentType : undefined
}

function keptHeaders(headers: HeadersInput | undefined): [string, string][] {
  const list = toHeaderList(headers)
  const kept: [string, string][] = []
  let chars = 0
  for (let i = 0; i < list.length; i += 2) {
    const name = (list[i] ?? '').toLowerCase()
    const value = list[i + 1] ?? ''
    if (isCredentialName(name) || value.length > MAX_HEADER_CHARS) continue
    if (!/^[!#$%&'*+.^_`|~\da-z-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue
    chars += name.length + value.length
    if (kept.length === MAX_HEADERS || chars > MAX_ALL_HEADERS_CHARS) break
    kept.push([name, value])
  }
  return kept
}

/** The headers of a letter as they are sent again. */
export function lettersHeaders(headers: KeptHeaders): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => name !== 'idempotency-key'))
}
