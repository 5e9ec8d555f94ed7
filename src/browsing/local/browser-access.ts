import type { ContextBinding } from '../../browser/index.ts'
import type { SessionRecord } from '../../record/index.ts'

/** Access to a browser context on the record. */
export interface BrowserAccess {
  /** The context that is open now. */
  live(): ContextBinding | undefined
  /** @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED */
  open(): Promise<ContextBinding>
  /**
   * A context of its own, like the session's but on another record. Whoever asks closes it.
   *
   * @throws OnejarError ONEJAR_BROWSER_NOT_FOUND, ONEJAR_BROWSER_FAILED
   */
  fork(record: SessionRecord): Promise<ContextBinding>
  /** The router has no page open any more: a context that nobody else uses may go. */
  idle(): Promise<void>
}
