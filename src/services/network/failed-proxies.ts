import type { ProxySetting } from './proxy-setting.ts'
import { addressOf } from './proxy-table.ts'

/** A proxy that failed is left alone for so long, then the sessions that are opened get it again. */
const REST_MS = 60_000
const MAX_PROXIES = 10_000

/** The proxies that sessions went away from because they failed. */
export class FailedProxies {
  /** By address, until when; on the clock of `performance.now()`. */
  readonly #until = new Map<string, number>()

  add(proxy: ProxySetting): void {
    const address = addressOf(proxy)
    this.#until.delete(address)
    if (this.#until.size >= MAX_PROXIES) this.#until.delete(this.#until.keys().next().value as string)
    this.#until.set(address, performance.now() + REST_MS)
  }

  has(proxy: ProxySetting): boolean {
    if (this.#until.size === 0) return false
    const address = addressOf(proxy)
    const until = this.#until.get(address)
    if (until === undefined) return false
    if (until > performance.now()) return true
    this.#until.delete(address)
    return false
  }
}
