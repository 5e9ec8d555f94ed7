import type { EventTarget, SessionEvent } from '../../routing/index.ts'
import type { Services } from '../../services/index.ts'
import type { SessionKey } from '../../store/index.ts'

interface Session {
  readonly config: { readonly key: SessionKey }
  readonly pseudonym: string
}

/** A session's events, among those of all sessions. */
export class EventsAmongAll implements EventTarget {
  readonly #all: Services['events']
  readonly #session: Session

  constructor(all: Services['events'], session: Session) {
    this.#all = all
    this.#session = session
  }

  get wanted(): boolean {
    return this.#all.wanted
  }

  emit(event: SessionEvent): void {
    this.#all.emit(event, this.#session.config.key, () => this.#session.pseudonym)
  }
}
