import { isOnejarError } from '../core/index.ts'
import { isRateLimit, type RateAlarms, type RateChange } from '../resilience/index.ts'
import type { Answer, AttemptObserver } from '../routing/index.ts'
import type { Alerts } from './retries/alerts.ts'

export interface AttemptWatchParts {
  /** Undefined where nobody measures. */
  readonly telemetry: AttemptObserver | undefined
  /** Of all sessions of the broker; null where nobody wants them. */
  readonly rates: RateAlarms | null
  readonly alerts: Alerts
}

/** Looks at each attempt of a session's requests: it is measured, and an alarm begins or ends with it. */
export class AttemptWatch implements AttemptObserver {
  readonly #parts: AttemptWatchParts

  constructor(parts: AttemptWatchParts) {
    this.#parts = parts
  }

  get timed(): boolean {
    return this.#parts.telemetry?.timed === true
  }

  answered(answer: Answer, attempt: number, ms: number): void {
    const { telemetry, rates } = this.#parts
    telemetry?.answered(answer, attempt, ms)
    const changes = rates?.answered(answer.url.origin, isRateLimit(answer.statusCode, answer.verdict?.kind))
    if (changes !== undefined && changes.length > 0) this.#report(changes)
  }

  failed(...failure: Parameters<AttemptObserver['failed']>): void {
    const { telemetry, rates } = this.#parts
    telemetry?.failed(...failure)
    const [{ url }, , error] = failure
    // What a page was answered, where that gave no response.
    if (rates !== null && isOnejarError(error, 'ONEJAR_RATE_LIMITED'))
      this.#report(rates.answered(url.origin, true))
  }

  #report(changes: readonly RateChange[]): void {
    for (const { origin, state, share, answers } of changes) {
      const percent = (share * 100).toFixed(1)
      const where = origin ?? 'all origins together'
      const reason = `${percent} % of the last ${answers} answers of ${where} were 429`
      this.#parts.alerts.report({ kind: 'rate-limit', origin, state, code: 'ONEJAR_RATE_LIMITED', reason })
    }
  }
}
