import type { Page } from 'playwright'
import { closePage } from '../../browser/index.ts'
import type { BrowserAccess } from '../../browsing/index.ts'
import type { Verdict } from '../../challenge/index.ts'
import { type Clock, ignore, OnejarError } from '../../core/index.ts'
import type { EventHub } from '../events.ts'
import type { OriginState } from '../origin-state.ts'
import { type Passage, watchPassage } from './passage.ts'

/** What a person is asked to do something about. */
export interface Intervention {
  /** Where the puzzle is shown: an ordinary page of the session. It is closed when the hook ends. */
  readonly page: Page
  /** The origin that blocks the session, such as `https://shop.example`. */
  readonly origin: string
  /** What was seen, in the classifier's words: kind, vendor and evidence. */
  readonly verdict: Verdict
  /** Fires when the time is up, or the session is released. */
  readonly signal: AbortSignal
  /** Resolves when the page shows a later document of the origin that is no block; may never. */
  readonly passed: Promise<void>
}

/** Lets a person take care of a block; resolves when they are done. What it throws leaves the origin blocked. */
export type OnChallenge = (intervention: Intervention) => Promise<void> | void

export interface ManualInterventionsOptions {
  readonly browser: BrowserAccess
  readonly events: EventHub
  readonly clock: Clock
  readonly onChallenge: OnChallenge | undefined
  /** How long a person may take. */
  readonly timeoutMs: number
  /** Where the origin is unblocked when a person is done. */
  readonly state: Pick<OriginState, 'unblock' | 'judge'>
  /** Ends every one. */
  readonly closing: AbortSignal
}

/** How long the page may take before the person gets to see it as it is. */
const LOAD_MS = 30_000

/** Shows a person what blocks the session: one page per origin at a time, however many requests were blocked. */
export class ManualInterventions {
  readonly #options: ManualInterventionsOptions
  readonly #underway = new Map<string, Promise<boolean>>()
  readonly #notShown = new Map<string, OnejarError>()

  constructor(options: ManualInterventionsOptions) {
    this.#options = options
  }

  /** The one that is under way for an origin: resolves to whether the session can go on there. Never rejects. */
  underway(origin: string): Promise<boolean> | undefined {
    return this.#underway.get(origin)
  }

  /** Why the last one of an origin could not be shown to anybody: no browser, no display. Undefined where it was shown. */
  notShown(origin: string): OnejarError | undefined {
    return this.#notShown.get(origin)
  }

  /**
   * Asks for a person, where somebody is there to ask. Requests that come meanwhile wait for them.
   *
   * @param onChallenge - who is asked. Default: whom the session asks
   * @returns the one that is under way, as `underway()` has it
   */
  begin(url: URL, verdict: Verdict, onChallenge = this.#options.onChallenge): Promise<boolean> | undefined {
    const { origin } = url
    const underway = this.#underway.get(origin)
    if (underway || !onChallenge) return underway
    const run = this.#run(url, verdict, onChallenge).finally(() => this.#underway.delete(origin))
    this.#underway.set(origin, run)
    return run
  }

  async #run(url: URL, verdict: Verdict, onChallenge: OnChallenge): Promise<boolean> {
    const { browser, closing, timeoutMs, state } = this.#options
    const { origin } = url
    const over = new AbortController()
    const timer = setTimeout(() => {
      over.abort(new OnejarError('ONEJAR_TIMEOUT', `Nobody took care of ${origin} within ${timeoutMs} ms`))
    }, timeoutMs)
    const onClose = () => over.abort(closing.reason)
    if (closing.aborted) onClose()
    closing.addEventListener('abort', onClose)
    let page: Page | undefined
    let passage: Passage | undefined
    this.#notShown.delete(origin)
    this.#emit(origin, 'begun', 'a person is asked')
    try {
      const binding = await browser.open()
      page = await binding.newPage({ own: true })
      passage = watchPassage(page, origin, state.judge)
      const { passed } = passage
      // What keeps it from loading is there for the person to see.
      const timeout = Math.min(timeoutMs, LOAD_MS)
      await page.goto(url.href, { waitUntil: 'domcontentloaded', timeout }).catch(ignore)
      over.signal.throwIfAborted()
      const { signal } = over
      await Promise.race([onChallenge({ page, origin, verdict, signal, passed }), rejection(signal)])
      await binding.pull()
      state.unblock(origin)
      this.#emit(origin, 'done', 'a person took care of it')
      return true
    } catch (error) {
      if (page === undefined && error instanceof OnejarError) this.#notShown.set(origin, error)
      // The hook's own message may hold anything.
      this.#emit(origin, 'given-up', error instanceof OnejarError ? error.code : 'the hook failed')
      return false
    } finally {
      clearTimeout(timer)
      closing.removeEventListener('abort', onClose)
      passage?.end()
      if (page) await closePage(page)
      await browser.idle().catch(ignore)
    }
  }

  #emit(origin: string, state: 'begun' | 'done' | 'given-up', reason: string): void {
    const { events, clock } = this.#options
    events.emit({ type: 'manual-intervention', at: clock.now(), origin, state, reason })
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
}
