import { type Extraction, extractFields, isJsonSchema } from '../../compliance/index.ts'
import { ignore, OnejarError, safeUrl } from '../../core/index.ts'
import { runSteps, TooManyElements, TooMuchText } from '../../document/index.ts'
import { assertTime, bufferedBody } from '../../http/index.ts'
import type { RoutedResponse, Stage } from '../../routing/index.ts'

/** A document that is larger is not parsed. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

/**
 * Data minimisation: where a request names what it wants, the caller gets that, as JSON, and nothing else of the body. A
 * response that is no success comes without a body.
 *
 * @param onReduced - called for each response that was reduced
 */
export function extracting(onReduced: (url: URL) => void): Stage {
  return (next) => (request) => {
    const { extract } = request
    if (extract === undefined) return next(request)
    const deadline = performance.now() + request.timeoutMs
    const over = () => assertTime(request, deadline)
    return next(request).then((response) => reduce(response, extract, { over, onReduced }))
  }
}

async function reduce(
  response: RoutedResponse,
  extract: Extraction,
  { over, onReduced }: { readonly over: () => void; readonly onReduced: (url: URL) => void },
): Promise<RoutedResponse> {
  const { statusCode, url, body } = response
  const success = statusCode >= 200 && statusCode < 300
  let text = ''
  if (success) {
    const value = await read(response, extract, over)
    text = JSON.stringify(value) ?? 'null'
  } else body.on('error', ignore).destroy()
  onReduced(url)
  const headers = { 'content-type': 'application/json' }
  const reduced = bufferedBody(Buffer.from(text), headers)
  return { ...response, headers, wireHeaders: headers, trailers: {}, body: reduced }
}

async function read(
  { body, headers, url }: RoutedResponse,
  extract: Extraction,
  over: () => void,
): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw failure(url, `the body is larger than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  const text = decoded(Buffer.concat(chunks), headers['content-type'])
  if (!isJsonSchema(extract)) {
    try {
      return await runSteps(extractFields(text, extract), over)
    } catch (error) {
      if (error instanceof TooManyElements || error instanceof TooMuchText) throw failure(url, error.message)
      throw error
    }
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw failure(url, 'the body is no JSON')
  }
  const result = await extract['~standard'].validate(json)
  if (result.issues === undefined) return result.value
  // Paths only: messages may quote what was found.
  const paths = result.issues.slice(0, 5).map(({ path }) => (path ?? []).map(keyOf).join('.') || '(whole)')
  throw failure(url, `the JSON does not have the form of the schema at ${paths.join(', ')}`)
}

function decoded(bytes: Buffer, contentType: string | string[] | undefined): string {
  const charset = /charset=["']?([\w:-]+)/i.exec(String(contentType ?? ''))?.[1]
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}

function keyOf(segment: unknown): string {
  const key = typeof segment === 'object' && segment !== null && 'key' in segment ? segment.key : segment
  return String(key).slice(0, 100)
}

function failure(url: URL, what: string): OnejarError {
  return new OnejarError('ONEJAR_EXTRACT_FAILED', `${safeUrl(url)}: ${what}`)
}
