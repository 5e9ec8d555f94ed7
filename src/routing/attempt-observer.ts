import type { Via } from '../http/index.ts'
import type { RoutedResponse, RouteRequest } from './route-request.ts'

/** The head of an answer; without a verdict where nobody looked. */
export type Answer = Pick<RoutedResponse, 'url' | 'method' | 'via' | 'statusCode'> &
  Partial<Pick<RoutedResponse, 'verdict' | 'httpVersion'>>

/** Notified of each time that a request was sent, over whichever transport, solved or tried again later or not. Must not throw. */
export interface AttemptObserver {
  /** Whether it uses `ms`: else nobody looks at a clock. */
  readonly timed: boolean
  /**
   * A site has answered.
   *
   * @param attempt - 1, or which time it was that the request was sent
   * @param ms - until the headers were there; 0 unless `timed`
   */
  answered(answer: Answer, attempt: number, ms: number): void
  /** There was no answer. */
  failed(
    request: Pick<RouteRequest, 'url' | 'method' | 'attempt'>,
    via: Via,
    error: unknown,
    ms: number,
  ): void
}
