import type { Page } from 'playwright'
import type { ContextBinding } from '../../browser/index.ts'
import { LazyMap } from '../../core/index.ts'
import type { PageLender, PageWork } from '../pages/page-lender.ts'
import { SingleFlight } from '../visits/single-flight.ts'
import type { TokenBindings } from './token-bindings.ts'

export interface TokenRefresherOptions {
  readonly bindings: TokenBindings
  readonly lender: PageLender
  /** Bound of one refresh. */
  readonly timeoutMs: number
  /** Ends every refresh. */
  readonly closing: AbortSignal
}

const LOOK_EVERY_MS = 50
/** How long after the page has come to rest a new token is waited for. */
const REST_MS = 1_000

/**
 * Lets a page renew its own token, or show what it sends with the one that it has: it is opened where the binding was
 * learned, else at the root, and its script does what it does for a person. One per origin at a time, and one for each
 * token: what the site refuses again is not tried again.
 */
export class TokenRefresher {
  readonly #options: TokenRefresherOptions
  readonly #flights = new SingleFlight<boolean>()
  /** Origin to the tokens that a page could not renew. */
  readonly #given = new LazyMap<string, string>()

  constructor(options: TokenRefresherOptions) {
    this.#options = options
  }

  /** Whether the origin has another token afterwards. Joins the refresh that is under way. */
  refresh(origin: string): Promise<boolean> {
    const underway = this.#flights.current(origin)
    if (underway) return underway
    const before = this.#tokens(origin)
    const [binding] = this.#options.bindings.of(origin)
    const page = binding?.page ?? `${origin}/`
    if (this.#given.get(origin) === before) return Promise.resolve(false)
    return this.#flights.run(origin, async () => {
      // The page's last words are read when it closes.
      const renewed = (await this.#open(page, origin, before)) || this.#isRenewed(origin, before)
      if (renewed) this.#given.delete(origin)
      else this.#given.set(origin, this.#tokens(origin))
      return renewed
    })
  }

  async #open(url: string, origin: string, before: string): Promise<boolean> {
    const { lender, closing } = this.#options
    try {
      const work: PageWork<boolean> = (page, context) => this.#wait(page, context, url, origin, before)
      // A page that has renewed its token goes on with what it was about: the caller has what it needs.
      return await lender.lend(work, closing, { rest: true })
    } catch {
      // The response that asked for it tells the caller more than what kept the page from helping.
      return false
    }
  }

  async #wait(
    page: Page,
    context: ContextBinding,
    url: string,
    origin: string,
    before: string,
  ): Promise<boolean> {
    const { timeoutMs } = this.#options
    let until = performance.now() + timeoutMs
    const rest = () => {
      until = Math.min(until, performance.now() + REST_MS)
    }
    // The network rests while a slow machine still compiles what came over it.
    const loaded = page.goto(url, { timeout: timeoutMs, waitUntil: 'networkidle' })
    loaded.then(() => page.evaluate('0')).then(rest, rest)
    while (performance.now() < until) {
      await page.waitForTimeout(LOOK_EVERY_MS)
      await context.pull()
      if (this.#isRenewed(origin, before)) return true
    }
    return false
  }

  #isRenewed(origin: string, before: string): boolean {
    return this.#tokens(origin) !== before && this.#options.bindings.headersFor(origin) !== undefined
  }

  #tokens(origin: string): string {
    const { bindings } = this.#options
    const tokens = bindings.of(origin).map((binding) => bindings.token(binding) ?? null)
    return JSON.stringify([bindings.unlearned(origin) ?? null, ...tokens])
  }
}
