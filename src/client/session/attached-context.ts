import type { Browser, BrowserContext } from 'playwright'
import { type ContextBinding, connectToContext } from '../../browser/index.ts'
import { takeBrowserContext } from '../input/take-browser-context.ts'
import type { SessionInternals } from './session-internals.ts'

/**
 * A browser context of the caller's that a session lives in, until it is detached, until the session is released, or until somebody
 * closes it.
 *
 * @example
 * ```ts
 * async function whatIsOpen(): Promise<string[]> {
 *   const attached = await session.attach('http://127.0.0.1:9222')
 *   const urls = attached.context.pages().map((page) => page.url())
 *   await attached.detach()
 *   return urls
 * }
 * ```
 */
export class AttachedContext {
  /** The context: `session.page()` opens its pages in it. */
  readonly context: BrowserContext
  readonly #binding: ContextBinding
  /** The connection that was made for it. */
  readonly #connection: Browser | undefined

  /** Use `session.attach()`. */
  constructor(binding: ContextBinding, connection: Browser | undefined) {
    this.context = binding.context
    this.#binding = binding
    this.#connection = connection
  }

  /** Whether the session still lives in it. */
  get attached(): boolean {
    return !this.#binding.closed
  }

  /**
   * Takes what the pages wrote last into the session, and leaves the context as it is: its pages stay open, and what the session
   * is given from now on is not in them. Idempotent.
   *
   * @example
   * ```ts
   * async function takeCookies(endpoint: string): Promise<void> {
   *   const attached = await session.attach(endpoint)
   *   await attached.detach()
   * }
   * ```
   */
  async detach(): Promise<void> {
    await this.#binding.close()
    await this.#connection?.close().catch(() => {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.detach()
  }
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_CONTEXT_IN_USE, ONEJAR_BROWSER_FAILED, ONEJAR_CLOSED */
export async function attachContext(
  internals: SessionInternals,
  given: unknown,
  options: unknown,
): Promise<AttachedContext> {
  internals.assertOpen()
  const taken = takeBrowserContext(given, options)
  const { browser } = internals.engine
  if (!('address' in taken)) return new AttachedContext(await browser.attachOwn(taken), undefined)
  browser.assertFree()
  const { context, connection } = await connectToContext(taken.address, taken.contextId)
  try {
    return new AttachedContext(await browser.attachOwn(context, () => leave(connection)), connection)
  } catch (error) {
    leave(connection)
    throw error
  }
}

function leave(connection: Browser): void {
  connection.close().catch(() => {})
}
