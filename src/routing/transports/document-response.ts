import type { LoadedDocument } from '../../browsing/index.ts'
import { NO_PREFERENCES } from '../../compliance/index.ts'
import { bufferedBody } from '../../http/index.ts'
import type { RoutedResponse, RouteRequest } from '../route-request.ts'
import { withinLimit } from './body-limit.ts'

/**
 * A document that a browser loaded, as the response to a request.
 *
 * @param maxBytes - what its body may have where the request does not say; 0 for no limit
 * @throws OnejarError ONEJAR_BODY_TOO_LARGE
 */
export function documentResponse(
  request: RouteRequest,
  document: LoadedDocument,
  maxBytes: number,
): RoutedResponse {
  const { url, statusCode, statusText, headers, verdict } = document
  const method = request.method ?? 'GET'
  const limit = request.maxResponseBytes ?? maxBytes
  const body = method === 'HEAD' ? Buffer.alloc(0) : withinLimit(document.body, limit, url)
  return {
    via: 'page',
    statusCode,
    statusText,
    headers,
    wireHeaders: headers,
    trailers: {},
    body: bufferedBody(body, headers),
    url,
    method,
    redirected: url.href !== request.url.href,
    hops: 0,
    verdict,
    httpVersion: '1.1',
    solved: false,
    preferences: NO_PREFERENCES,
  }
}
