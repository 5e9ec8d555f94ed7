import type { Page } from '@playwright/test'

/** Kills the browser's own process, as a crash would, and resolves when its connection is gone. */
export async function killBrowser(page: Page): Promise<void> {
  const browser = page.context().browser()
  if (!browser) throw new Error('The page has no browser')
  const cdp = await browser.newBrowserCDPSession()
  const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
  const main = processInfo.find(({ type }) => type === 'browser')
  if (!main) throw new Error('The browser does not name its process')
  const gone = new Promise((resolve) => browser.once('disconnected', resolve))
  process.kill(main.id, 'SIGKILL')
  await gone
}
