import type { StorageBarriers } from './local-storage.ts'
import type { CookieBarriers } from './session-cookies.ts'
import type { SessionEngine } from './session-engine.ts'

interface Session {
  readonly started: SessionEngine | undefined
  assertOpen(): void
  pull(): Promise<void>
  push(): Promise<void>
}

/** How cookies and storage meet what open pages hold. */
export class RecordAccess implements CookieBarriers, StorageBarriers {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  writable(): void {
    this.#session.assertOpen()
  }

  pull(): Promise<void> {
    return this.#session.pull()
  }

  claim(what: Parameters<SessionEngine['browser']['claim']>[0]): void {
    this.#session.started?.browser.claim(what)
  }

  settled(): Promise<void> {
    return this.#session.push()
  }
}
