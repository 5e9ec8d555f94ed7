import { z } from 'zod'
import type { CredentialProvider } from '../../credentials/index.ts'
import { type ResiliencePlan, SECURITY_FAULTS, type SecurityFault } from '../../pipeline/index.ts'
import {
  type CircuitPlan,
  circuitSchema,
  DEFAULT_CIRCUIT,
  DEFAULT_RETRY,
  type DeadLetterPlan,
  deadLetterSchema,
  type RateLimitPlan,
  type RetryPlan,
  retrySchema,
} from '../../resilience/index.ts'
import {
  credentialProvider,
  credentialsSchema,
  type ReauthenticateHook,
  reauthenticateSchema,
} from './reauthentication.ts'

const DAY_MS = 24 * 3_600_000

/** What a broker and each of its sessions do about failures. A session's own options take precedence over the broker's. */
export const resilienceShape = {
  retry: retrySchema.optional(),
  circuitBreaker: circuitSchema.optional(),
  reauthenticate: reauthenticateSchema.optional(),
  reauthenticateTimeoutMs: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional(),
  credentials: credentialsSchema.optional(),
  deadLetters: deadLetterSchema.optional(),
  purgeOn: z.array(z.enum(SECURITY_FAULTS)).optional(),
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
  readonly deadLetters?: DeadLetterPlan | undefined
  readonly purgeOn?: readonly SecurityFault[] | undefined
  readonly reauthenticate?: ReauthenticateHook | undefined
  readonly reauthenticateTimeoutMs?: number | undefined
  readonly credentials?: z.output<typeof credentialsSchema> | undefined
}

/** What a session does about failures; the hook is yet to be given its session. */
export interface SessionResilienceOptions extends Omit<ResiliencePlan, 'reauthentication'> {
  /** Faults after which the session's state is purged. */
  readonly purgeOn: readonly SecurityFault[]
  /** Null where nobody logs in. */
  readonly reauthentication: {
    readonly hook: ReauthenticateHook
    readonly timeoutMs: number
    readonly credentials: CredentialProvider
  } | null
}

export function resiliencePlan(
  broker: GivenResilience & {
    readonly rateLimits: RateLimitPlan | false
    readonly retention: { readonly deadLettersMs: number; readonly idempotencyMs: number }
  },
  session: GivenResilience,
): SessionResilienceOptions {
  const hook = session.reauthenticate ?? broker.reauthenticate
  return {
    retry: session.retry ?? broker.retry ?? DEFAULT_RETRY,
    circuit: session.circuitBreaker ?? broker.circuitBreaker ?? DEFAULT_CIRCUIT,
    rateLimits: broker.rateLimits,
    purgeOn: session.purgeOn ?? broker.purgeOn ?? [],
    idempotencyTtlMs: session.idempotencyTtlMs ?? broker.idempotencyTtlMs ?? broker.retention.idempotencyMs,
    deadLetters: session.deadLetters ?? broker.deadLetters ?? false,
    deadLetterMs: broker.retention.deadLettersMs,
    reauthentication:
      hook === undefined
        ? null
        : {
            hook,
            timeoutMs: session.reauthenticateTimeoutMs ?? broker.reauthenticateTimeoutMs ?? 30_000,
            credentials: credentialProvider(session.credentials ?? broker.credentials),
          },
  }
}
