import type { LoadFailure } from '../browsing/index.ts'
import type { Verdict } from '../challenge/index.ts'
import type { OnejarError } from '../core/index.ts'
import type { RoutedResponse } from './route-request.ts'

/** The result of one request over one transport. */
export type Outcome =
  /** What the site answers; it may be an error of the site's, or ask for a login. */
  | { readonly kind: 'response'; readonly response: RoutedResponse }
  /** The site wants a browser, or has the session wait in line, before it answers. */
  | Challenged
  /** The site demands a person, or refuses for good. */
  | Refused
  /** There is no answer. */
  | { readonly kind: 'failed'; readonly error: unknown }

export interface Challenged {
  readonly kind: 'challenged'
  readonly response: RoutedResponse
  readonly verdict: Verdict
}

export interface Refused {
  readonly kind: 'refused'
  /** What showed it. */
  readonly url: URL
  readonly verdict: Verdict
  /** The response that showed it; null where a page did. */
  readonly response: RoutedResponse | null
  /** A PNG of the page that showed it, if any. */
  readonly screenshot: Buffer | null
}

/**
 * The outcome of a page that the site did not let through.
 *
 * @param toError - the error for a failure that is no refusal
 */
export function outcomeOfLoad(
  failure: LoadFailure,
  url: URL,
  toError: (failure: LoadFailure, url: URL) => OnejarError,
): Outcome {
  const { verdict, at, screenshot } = failure
  if (verdict?.kind === 'captcha' || verdict?.kind === 'block') {
    return { kind: 'refused', url: at ?? url, verdict, response: null, screenshot }
  }
  return { kind: 'failed', error: toError(failure, url) }
}

/** What blocks the origin: a refusal, or a puzzle that comes after it was solved. */
export function refusalOf(outcome: Outcome): Omit<Refused, 'kind'> {
  if (outcome.kind === 'refused') return outcome
  const { response, verdict } = outcome as Challenged
  return { url: response.url, verdict, response, screenshot: null }
}

/** Whether the site says that it is in trouble. */
export function siteFails(outcome: Outcome): boolean {
  if (outcome.kind !== 'response') return false
  return isFailure(outcome.response) && outcome.response.verdict?.kind === 'error'
}

/** What says nothing about the transport: the server is in trouble. */
export function isFailure({ statusCode }: RoutedResponse): boolean {
  return statusCode >= 500
}
