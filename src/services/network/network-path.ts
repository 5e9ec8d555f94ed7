import type { ContextOptions } from '../../browser/index.ts'
import type { BrowserRelayOptions, HttpTransport } from '../../http/index.ts'

/** How a session gets out: one proxy, or none. */
export interface Way {
  readonly transport: HttpTransport
  readonly contextOptions: ContextOptions
  /** How the relay connects that the browser's traffic goes through; null where the browser connects itself. */
  readonly relay: BrowserRelayOptions | null
  /** Identifies a network path, without credentials (see `networkPathName`). */
  readonly name: string
  /** What logs call the way: `direct`, or the proxy's scheme, host and port. */
  readonly label: string
  /** Gives the transport back. Idempotent. */
  giveBack(): void
}

/** What makes another way when one fails: null where there is none, or none is wanted. */
export type NextRoute = (failed: Way) => Way | null

/** Of all paths that nobody watches or changes: each of its own would be held by every idle session. */
const NOBODY: readonly never[] = []
const SETTLED: Promise<unknown> = Promise.resolve()

/** The way that a session takes, which another one may take the place of. */
export class NetworkPath {
  readonly #next: NextRoute | null
  /** Made anew for each: what `push` grows takes room for many. */
  #listeners: readonly (() => Promise<void>)[] = NOBODY
  #way: Way
  #changing: Promise<unknown> = SETTLED

  /** @param next - null where the way never changes */
  constructor(first: Way, next: NextRoute | null) {
    this.#way = first
    this.#next = next
  }

  get way(): Way {
    return this.#way
  }

  get mayChange(): boolean {
    return this.#next !== null
  }

  get transport(): HttpTransport {
    return this.#way.transport
  }

  /** Awaited at each change of the way, before it is used. Must not throw. */
  onChange(listener: () => Promise<void>): void {
    this.#listeners = [...this.#listeners, listener]
  }

  /** Whether there is another way now than the one that failed: somebody else's change counts. */
  failOver(failed: Way): Promise<boolean> {
    const changing = this.#changing.then(async () => {
      if (failed !== this.#way) return true
      const next = this.#next?.(failed) ?? null
      if (next === null) return false
      this.#way = next
      for (const listener of this.#listeners) await listener()
      failed.giveBack()
      return true
    })
    this.#changing = changing.catch(() => {})
    return changing
  }

  close(): void {
    this.#way.giveBack()
  }
}
