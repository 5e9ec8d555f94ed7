import type { Page } from 'playwright'
import { ignore } from '../../core/index.ts'

const LOOK_EVERY_MS = 500
/** A page that keeps a connection busy is looked at all the same. */
const MAX_BUSY_MS = 5_000

/**
 * The document as it stands once the page has come to rest: loaded, without a request under way, and unchanged for a while.
 * Null when `isOver` says that nobody wants to know any more.
 *
 * @param restMs - how long it has to be unchanged
 */
export async function contentAtRest(
  page: Page,
  restMs: number,
  isOver: () => boolean,
): Promise<string | null> {
  await page.waitForLoadState('load', { timeout: 0 })
  await page.waitForLoadState('networkidle', { timeout: MAX_BUSY_MS }).catch(ignore)
  let last: string | undefined
  let since = performance.now()
  while (!isOver()) {
    const now = await page.content()
    if (now !== last) {
      last = now
      since = performance.now()
    } else if (performance.now() - since >= restMs) return now
    await page.waitForTimeout(LOOK_EVERY_MS)
  }
  return null
}
