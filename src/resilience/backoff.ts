import type { Random } from '../core/index.ts'
import type { RetryPlan } from './retry-plan.ts'

/**
 * Exponential backoff with decorrelated jitter: each call gives the next pause in milliseconds, at least the first delay of
 * the plan, at most three times the pause before it, and never above the plan's cap.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff({ firstDelayMs, maxDelayMs }: RetryPlan, random: Random): () => number {
  let last = firstDelayMs
  return () => {
    const most = Math.min(maxDelayMs, last * 3)
    last = firstDelayMs + random.next() * (most - firstDelayMs)
    return last
  }
}
