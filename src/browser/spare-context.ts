import type { BrowserContextOptions, Page } from 'playwright'
import { whileAnswering } from './devtools/while-answering.ts'
import { type ContextMaker, type NewContext, newContext } from './new-context.ts'

/** A context that nobody has used, with a page that shows nothing. */
export interface ReadyContext extends NewContext {
  readonly page: Page
}

export interface SpareTimes {
  /** How long the browser must have been left alone before a spare is made. */
  readonly restMs: number
  /** How long one is kept that nobody needs. */
  readonly keepMs: number
}

const TIMES: SpareTimes = { restMs: 1_000, keepMs: 60_000 }
interface Live extends ContextMaker {
  /** The contexts that are used; idle when nobody works in them. */
  readonly bindings: Iterable<{ readonly idle: boolean }>
}

/**
 * One context with a page, made before it is needed: the browser takes longer to make them than the script of many a challenge
 * takes to run. It is made while the browser rests, once two contexts in a row were opened with the same options: a crawl with one
 * session, or with a proxy for each, would never need it. It goes to one session, or is closed when none came.
 */
export class SpareContext {
  readonly #live: Live
  readonly #times: SpareTimes
  #last: { readonly key: string; readonly options: BrowserContextOptions; again: boolean } | undefined
  #ready: { readonly key: string; readonly context: ReadyContext } | undefined
  #timer: NodeJS.Timeout | undefined
  #making: Promise<void> = Promise.resolve()
  #closed = false

  constructor(live: Live, times: SpareTimes = TIMES) {
    this.#live = live
    this.#times = times
  }

  /** The spare, if it is like what is wanted. From then on it is the caller's. */
  take(wanted: BrowserContextOptions): ReadyContext | undefined {
    const ready = this.#ready
    if (ready?.key !== keyOf(wanted)) return undefined
    this.#ready = undefined
    this.#stop()
    return ready.context.page.isClosed() ? undefined : ready.context
  }

  /** A context was opened with these options. */
  noteOpened(options: BrowserContextOptions): void {
    const key = keyOf(options)
    this.#last = { key, options, again: this.#last?.key === key }
    this.noteRest()
  }

  /** The browser may be at rest from now on: a context is open, or is over. */
  noteRest(): void {
    const last = this.#last
    if (this.#closed || !last?.again || leavesFiles(last.options) || this.#ready?.key === last.key) return
    this.#after(this.#times.restMs, () => {
      // A browser that fails here fails where it is needed, and is reported there.
      this.#making = this.#making.then(() => this.#make(last.options)).catch(() => {})
    })
  }

  /** Closes the spare, also one that is being made, and makes none any more. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#making, this.#drop()])
  }

  async #make(options: BrowserContextOptions): Promise<void> {
    if (this.#closed) return
    void this.#drop()
    const { bindings } = this.#live
    // Whoever works in it now says so when the context is over.
    if ([...bindings].some(({ idle }) => !idle)) return
    const made = await newContext(this.#live, options)
    const { context } = made
    try {
      const page = await whileAnswering(this.#live.link, context.newPage(), (late) => late.close())
      if (this.#closed) return await context.close()
      const ready = { key: keyOf(options), context: { ...made, page } }
      this.#ready = ready
      const gone = () => {
        if (this.#ready === ready) void this.#drop()
      }
      page.once('crash', gone)
      page.once('close', gone)
      this.#after(this.#times.keepMs, gone)
    } catch (error) {
      await context.close()
      throw error
    }
  }

  async #drop(): Promise<void> {
    this.#stop()
    const ready = this.#ready
    this.#ready = undefined
    await ready?.context.context.close().catch(() => {})
  }

  #after(ms: number, work: () => void): void {
    this.#stop()
    this.#timer = setTimeout(work, ms).unref()
  }

  #stop(): void {
    clearTimeout(this.#timer)
  }
}

/** A video of a page that nobody used, or a recording without requests, would be left behind. */
function leavesFiles({ recordVideo, recordHar }: BrowserContextOptions): boolean {
  return recordVideo !== undefined || recordHar !== undefined
}

function keyOf(options: BrowserContextOptions): string {
  return JSON.stringify(options)
}
