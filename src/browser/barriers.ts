import type { BrowserContext } from 'playwright'
import type { Cookie, Delta } from '../record/index.ts'
import type { BarrierQueue, Direction } from './barrier-queue.ts'
import type { BindingLife } from './binding-life.ts'
import type { PageWatcher } from './pages/page-watcher.ts'
import type { SentHeaders } from './pages/sent-headers.ts'
import type { CookieChannel } from './state/cookie-channel.ts'
import type { StorageChannel } from './state/storage-channel.ts'
import type { StorageSeeds } from './state/storage-seeds.ts'

/** Called with the duration of each barrier with a live page. */
export type SyncListener = (direction: Direction, ms: number) => void

/** What `claim` takes. */
export type Claim =
  | { readonly id: string }
  | { readonly matches: (cookie: Cookie) => boolean }
  | { readonly origin: string; readonly key: string | null }

export interface BarriersOptions {
  readonly context: BrowserContext
  readonly life: BindingLife
  readonly queue: BarrierQueue
  readonly cookies: CookieChannel
  readonly storage: StorageChannel
  readonly seeds: StorageSeeds
  readonly pages: PageWatcher
  /** Undefined where nobody wants to know what pages send. */
  readonly sent: SentHeaders | undefined
  readonly onSync: SyncListener | undefined
  /** Whether somebody may write to the context while no page is open. */
  readonly restless: boolean
}

/**
 * The barriers between a context and its record: `pull` before the record is used, `push` before the browser acts. They run
 * one after the other, and callers that wait for the same one share it. Where both wait, and only cookies are to be given, one
 * reading does for both.
 */
export class Barriers {
  readonly #options: BarriersOptions

  constructor(options: BarriersOptions) {
    this.#options = options
  }

  /** Brings what the browser wrote into the record. Costs one read of each live document and one of the cookies. */
  pull(): Promise<void> {
    const { life, queue } = this.#options
    if (life.asleep) return Promise.resolve()
    return queue.share('pull', async () => {
      const pushed = this.#sharesReading ? queue.absorb('push') : undefined
      await this.#pull(pushed !== undefined)
      pushed?.()
    })
  }

  /** The same for the cookies that have arrived, without asking a document. One round trip. */
  pullCookies(): Promise<void> {
    const { life, queue, cookies } = this.#options
    return life.asleep ? Promise.resolve() : queue.run(() => cookies.pull())
  }

  /** Gives the browser what the record changed. Nothing when nothing changed, or when no page is there to see it. */
  push(): Promise<void> {
    return this.#options.life.asleep ? Promise.resolve() : this.#push()
  }

  /** The same before a page or a document is there to see it. */
  pushAhead(): Promise<void> {
    this.#options.life.wake()
    return this.#push()
  }

  /** Takes note of what others changed in the record. */
  note(delta: Delta): void {
    const { cookies, storage, seeds } = this.#options
    cookies.note(delta)
    storage.note(delta)
    seeds.changed()
    this.push().catch(() => {})
  }

  /** See `ContextBinding.claim`. */
  claim(what: Claim): void {
    const { life, cookies, storage } = this.#options
    if (life.closed) return
    if ('origin' in what) storage.claim(what.origin, what.key)
    else if ('id' in what) cookies.claim(what.id)
    else cookies.checkAbsence(what.matches)
  }

  #push(): Promise<void> {
    const { life, queue, cookies, storage, seeds, pages, onSync } = this.#options
    if (life.closed || !(cookies.hasPending || this.#hasItems)) return queue.after('push')
    return queue.share('push', async () => {
      // A document that waits at the gate for this does not answer before it is let go.
      const pulled = this.#sharesReading && pages.answering ? queue.absorb('pull') : undefined
      if (pulled !== undefined) {
        await this.#pull(true)
        pulled()
        return
      }
      const startedAt = performance.now()
      if (cookies.hasConflictChecks || storage.hasConflictChecks) await this.#pull()
      else if (cookies.hasPending) await this.#flush()
      await cookies.push()
      await storage.push()
      await seeds.ahead(pages.agents.length > 0)
      onSync?.('push', performance.now() - startedAt)
    })
  }

  /** Whether there are cookies to be given, and nothing else: one reading of them then serves both directions. */
  get #sharesReading(): boolean {
    const { cookies } = this.#options
    return cookies.hasPending && !cookies.hasConflictChecks && !this.#hasItems
  }

  /** Whether there is localStorage to be given. */
  get #hasItems(): boolean {
    const { storage, seeds } = this.#options
    return storage.hasPending || seeds.pending
  }

  /** What scripts have written is on its way: it must not arrive after what is given now. */
  async #flush(): Promise<void> {
    await Promise.all(this.#options.pages.map((agent) => agent.flush()))
  }

  /** @param giving - whether the context is given the cookies that the record changed as well */
  async #pull(giving = false): Promise<void> {
    const { context, life, cookies, storage, pages, sent, onSync, restless } = this.#options
    if (life.closed) return
    const startedAt = performance.now()
    try {
      await pages.attached()
      // What is sent from now on may be made of what this reading does not find yet.
      const before = sent?.size ?? 0
      // Reading the documents flushes the cookies that their scripts wrote: only then is the cookie read the last word.
      const atOnce = await storage.pull()
      if (giving && !atOnce) await this.#flush()
      await (giving ? cookies.exchange() : cookies.pull())
      await sent?.report(before, pages.agents)
      const isWatched = restless || pages.any || context.serviceWorkers().length > 0
      if (!isWatched && !storage.hasUnread) life.fallAsleep()
      const took = performance.now() - startedAt
      onSync?.('pull', took)
      if (giving) onSync?.('push', took)
    } catch (error) {
      if (!life.closed && context.browser()?.isConnected()) throw error
    }
  }
}
