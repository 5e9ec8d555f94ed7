import { NO_PREFERENCES } from '../../../src/compliance/index.ts'
import { bufferedBody } from '../../../src/http/index.ts'
import type { RoutedResponse, RouteRequest, Send, Stage } from '../../../src/routing/index.ts'

export const URL_ASKED = new URL('http://shop.example/orders?id=1')

/** A request as a session hands it to its stages. */
export function aRequest(own: Partial<RouteRequest> = {}): RouteRequest {
  return { url: URL_ASKED, timeoutMs: 10_000, identity: undefined, ...own }
}

/** A response as a router gives it; the body is a text. */
export function aResponse(
  statusCode = 200,
  own: Partial<RoutedResponse> = {},
  text = 'body',
): RoutedResponse {
  const headers = own.headers ?? {}
  return {
    via: 'http',
    statusCode,
    statusText: '',
    headers,
    wireHeaders: headers,
    trailers: {},
    body: bufferedBody(Buffer.from(text), headers),
    url: URL_ASKED,
    method: 'GET',
    redirected: false,
    hops: 0,
    verdict: undefined,
    httpVersion: '1.1',
    solved: false,
    preferences: NO_PREFERENCES,
    ...own,
  }
}

type Outcome = RoutedResponse | Error | ((request: RouteRequest) => RoutedResponse | Promise<RoutedResponse>)

/** A stage ahead of a `next` that gives these outcomes, one a call, and keeps what it was asked. */
export function ahead(stage: Stage, ...outcomes: readonly Outcome[]): { send: Send; asked: RouteRequest[] } {
  const asked: RouteRequest[] = []
  const send = stage(async (request) => {
    const outcome = outcomes[asked.push(request) - 1]
    if (outcome === undefined) throw new Error('next was called more often than the test allows')
    if (outcome instanceof Error) throw outcome
    return typeof outcome === 'function' ? outcome(request) : outcome
  })
  return { send, asked }
}

/** The whole body as text. */
export async function textOf(response: RoutedResponse): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response.body as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
