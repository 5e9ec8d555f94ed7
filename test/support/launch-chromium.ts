import { type Browser, chromium } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../../../src/browser/launch/find-browser.ts'
import { withoutUnseenWindows } from '../../../src/browser/launch/unseen-windows.ts'

/** A Chromium of this machine, started as Onejar starts it. */
export async function launchChromium(): Promise<Browser> {
  const found = await findBrowser()
  if (!found) throw new Error('No Chromium here: npx playwright install --with-deps chromium')
  return chromium.launch({
    executablePath: found.executablePath,
    args: [...(await withoutUnseenWindows(chromium, defaultBrowserArgs()))],
    timeout: 110_000,
  })
}
