import { isOnejarError, type OnejarError } from '../../core/index.ts'
import { networkCode } from '../network-code.ts'
import { secondsFlag } from '../options/values.ts'
import { UsageError } from '../usage-error.ts'
import type { FetchFlags } from './flags.ts'

/** What `--retry` and its companions ask for. */
export interface RetryRules {
  readonly retries: number
  /** Null for one that begins with a second and doubles. */
  readonly delayMs: number | null
  readonly maxTimeMs: number
  readonly connrefused: boolean
  readonly allErrors: boolean
}

/** How one attempt ended. */
export type Attempt =
  | { readonly status: number; readonly failed: boolean; readonly retryAfter: string | undefined }
  | { readonly error: unknown }

const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 600_000
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504])

/** @throws UsageError */
export function retryRules(flags: FetchFlags): RetryRules | null {
  const { retry } = flags
  if (retry === undefined) return null
  if (!/^\d{1,6}$/.test(retry)) throw new UsageError('--retry takes a whole number')
  const delay = flags['retry-delay']
  const maxTime = flags['retry-max-time']
  // As with curl 0 is the growing pause, and no limit.
  return {
    retries: Number(retry),
    delayMs: delay === undefined || Number(delay) === 0 ? null : secondsFlag(delay, '--retry-delay'),
    maxTimeMs:
      maxTime === undefined || Number(maxTime) === 0 ? Infinity : secondsFlag(maxTime, '--retry-max-time'),
    connrefused: flags['retry-connrefused'] === true,
    allErrors: flags['retry-all-errors'] === true,
  }
}

/** Decides, attempt after attempt, whether and after which pause a request is sent again: as curl does. */
export class Retries {
  readonly #rules: RetryRules
  readonly #startedAt = performance.now()
  #left: number
  #nextMs = FIRST_DELAY_MS

  constructor(rules: RetryRules) {
    this.#rules = rules
    this.#left = rules.retries
  }

  /** How many are left. */
  get left(): number {
    return this.#left
  }

  /** The pause before the next attempt, in milliseconds; null where there is none. */
  pauseAfter(attempt: Attempt): number | null {
    if (this.#left === 0 || !this.#isWorth(attempt)) return null
    let pauseMs = this.#rules.delayMs ?? this.#nextMs
    const elapsedMs = performance.now() - this.#startedAt
    if (elapsedMs >= this.#rules.maxTimeMs) return null
    const askedMs = retryAfterMs(attempt)
    if (askedMs > pauseMs) {
      pauseMs = askedMs
      if (elapsedMs + askedMs > this.#rules.maxTimeMs) return null
    } else if (this.#rules.delayMs === null) this.#nextMs = Math.min(MAX_DELAY_MS, this.#nextMs * 2)
    this.#left--
    return pauseMs
  }

  #isWorth(attempt: Attempt): boolean {
    const { allErrors, connrefused } = this.#rules
    if (!('error' in attempt)) return TRANSIENT.has(attempt.status) || (allErrors && attempt.failed)
    if (!isOnejarError(attempt.error)) return false
    if (allErrors) return isTransfer(attempt.error)
    const { code } = attempt.error
    if (code === 'ONEJAR_TIMEOUT' || code === 'ONEJAR_RATE_LIMITED') return true
    const system = networkCode(attempt.error)
    if (system === 'ECONNREFUSED') return connrefused
    return system === 'ENOTFOUND' || system === 'EAI_AGAIN'
  }
}

/** What is decided here, and would be decided again in the same way. */
const SETTLED = /ABORTED|BAD_OPTIONS|BAD_URL|BAD_INPUT|CAPTCHA|BLOCKED|QUARANTINED|STORE_|ROBOTS|ADDRESS|PIN_/

function isTransfer({ code }: OnejarError): boolean {
  return !SETTLED.test(code)
}

function retryAfterMs(attempt: Attempt): number {
  if ('error' in attempt) return isOnejarError(attempt.error) ? (attempt.error.retryAfterMs ?? 0) : 0
  const text = attempt.retryAfter ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now())
}
