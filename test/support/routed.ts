import type { Verdict, VerdictKind } from '../../src/challenge/index.ts'
import { NO_PREFERENCES } from '../../src/compliance/index.ts'
import { bufferedBody, type Via } from '../../src/http/index.ts'
import type { RoutedResponse } from '../../src/routing/index.ts'

/** What a response of the router is made of, in a test without a network. */
export interface RoutedParts {
  readonly status?: number
  readonly kind?: VerdictKind
  readonly via?: Via
  readonly url?: URL
  readonly body?: string
  readonly method?: string
  /** How sure the verdict is, from 0 to 1. */
  readonly confidence?: number
}

export const PAGE = new URL('https://shop.example/orders')

export function verdictOf(kind: VerdictKind, confidence = 1): Verdict {
  return { kind, confidence, vendor: null, evidence: [], vendorsPresent: [] }
}

export function routed(parts: RoutedParts = {}): RoutedResponse {
  const { status = 200, kind = 'ok', via = 'http', url = PAGE, body = 'orders', method = 'GET' } = parts
  return {
    via,
    statusCode: status,
    statusText: '',
    headers: {},
    wireHeaders: {},
    trailers: {},
    body: bufferedBody(Buffer.from(body), {}),
    url,
    method,
    redirected: false,
    hops: 0,
    verdict: verdictOf(kind, parts.confidence),
    httpVersion: '1.1',
    solved: false,
    preferences: NO_PREFERENCES,
  }
}
