import type { Clock } from '../core/index.ts'
import type { Via } from '../http/index.ts'
import type { ChangeSource, SessionRecord } from '../record/index.ts'
import type { EventHub } from './events.ts'

/** How long it is remembered that an origin needs more than HTTP, before HTTP is tried again. */
const REMEMBER_MS = 10 * 60_000

/** Which transport an origin is known to need. Kept in the record, so that it survives with the session. */
export class RouteMemory {
  readonly #record: SessionRecord
  readonly #events: EventHub
  readonly #clock: Clock
  readonly #source: ChangeSource

  constructor(record: SessionRecord, events: EventHub, clock: Clock, source: ChangeSource) {
    this.#record = record
    this.#events = events
    this.#clock = clock
    this.#source = source
  }

  /** `http` unless something else was learned and still holds. */
  transport(origin: string): Via {
    const known = this.#record.value('route', origin)
    return known !== undefined && known.until > this.#clock.now() ? known.transport : 'http'
  }

  learn(origin: string, transport: Via, reason: string): void {
    const until = this.#clock.now() + REMEMBER_MS
    this.#record.write([{ kind: 'route', id: origin, value: { transport, reason, until } }], this.#source)
    this.#events.emit({ type: 'route', at: this.#clock.now(), origin, via: transport, reason })
  }

  forget(origin: string): void {
    this.#record.write([{ kind: 'route', id: origin, value: null }], this.#source)
  }
}
