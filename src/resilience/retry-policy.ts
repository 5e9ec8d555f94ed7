import { ConstantBackoff, ExponentialBackoff, handleWhenResult, type RetryPolicy, retry } from 'cockatiel'
import type { Random } from '../core/index.ts'
import type { RetryDecision } from './retry-decision.ts'
import type { RetryPlan } from './retry-plan.ts'

export interface RetryPolicyParts<T> {
  readonly plan: RetryPlan
  readonly random: Random
  /** Asked after each attempt but the last; gets what the backoff would wait. */
  readonly decide: (outcome: T, backoffMs: number) => RetryDecision
  /** Another attempt is coming; its number counts from 2. */
  readonly onRetry: (outcome: T, attempt: number, decision: Extract<RetryDecision, { retry: true }>) => void
}

/**
 * cockatiel's retry policy for one request. Attempts resolve to their outcome, failures too; the last outcome is what the
 * policy's `execute` resolves to. cockatiel's own wait cannot be ended early, so that it is not used: who makes the attempt
 * waits before it, as `onRetry` was told.
 */
export function retryPolicy<T>({ plan, random, decide, onRetry }: RetryPolicyParts<T>): RetryPolicy {
  let pause = backoff(plan, random).next()
  let attempt = 1
  const failed = handleWhenResult((outcome) => {
    if (attempt === plan.attempts) return false
    const decision = decide(outcome as T, pause.duration)
    if (!decision.retry) return false
    attempt++
    pause = pause.next(undefined)
    onRetry(outcome as T, attempt, decision)
    return true
  })
  return retry(failed, { maxAttempts: plan.attempts - 1, backoff: new ConstantBackoff(0) })
}

/** Exponential with decorrelated jitter: at least the first delay, at most three times the last one, never above the cap. */
export function backoff(plan: RetryPlan, random: Random): ExponentialBackoff<number> {
  return new ExponentialBackoff<number>({
    initialDelay: plan.firstDelayMs,
    maxDelay: plan.maxDelayMs,
    generator: (last, { initialDelay, maxDelay }) => {
      const most = Math.min(maxDelay, (last ?? initialDelay) * 3)
      const next = initialDelay + random.next() * (most - initialDelay)
      return [next, next]
    },
  })
}
