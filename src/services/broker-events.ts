import { LazySet } from '../core/index.ts'
import { EventReader, type SessionEvent } from '../routing/index.ts'
import type { SessionKey } from '../store/index.ts'

/** What happened in one of a broker's sessions, or (`session` is null) to what they share. */
export type BrokerEvent = SessionEvent & {
  readonly session: SessionKey | null
  /** What logs, traces and the audit trail call the session; null where there is none. */
  readonly pseudonym: string | null
}

/** Brings the events of all sessions of a broker to those who listen. As long as nobody does it costs nothing. */
export class BrokerEvents {
  readonly #readers = new LazySet<EventReader<BrokerEvent>>()
  #ended = false

  get wanted(): boolean {
    return this.#readers.size > 0
  }

  /** @param pseudonym - asked only when somebody listens */
  emit(event: SessionEvent, session: SessionKey | null, pseudonym: () => string | null): void {
    if (this.#readers.size === 0) return
    const sent: BrokerEvent = { ...event, session, pseudonym: pseudonym() }
    for (const reader of this.#readers) reader.put(sent)
  }

  /** The events from now on, until the broker is closed or the loop is left. */
  listen(): AsyncIterableIterator<BrokerEvent> {
    const reader: EventReader<BrokerEvent> = new EventReader(() => this.#readers.delete(reader))
    if (this.#ended) reader.end()
    else this.#readers.add(reader)
    return reader as AsyncIterableIterator<BrokerEvent>
  }

  /** Ends every listener's loop after what it has yet to see. */
  end(): void {
    this.#ended = true
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
  }
}
