import type { BrowserPort } from '../../browsing/index.ts'
import { LazyMap } from '../../core/index.ts'
import type { TokenBinding } from '../../record/index.ts'
import { SingleFlight } from '../solving/single-flight.ts'
import type { SolveLocks } from '../solving/solve-locks.ts'
import type { TokenBindings } from './token-bindings.ts'
import type { TokenNeed } from './token-need.ts'

export interface TokenRefresherOptions {
  readonly bindings: TokenBindings
  readonly browser: Pick<BrowserPort, 'run'>
  /** One process at a time has a page of an application renew its tokens. */
  readonly locks: SolveLocks
  /** Bound of one refresh. */
  readonly timeoutMs: number
  /** Ends every refresh. */
  readonly closing: AbortSignal
}

const LOOK_EVERY_MS = 50
/** How long after the page has come to rest a new token is waited for. */
const REST_MS = 1_000
const MAX_REMEMBERED = 1_000
/** Pages that are opened for one need, one after the other. */
const MAX_PAGES = 2

/**
 * Lets a page renew its own token, or show what it sends with the one that it has: it is opened where the token was used last,
 * else at the root of the origin that keeps it, and its script does what it does for a person. One page of an application at a
 * time, in all processes of the session, and one for each token: what the site refuses again is not tried again.
 */
export class TokenRefresher {
  readonly #options: TokenRefresherOptions
  readonly #flights = new SingleFlight<boolean>()
  /** By origin of the page: the refresh that is waited for before the next begins. */
  readonly #queues = new LazyMap<string, Promise<unknown>>()
  /** By need: the tokens that a page could not renew. */
  readonly #given = new LazyMap<string, string>()
  /** Needs, with a place, where new tokens did not help. */
  readonly #vain = new LazyMap<string, true>()

  constructor(options: TokenRefresherOptions) {
    this.#options = options
  }

  /** Whether there are other tokens afterwards. Joins the refresh that is under way. */
  refresh(need: TokenNeed): Promise<boolean> {
    const key = keyOf(need)
    const underway = this.#flights.current(key)
    if (underway) return underway
    const before = this.#tokens(need)
    const pages = this.#pagesOf(need)
    if (pages.length === 0 || this.#given.get(key) === before) return Promise.resolve(false)
    return this.#flights.run(key, async () => {
      let renewed = false
      for (const page of pages) renewed ||= await this.#queued(page, need, before)
      if (renewed) this.#given.delete(key)
      else putLast(this.#given, key, this.#tokens(need))
      return renewed
    })
  }

  /** Whether new tokens did not help there before. */
  isInVain(need: TokenNeed, place: string): boolean {
    return this.#vain.has(`${keyOf(need)} ${place}`)
  }

  /** New tokens did not help there: it is not for want of them that the site refuses. */
  noteVain(need: TokenNeed, place: string): void {
    putLast(this.#vain, `${keyOf(need)} ${place}`, true)
  }

  /** A page of an application has its refresh token once: two pages at a time would spend it twice. */
  async #queued(page: string, need: TokenNeed, before: string): Promise<boolean> {
    const { origin } = new URL(page)
    const earlier = this.#queues.get(origin) ?? Promise.resolve()
    const mine = earlier.then(() => this.#alone(page, need, before))
    const ended = mine.catch(() => {})
    this.#queues.set(origin, ended)
    try {
      return await mine
    } catch {
      // The response that asked for it is more useful to the caller than the page's failure.
      return false
    } finally {
      if (this.#queues.get(origin) === ended) this.#queues.delete(origin)
    }
  }

  async #alone(page: string, need: TokenNeed, before: string): Promise<boolean> {
    const { locks, browser, closing, bindings, timeoutMs } = this.#options
    const { origin } = new URL(page)
    if (this.#isRenewed(need, before)) return true
    const lock = await locks.acquire(`token ${origin}`)
    try {
      // Another process may have been faster.
      if (this.#isRenewed(need, before)) return true
      const done = () => this.#isRenewed(need, before)
      const task = { url: page, timeoutMs, graceMs: REST_MS, lookEveryMs: LOOK_EVERY_MS }
      const opening = () => browser.run(task, { signal: closing, done })
      const renewed = await (need.headers.length === 0 ? bindings.awaiting(origin, opening) : opening())
      // The page's last words are read when it closes.
      return renewed || this.#isRenewed(need, before)
    } finally {
      await lock.release()
    }
  }

  /** Where the tokens were used last, each once. */
  #pagesOf({ origin, requester, headers }: TokenNeed): string[] {
    const { bindings } = this.#options
    if (headers.length === 0) {
      const held = bindings.unlearned(origin, requester)
      return held ? [`${held.origin}/`] : []
    }
    const pages = this.#bindingsOf({ origin, requester, headers }).map(({ page }) => page)
    return [...new Set(pages)].slice(0, MAX_PAGES)
  }

  #isRenewed(need: TokenNeed, before: string): boolean {
    const { bindings } = this.#options
    return (
      this.#tokens(need) !== before &&
      this.#bindingsOf(need).some((binding) => bindings.header(binding) !== undefined)
    )
  }

  #bindingsOf({ origin, requester, headers }: TokenNeed): readonly TokenBinding[] {
    const all = this.#options.bindings.of(origin, requester)
    return headers.length === 0 ? all : all.filter(({ header }) => headers.includes(header))
  }

  #tokens(need: TokenNeed): string {
    const { bindings } = this.#options
    const tokens = this.#bindingsOf(need).map((binding) => bindings.token(binding) ?? null)
    const held = need.headers.length === 0 ? bindings.unlearned(need.origin, need.requester) : undefined
    return JSON.stringify([held?.token ?? null, ...tokens])
  }
}

function keyOf({ origin, requester, headers }: TokenNeed): string {
  return JSON.stringify([origin, requester, [...headers].sort()])
}

function putLast<V>(map: LazyMap<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  const [first] = map.keys()
  if (map.size > MAX_REMEMBERED) map.delete(first as string)
}
