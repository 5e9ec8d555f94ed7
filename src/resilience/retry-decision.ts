import { type Attempt, askedPauseMs, transientReason } from './attempt.ts'

/** What is known of a request when one of its attempts has failed. */
export interface RetryQuestion {
  /** In capitals. */
  readonly method: string
  /** Whether a key shows the server that it is the same request again. */
  readonly hasKey: boolean
  /** False when the body is a stream that has been sent. */
  readonly isReplayable: boolean
  /** What is left until the request's deadline. */
  readonly leftMs: number
  /** What the backoff would wait. */
  readonly backoffMs: number
}

export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number; readonly reason: string }
  | { readonly retry: false; readonly why: 'not transient' | 'not idempotent' | 'one-shot body' | 'no time' }

/** RFC 9110, 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/**
 * Whether a request that failed is sent again, and after how long. Retry-After replaces the backoff where it is longer;
 * a wait that would not end before the deadline is not begun.
 */
export function decideRetry(attempt: Attempt, question: RetryQuestion): RetryDecision {
  const reason = transientReason(attempt)
  if (reason === null) return { retry: false, why: 'not transient' }
  if (!question.hasKey && !IDEMPOTENT.has(question.method)) return { retry: false, why: 'not idempotent' }
  if (!question.isReplayable) return { retry: false, why: 'one-shot body' }
  const delayMs = Math.ceil(Math.max(question.backoffMs, askedPauseMs(attempt) ?? 0))
  return delayMs >= question.leftMs ? { retry: false, why: 'no time' } : { retry: true, delayMs, reason }
}
