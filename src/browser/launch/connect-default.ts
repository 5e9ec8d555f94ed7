import type { Browser, BrowserContext } from 'playwright'
import { OnejarError } from '../../core/index.ts'
import { loadPlaywright } from './load-playwright.ts'

const CONNECT_MS = 30_000

/**
 * Connects to a browser that runs already, and finds its default context: the profile that a person uses, or that another program
 * drives. Nothing in it is changed; closing the connection leaves the browser as it is.
 *
 * @param endpoint - `http(s)://` or `ws(s)://`
 * @throws OnejarError ONEJAR_BROWSER_FAILED
 */
export async function connectToDefault(
  endpoint: string,
): Promise<{ readonly context: BrowserContext; readonly connection: Browser }> {
  const { chromium } = await loadPlaywright('connect')
  let connection: Browser
  try {
    connection = await chromium.connectOverCDP(endpoint, { timeout: CONNECT_MS, noDefaults: true })
  } catch (cause) {
    throw new OnejarError(
      'ONEJAR_BROWSER_FAILED',
      'The browser that was to be attached did not answer at its address',
      {
        cause,
      },
    )
  }
  const [context] = connection.contexts()
  if (context !== undefined) return { context, connection }
  await connection.close().catch(() => {})
  throw new OnejarError('ONEJAR_BROWSER_FAILED', 'The browser that was to be attached has no default context')
}
