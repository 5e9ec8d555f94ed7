import { createHash } from 'node:crypto'
import type { BrowserPort } from '../../browsing/index.ts'
import { type Clock, LazyMap, steadyMs } from '../../core/index.ts'
import type { TokenBinding } from '../../record/index.ts'
import { SingleFlight } from '../solving/single-flight.ts'
import type { SolveLocks } from '../solving/solve-locks.ts'
import type { TokenBindings } from './token-bindings.ts'
import type { TokenMessages } from './token-messages.ts'
import type { TokenNeed } from './token-need.ts'

export interface TokenRefresherOptions {
  readonly bindings: TokenBindings
  readonly browser: Pick<BrowserPort, 'run'>
  /** The `Cookie` header that a page of this address is loaded with. */
  readonly cookies: (page: URL) => string
  readonly clock: Clock
  /** What the pages of other processes have sent; undefined where each is on its own. */
  readonly others: Pick<TokenMessages, 'catchUp' | 'settled'> | undefined
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
/** Pages that could not renew what they have in memory are opened so often again, within so long, when their cookies are others. */
const MAX_TRIES = 3
const TRIES_MS = 60_000
/** How long it is believed that a place refuses whatever token it is sent. */
const VAIN_MS = 60_000

/** What a page could not renew. */
interface Failure {
  readonly tokens: string
  readonly cookies: string
  readonly tries: number
  /** On the monotonic clock. */
  readonly at: number
}

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
  /** By need: what a page could not renew. */
  readonly #failed = new LazyMap<string, Failure>()
  /** Needs, with a place, where new tokens did not help, and since when. */
  readonly #vain = new LazyMap<string, number>()

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
    if (pages.length === 0 || !this.mayTry(need)) return Promise.resolve(false)
    return this.#flights.run(key, async () => {
      let renewed = false
      for (const page of pages) renewed ||= await this.#queued(page, need, before)
      if (renewed) this.#failed.delete(key)
      else this.#noteFailure(key, need)
      return renewed
    })
  }

  /** Whether new tokens did not help there before: for good, and for a while where pages have them in memory. */
  isInVain(need: TokenNeed, place: string): boolean {
    const since = this.#vain.get(`${keyOf(need)} ${place}`)
    return since !== undefined && (!need.inMemory || steadyMs(this.#options.clock) - since < VAIN_MS)
  }

  /** New tokens did not help there: it is not for want of them that the site refuses. */
  noteVain(need: TokenNeed, place: string): void {
    putLast(this.#vain, `${keyOf(need)} ${place}`, steadyMs(this.#options.clock))
  }

  /**
   * Whether a page is to be asked: what it could not renew it is not asked for again, until there is another token. For one that it has in memory, there may be
   * a new login by then, which only cookies show.
   */
  mayTry(need: TokenNeed): boolean {
    const failure = this.#failed.get(keyOf(need))
    if (failure?.tokens !== this.#tokens(need)) return true
    if (failure.cookies === this.#cookiesOf(need)) return false
    return failure.tries < MAX_TRIES || steadyMs(this.#options.clock) - failure.at > TRIES_MS
  }

  #noteFailure(key: string, need: TokenNeed): void {
    const at = steadyMs(this.#options.clock)
    const last = this.#failed.get(key)
    const tries = last && at - last.at <= TRIES_MS ? last.tries + 1 : 1
    putLast(this.#failed, key, { tokens: this.#tokens(need), cookies: this.#cookiesOf(need), tries, at })
  }

  /** What the pages that have such tokens in memory are loaded with; empty where there are none. */
  #cookiesOf(need: TokenNeed): string {
    const { cookies } = this.#options
    const inMemory = this.#bindingsOf(need).filter(({ source }) => source.kind === 'memory')
    return digest(inMemory.map(({ page }) => cookies(new URL(page))))
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
    const { locks, browser, closing, bindings, timeoutMs, others } = this.#options
    const { origin } = new URL(page)
    if (this.#isRenewed(need, before)) return true
    const lock = await locks.acquire(`token ${origin}`)
    try {
      // Another process may have been faster.
      if (need.inMemory) await others?.catchUp()
      if (this.#isRenewed(need, before)) return true
      const done = () => this.#isRenewed(need, before)
      const task = { url: page, timeoutMs, graceMs: REST_MS, lookEveryMs: LOOK_EVERY_MS }
      const opening = () => browser.run(task, { signal: closing, done })
      const renewed = await (need.headers.length === 0 ? bindings.awaiting(origin, opening) : opening())
      // The page's last words are read when it closes.
      return renewed || this.#isRenewed(need, before)
    } finally {
      await others?.settled()
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
    const bound = this.#bindingsOf({ origin, requester, headers })
    const pages = bound.map(({ page }) => page)
    // The page that has it in memory can be one that is shown once, at the end of a login.
    for (const { source, page } of bound) if (source.kind === 'memory') pages.push(`${new URL(page).origin}/`)
    return [...new Set(pages)].slice(0, MAX_PAGES)
  }

  #isRenewed(need: TokenNeed, before: string): boolean {
    const { bindings } = this.#options
    return (
      this.#tokens(need) !== before &&
      this.#bindingsOf(need).some((binding) => bindings.header(binding) !== undefined)
    )
  }

  #bindingsOf({ origin, requester, headers }: Omit<TokenNeed, 'inMemory'>): readonly TokenBinding[] {
    const all = this.#options.bindings.of(origin, requester)
    return headers.length === 0 ? all : all.filter(({ header }) => headers.includes(header))
  }

  #tokens(need: TokenNeed): string {
    const { bindings } = this.#options
    const tokens = this.#bindingsOf(need).map((binding) => bindings.token(binding) ?? null)
    const held = need.headers.length === 0 ? bindings.unlearned(need.origin, need.requester) : undefined
    return digest([held?.token ?? null, ...tokens])
  }
}

function keyOf({ origin, requester, headers }: TokenNeed): string {
  return JSON.stringify([origin, requester, [...headers].sort()])
}

/** Shows whether secrets are still the same, without keeping them. */
function digest(texts: ReadonlyArray<string | null>): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url')
}

function putLast<V>(map: LazyMap<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  const [first] = map.keys()
  if (map.size > MAX_REMEMBERED) map.delete(first as string)
}
