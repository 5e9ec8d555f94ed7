import type { AddressSetting } from '../../compliance/index.ts'
import type { HttpTransport, HttpTransportOptions, ProxyOptions } from '../../http/index.ts'

/** What a transport is for: sessions that ask for the same share it. */
export interface TransportUse {
  readonly tenant: string
  readonly proxy: ProxyOptions | undefined
  readonly connect: HttpTransportOptions['connect']
  readonly pins: HttpTransportOptions['pins']
  /** The session's own; the broker's hold for all. */
  readonly addresses: AddressSetting | undefined
  /** A session's own proxy, connector or pins: no other session is likely to ask for them. */
  readonly own: boolean
}

/** A transport that is in use until it is given back. */
export interface BorrowedTransport {
  readonly transport: HttpTransport
  /** Idempotent. */
  giveBack(): void
}

interface Held {
  readonly transport: HttpTransport
  users: number
}

/** Without users, as many stay open for those who come next: the ones that were used last. */
const MAX_IDLE = 16
/** How long a response that is still being read may take once the last session of its transport is gone, in milliseconds. */
const GRACE_MS = 60_000

/** The transports of a broker: made when the first session wants one, closed when none does. */
export class Transports {
  readonly #make: (use: TransportUse) => HttpTransport
  /** By connector (function or object, which have no name), then by the rest. */
  readonly #byConnector = new Map<HttpTransportOptions['connect'], Map<string, Held>>()
  /** Those without users, the one that was used longest ago first, and what lets each go. */
  readonly #idle = new Map<Held, () => Promise<void>>()
  readonly #closing = new Set<HttpTransport>()

  constructor(make: (use: TransportUse) => HttpTransport) {
    this.#make = make
  }

  /** @throws OnejarError ONEJAR_BAD_OPTIONS */
  borrow(use: TransportUse): BorrowedTransport {
    const name = JSON.stringify([use.tenant, use.proxy ?? null, use.pins ?? null, use.addresses ?? null])
    let byName = this.#byConnector.get(use.connect)
    let held = byName?.get(name)
    if (held === undefined) {
      held = { transport: this.#make(use), users: 0 }
      if (byName === undefined) {
        byName = new Map()
        this.#byConnector.set(use.connect, byName)
      }
      byName.set(name, held)
    }
    held.users++
    this.#idle.delete(held)
    let given = false
    const giveBack = () => {
      if (given) return
      given = true
      this.#giveBack(held, use, name)
    }
    return { transport: held.transport, giveBack }
  }

  /** Closes what has no users. */
  async closeIdle(): Promise<void> {
    await Promise.all([...this.#idle.values()].map((close) => close()))
  }

  /** Closes all of them: responses under way get a few seconds. */
  async close(): Promise<void> {
    const held = [...this.#byConnector.values()].flatMap((byName) => [...byName.values()])
    this.#byConnector.clear()
    this.#idle.clear()
    const transports = new Set([...held.map(({ transport }) => transport), ...this.#closing])
    await Promise.allSettled([...transports].map((transport) => transport.close()))
  }

  #giveBack(held: Held, { connect, own }: TransportUse, name: string): void {
    if (--held.users > 0) return
    const close = (): Promise<void> => {
      this.#idle.delete(held)
      const byName = this.#byConnector.get(connect)
      if (byName?.get(name) === held) {
        byName.delete(name)
        if (byName.size === 0) this.#byConnector.delete(connect)
      }
      const { transport } = held
      this.#closing.add(transport)
      return transport.close(GRACE_MS).finally(() => this.#closing.delete(transport))
    }
    if (own) {
      close().catch(() => {})
      return
    }
    this.#idle.set(held, close)
    if (this.#idle.size <= MAX_IDLE) return
    const [oldest] = this.#idle.values()
    oldest?.().catch(() => {})
  }
}
