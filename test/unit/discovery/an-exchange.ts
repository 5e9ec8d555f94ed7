import type { RecordedExchange } from '../../../src/discovery/index.ts'

/** A request of a page with its answer; what is not given is plain. */
export function anExchange(given: Partial<RecordedExchange> = {}): RecordedExchange {
  return {
    method: 'GET',
    url: 'https://shop.example/api/products/5',
    kind: 'data',
    requester: 'page',
    byServiceWorker: false,
    requestHeaders: [],
    requestBody: null,
    status: 200,
    redirected: false,
    mediaType: 'application/json',
    link: '',
    answerHeaders: [],
    body: null,
    left: 'nothing',
    ...given,
  }
}
