import { NO_PREFERENCES } from '../../compliance/index.ts'
import { bufferedBody, type HttpResponse, streamedBody } from '../../http/index.ts'
import { type IdempotentRequest, type KeptHeaders, MAX_KEPT_BODY_BYTES } from '../../record/index.ts'
import type { RoutedResponse } from '../../routing/index.ts'

type KeptResponse = NonNullable<IdempotentRequest['response']>

/** What a store takes of headers. */
const MAX_HEADERS = 256
const MAX_HEADER_CHARS = 8_192
const MAX_ALL_HEADERS_CHARS = 60 * 1024

/**
 * Reads a response so that it can be kept and be given to several callers.
 *
 * @returns what is kept, and the response for the caller who made the request. A body above what is kept is not in the
 * first, and is streamed on in the second.
 */
export async function keepResponse(
  response: RoutedResponse,
): Promise<{ readonly kept: KeptResponse; readonly own: RoutedResponse }> {
  const chunks: Buffer[] = []
  let size = 0
  const source = response.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let ended = false
  while (size <= MAX_KEPT_BODY_BYTES) {
    const { done, value } = await source.next()
    if (done) {
      ended = true
      break
    }
    chunks.push(value)
    size += value.length
  }
  const bytes = Buffer.concat(chunks)
  const { href } = withoutHash(response.url)
  const kept: KeptResponse = {
    status: response.statusCode,
    url: href,
    headers: keptHeaders(response.headers),
    bodyBase64: ended ? bytes.toString('base64') : null,
  }
  const body = ended
    ? bufferedBody(bytes, response.headers)
    : streamedBody(rest(bytes, source), response.headers)
  return { kept, own: { ...response, body } }
}

/** A response for another caller, made of what was kept; null when its body was too large to be. */
export function responseOf(kept: KeptResponse, method: string): RoutedResponse | null {
  if (kept.bodyBase64 === null) return null
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of kept.headers) {
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return {
    via: 'http',
    statusCode: kept.status,
    statusText: '',
    headers,
    wireHeaders: headers,
    trailers: {},
    body: bufferedBody(Buffer.from(kept.bodyBase64, 'base64'), headers),
    url: new URL(kept.url),
    method,
    redirected: false,
    hops: 0,
    verdict: undefined,
    httpVersion: '1.1',
    solved: false,
    preferences: NO_PREFERENCES,
  }
}

async function* rest(first: Buffer, source: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first
    for (;;) {
      const { done, value } = await source.next()
      if (done) return
      yield value
    }
  } finally {
    await source.return?.()
  }
}

/** Without cookies, which are in the record already, and without what does not fit. */
function keptHeaders(headers: HttpResponse['headers']): KeptHeaders {
  const kept: [string, string][] = []
  let chars = 0
  for (const [name, values] of Object.entries(headers)) {
    if (name === 'set-cookie' || values === undefined) continue
    for (const value of [values].flat()) {
      chars += name.length + value.length
      if (kept.length === MAX_HEADERS || chars > MAX_ALL_HEADERS_CHARS) return kept
      if (value.length <= MAX_HEADER_CHARS) kept.push([name, value])
    }
  }
  return kept
}

function withoutHash(url: URL): URL {
  const plain = new URL(url)
  plain.hash = ''
  return plain
}
