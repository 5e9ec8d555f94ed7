import type { Page } from 'playwright'
import { ignore } from '../../core/index.ts'
import { within } from '../devtools/within.ts'

/** After this Chromium has closed a page, or never will. A busy page is read first (`PageFinisher`), which must not be cut short. */
const CLOSES_WITHIN_MS = 10_000
const MAX_TRIES = 3

/**
 * Closes a page, and resolves when it is gone. Chromium now and then forgets to close a page which has just begun to show that a
 * certificate is not to be trusted; Playwright asks it once, and waits without end. So it is asked again.
 *
 * Resolves after 30 s in any case: what is still open then is closed with its context. Never rejects.
 */
export async function closePage(page: Page): Promise<void> {
  const closed = page.close().then(
    () => true as const,
    () => true as const,
  )
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    if (await within(CLOSES_WITHIN_MS, closed)) return
    askAgain(page).catch(ignore)
  }
}

async function askAgain(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Page.close')
}
