import type { PageFetchAnswer } from '../../browser/index.ts'
import { ignore, isOnejarError, withSignal } from '../../core/index.ts'
import type {
  BrowserCall,
  BrowserPort,
  LoadFailure,
  LoadReply,
  LoadTask,
  PageFetchReply,
  PageFetchTask,
  PictureTask,
  RenewReply,
  RenewTask,
  RunCall,
  RunTask,
  SolveCall,
  SolveReply,
  SolveTask,
} from '../browser-port.ts'
import { keepingFailure } from '../expectation-failure.ts'
import { mayRepeat, outcomeUnknown } from '../outcome-unknown.ts'
import type { FetchPage, FetchPages } from './fetch-pages.ts'
import { loadDocument } from './load-document.ts'
import { pagePicture } from './page-picture.ts'
import { type RenewalOptions, renewClearance } from './renew-clearance.ts'
import { runPage } from './run-page.ts'
import { solveChallenge } from './solve-challenge.ts'

export interface LocalBrowserOptions extends RenewalOptions {
  readonly fetchPages: FetchPages
  /** Bound of a document, in bytes, where a task names none; 0 for none. */
  readonly maxBytes: number
  /** Ends every task. */
  readonly closing: AbortSignal
}

/** The browser of this process, behind the port. Each task but a fetch has a page of its own, and waits for a free slot. */
export class LocalBrowser implements BrowserPort {
  readonly coordinated = false
  readonly #options: LocalBrowserOptions

  constructor(options: LocalBrowserOptions) {
    this.#options = options
  }

  solve(task: SolveTask, call: SolveCall): Promise<SolveReply> {
    return this.#options.slots.run(
      (page, binding) => solveChallenge(page, binding, this.#options, task, call),
      this.#signal(call),
    )
  }

  renew(task: RenewTask, call: BrowserCall): Promise<RenewReply> {
    return renewClearance(this.#options, task, this.#signal(call))
  }

  load(task: LoadTask, call: BrowserCall): Promise<LoadReply> {
    const { slots, judge } = this.#options
    const calledAt = performance.now()
    return keepingFailure(task.expect, (expect) =>
      slots.run(
        (page, binding) => {
          // What was waited for a slot is gone.
          const deadlineMs = task.deadlineMs - (performance.now() - calledAt)
          return loadDocument(page, binding, judge, { ...task, expect, deadlineMs }, call)
        },
        this.#signal(call),
        { maxBytes: task.maxBytes },
      ),
    )
  }

  run(task: RunTask, call: RunCall): Promise<boolean> {
    // A page that has renewed what it keeps goes on with what it was about: the caller has what it needs.
    return this.#options.slots.run(
      (page, binding) => runPage(page, binding, task, call),
      this.#signal(call),
      { rest: true },
    )
  }

  async openPage(document: URL, { signal }: BrowserCall): Promise<LoadFailure | null> {
    const page = await this.#take(document, signal)
    if (page.kind === 'failed') return page
    page.release()
    return null
  }

  async fetch(task: PageFetchTask, call: BrowserCall): Promise<PageFetchReply> {
    try {
      return await this.#fetch(task, call)
    } catch (error) {
      // The site may have had it before the browser went: only what may be sent twice is.
      if (!mayRepeat(task) || call.signal.aborted || !isOnejarError(error, 'ONEJAR_BROWSER_FAILED'))
        throw error
      return this.#fetch(task, call)
    }
  }

  async #fetch({ document, ...request }: PageFetchTask, { signal }: BrowserCall): Promise<PageFetchReply> {
    const page = await this.#take(document, signal)
    if (page.kind === 'failed') return page
    try {
      await page.binding.push()
      const answer = await this.#answer(page, request, signal)
      return { kind: 'response', answer, release: page.release }
    } catch (error) {
      page.release()
      throw error
    }
  }

  /** From here on the site may have it. */
  async #answer(
    { fetcher, binding }: FetchPage,
    request: Omit<PageFetchTask, 'document'>,
    signal: AbortSignal,
  ): Promise<PageFetchAnswer> {
    try {
      const answer = await fetcher.fetch({ ...request, signal })
      await binding.pull()
      return answer
    } catch (error) {
      if (mayRepeat(request) || signal.aborted || !isOnejarError(error, 'ONEJAR_BROWSER_FAILED')) throw error
      throw outcomeUnknown('The browser', request, error)
    }
  }

  forgetPage(origin: string): void {
    this.#options.fetchPages.forget(origin)
  }

  async picture({ url, timeoutMs }: PictureTask, call: BrowserCall): Promise<Buffer | null> {
    return this.#options.slots
      .run(async (page) => {
        await page.goto(url.href, { timeout: timeoutMs }).catch(ignore)
        return pagePicture(page)
      }, this.#signal(call))
      .catch(() => null)
  }

  #take(document: URL, signal: AbortSignal): Promise<FetchPage | LoadFailure> {
    const taking = this.#options.fetchPages.take(document)
    taking.then((late) => {
      if (signal.aborted && late.kind === 'page') late.release()
    }, ignore)
    return withSignal(taking, signal)
  }

  #signal({ signal }: BrowserCall): AbortSignal {
    const { closing } = this.#options
    return signal === closing ? closing : AbortSignal.any([signal, closing])
  }
}
