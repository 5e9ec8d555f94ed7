import { type Browser, chromium } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { withoutUnseenWindows } from '../../src/browser/launch/unseen-windows.ts'

/**
 * The Chromium that this run has (`ONEJAR_CHROMIUM`, or the first that is found), started as Onejar starts it.
 *
 * @param args - further arguments for it
 */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const found = await findBrowser()
  if (!found) throw new Error('No Chromium here: npx playwright install --with-deps chromium')
  return chromium.launch({
    executablePath: found.executablePath,
    args: [...(await withoutUnseenWindows(chromium, [...defaultBrowserArgs(), ...args]))],
    timeout: 110_000,
  })
}
