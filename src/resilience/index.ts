export {
  type Attempt,
  askedPauseMs,
  isOutage,
  isRateLimit,
  isRateLimited,
  transientReason,
} from './attempt.ts'
export { backoff } from './backoff.ts'
export { type CircuitPlan, circuitSchema, DEFAULT_CIRCUIT } from './circuit-plan.ts'
export { type Admission, type Circuit, Circuits, type CircuitsOptions } from './circuits.ts'
export {
  becomesDeadLetter,
  type DeadLetterOption,
  type DeadLetterPlan,
  deadLetterSchema,
  holdsCredentials,
  isCredentialName,
  isNamedFailure,
  withoutCredentials,
} from './dead-letters.ts'
export { isFinalAnswer, isIdempotencyKey } from './idempotency.ts'
export { RateAlarms, type RateChange } from './rate-alarms.ts'
export { RateLimitPauses } from './rate-limit-pauses.ts'
export { type RateLimitPlan, rateLimitsSchema } from './rate-limit-plan.ts'
export { RateLimitStreaks } from './rate-limit-streaks.ts'
export { decideRetry, type RetryDecision, type RetryQuestion } from './retry-decision.ts'
export { DEFAULT_RETRY, type RetryOption, type RetryPlan, retrySchema } from './retry-plan.ts'
