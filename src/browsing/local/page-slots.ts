import type PQueue from 'p-queue'
import type { Page } from 'playwright'
import { type ContextBinding, closePage } from '../../browser/index.ts'
import { ignore, isOnejarError, OnejarError } from '../../core/index.ts'
import type { BrowserAccess } from './browser-access.ts'
import { limitDocuments } from './document-limit.ts'
import { type AdmitDocument, PageAdmission } from './page-admission.ts'
import { withoutUrls } from './page-error.ts'
import { preparePage } from './prepare-page.ts'

export type PageTask<T> = (page: Page, binding: ContextBinding) => Promise<T>

/** How long a page may go on whose work is done: where it is to come to rest, and until what its scripts wait for has come. */
const REST_MS = 5_000
const SETTLE_MS = 2_000

/**
 * Runs work in pages of its own, only so many at once, and closes them afterwards, whatever happens; nobody has to wait
 * for that. Work whose page or browser crashes is done once more in a new one.
 */
export class PageSlots {
  readonly #browser: BrowserAccess
  readonly #queue: PQueue
  readonly #blockResources: boolean
  readonly #admit: AdmitDocument | undefined
  readonly #maxBytes: number
  #open = 0

  constructor(
    browser: BrowserAccess,
    queue: PQueue,
    {
      blockResources,
      admit,
      maxBytes,
    }: {
      readonly blockResources: boolean
      readonly admit?: AdmitDocument | undefined
      /** What a document may have at most; 0 for no limit. */
      readonly maxBytes: number
    },
  ) {
    this.#maxBytes = maxBytes
    this.#admit = admit
    this.#browser = browser
    this.#queue = queue
    this.#blockResources = blockResources
  }

  /**
   * @param signal - ends the waiting and the work: the page is closed at once
   * @param options - `open` gives the context to work in; default: the session's. `maxBytes`: what a document may have at
   * most; default: what every one may have
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED, what the work throws, the signal's reason
   */
  async run<T>(
    work: PageTask<T>,
    signal: AbortSignal,
    options: {
      readonly open?: () => Promise<ContextBinding>
      readonly maxBytes?: number | undefined
      readonly rest?: boolean
    } = {},
  ): Promise<T> {
    const { open = () => this.#browser.open(), maxBytes = this.#maxBytes, rest = false } = options
    const result = Promise.withResolvers<T>()
    const run = async () => {
      for (let attempt = 1; ; attempt++) {
        // A browser that does not start is not started again at once; one that crashed is.
        const binding = await open()
        try {
          return await this.#attempt(binding, work, { signal, maxBytes, rest, done: result.resolve })
        } catch (error) {
          if (signal.aborted) throw signal.reason
          if (attempt > 1 || !isOnejarError(error, 'ONEJAR_BROWSER_FAILED')) throw error
        }
      }
    }
    this.#queue.add(run, { signal }).catch(result.reject)
    return result.promise
  }

  async #attempt<T>(
    binding: ContextBinding,
    work: PageTask<T>,
    {
      signal,
      maxBytes,
      rest,
      done,
    }: {
      readonly signal: AbortSignal
      readonly maxBytes: number
      readonly rest: boolean
      readonly done: (result: T) => void
    },
  ): Promise<void> {
    this.#open++
    let page: Page | undefined
    let popupsSettled: (() => Promise<void>) | undefined
    const over = Promise.withResolvers<never>()
    over.promise.catch(ignore)
    const onAbort = () => {
      over.reject(signal.reason)
      if (page) void closePage(page)
    }
    signal.addEventListener('abort', onAbort)
    try {
      page = await binding.newPage({ own: true })
      if (signal.aborted) throw signal.reason
      const admission = this.#admit && new PageAdmission(this.#admit)
      const documents = admission?.documents
      const [settled, { exceeded }] = await Promise.all([
        preparePage(page, { blockResources: this.#blockResources, documents }),
        limitDocuments(page, maxBytes),
      ])
      popupsSettled = settled
      const working = Promise.race([work(page, binding), exceeded])
      done(await Promise.race([admission?.during(working) ?? working, over.promise]))
      const until = performance.now() + REST_MS
      if (rest) await binding.rest(page, { until, signal }).catch(ignore)
      await binding.settled(page, SETTLE_MS, signal)
    } catch (cause) {
      if (cause instanceof OnejarError) throw cause
      throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The page failed during its task', {
        cause: withoutUrls(cause),
      })
    } finally {
      signal.removeEventListener('abort', onAbort)
      await popupsSettled?.()
      if (page) await closePage(page)
      if (--this.#open === 0) await this.#browser.idle().catch(ignore)
    }
  }
}
