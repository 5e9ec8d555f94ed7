import { isOnejarError } from '../../core/index.ts'
import type { Via } from '../../http/index.ts'
import type { AttemptObserver, RouteRequest } from '../../routing/index.ts'
import type { Instruments } from '../../telemetry/index.ts'

/** Statuses with a series of their own; others count by their class, as a site may send any number. */
const NAMED: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 412, 413, 422, 423, 425, 428, 429, 451],
  ...[500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530],
])

/** Counts each time that a request was sent, by its result. */
export class AttemptTelemetry implements AttemptObserver {
  readonly timed = false
  readonly #instruments: Instruments

  constructor(instruments: Instruments) {
    this.#instruments = instruments
  }

  answered({ statusCode, verdict, via }: Parameters<AttemptObserver['answered']>[0], attempt: number): void {
    this.#count(statusName(statusCode), verdict?.kind ?? 'unknown', via, attempt)
  }

  failed({ attempt = 1 }: Pick<RouteRequest, 'attempt'>, via: Via, error: unknown): void {
    this.#count('none', isOnejarError(error) ? error.code : 'error', via, attempt)
  }

  #count(status: string, kind: string, via: Via, attempt: number): void {
    this.#instruments.total('request_attempts_total', `${status} ${kind} ${via} ${attempt}`, () => ({
      status,
      kind,
      via,
      attempt: String(attempt),
    }))
  }
}

function statusName(status: number): string {
  return NAMED.has(status) ? String(status) : `${Math.floor(status / 100)}xx`
}
