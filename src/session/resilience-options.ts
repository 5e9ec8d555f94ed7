import { z } from 'zod'
import {
  type CircuitPlan,
  circuitSchema,
  DEFAULT_CIRCUIT,
  DEFAULT_RETRY,
  type RetryPlan,
  retrySchema,
} from '../resilience/index.ts'

const DAY_MS = 24 * 3_600_000

/** What a broker and each of its sessions may be told about failures. A session's own go before the broker's. */
export const resilienceShape = {
  /**
   * How often and how patiently a request is sent again that failed in a way that time may mend; `false` for never. Default:
   * three attempts in all, 250 ms and more apart. Retry-After is kept in any case.
   */
  retry: retrySchema.optional(),
  /**
   * When an origin that fails again and again is left alone for a while; `false` for never. Default: after ten failures in a
   * row, for a second at first.
   */
  circuitBreaker: circuitSchema.optional(),
  /** How long the response to a request with an idempotency key is kept, in milliseconds. Default: a day. */
  idempotencyTtlMs: z
    .number()
    .int()
    .min(1_000)
    .max(30 * DAY_MS)
    .optional(),
}

/** What of it a broker or a session was given. */
interface GivenResilience {
  readonly retry?: RetryPlan | false | undefined
  readonly circuitBreaker?: CircuitPlan | false | undefined
  readonly idempotencyTtlMs?: number | undefined
}

/** What a session does about failures. */
export interface ResiliencePlan {
  readonly retry: RetryPlan | false
  readonly circuit: CircuitPlan | false
  readonly idempotencyTtlMs: number
}

export function resiliencePlan(broker: GivenResilience, session: GivenResilience): ResiliencePlan {
  return {
    retry: session.retry ?? broker.retry ?? DEFAULT_RETRY,
    circuit: session.circuitBreaker ?? broker.circuitBreaker ?? DEFAULT_CIRCUIT,
    idempotencyTtlMs: session.idempotencyTtlMs ?? broker.idempotencyTtlMs ?? DAY_MS,
  }
}
