import { type Extraction, isJsonSchema } from '../../compliance/index.ts'
import { assertTime } from '../../http/index.ts'
import type { RoutedResponse, Stage } from '../../routing/index.ts'
import { bodyText, extractFailure } from '../extraction/body-text.ts'
import { fieldsOf, isSuccess, reducedTo, reducedToNothing } from '../extraction/reduced-response.ts'

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
  const reduced = isSuccess(response)
    ? reducedTo(response, await read(response, extract, over))
    : reducedToNothing(response)
  onReduced(response.url)
  return reduced
}

async function read(response: RoutedResponse, extract: Extraction, over: () => void): Promise<unknown> {
  const { url } = response
  const text = await bodyText(response)
  if (!isJsonSchema(extract)) return fieldsOf(text, extract, url, over)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw extractFailure(url, 'the body is no JSON')
  }
  const result = await extract['~standard'].validate(json)
  if (result.issues === undefined) return result.value
  // Paths only: messages may quote what was found.
  const paths = result.issues.slice(0, 5).map(({ path }) => (path ?? []).map(keyOf).join('.') || '(whole)')
  throw extractFailure(url, `the JSON does not have the form of the schema at ${paths.join(', ')}`)
}

function keyOf(segment: unknown): string {
  const key = typeof segment === 'object' && segment !== null && 'key' in segment ? segment.key : segment
  return String(key).slice(0, 100)
}
