import type { Browser, BrowserContext } from 'playwright'
import { OnejarError } from '../../core/index.ts'
import { ConfinedTransport, NoSuchContext } from './confined-transport.ts'
import { loadPlaywright } from './load-playwright.ts'

const CONNECT_MS = 30_000

/**
 * Connects to a browser that runs already, and finds a context in it: the default one, of the profile that a person uses or another
 * program drives, or one that such a program has made besides. Of the others nothing is seen. Nothing in it is changed; closing
 * the connection leaves the browser as it is.
 *
 * @param endpoint - `http(s)://` or `ws(s)://`
 * @param contextId - the browser's id of the context; undefined for the default one
 * @throws OnejarError ONEJAR_BROWSER_FAILED, ONEJAR_BAD_OPTIONS where there is no context of this id
 */
export async function connectToContext(
  endpoint: string,
  contextId: string | undefined,
): Promise<{ readonly context: BrowserContext; readonly connection: Browser }> {
  const { chromium } = await loadPlaywright('connect')
  let transport: ConfinedTransport | undefined
  try {
    const opened = await ConfinedTransport.takeOn(endpoint, CONNECT_MS, contextId)
    transport = opened
    const connection = await chromium.connectOverCDP(opened, { timeout: CONNECT_MS, noDefaults: true })
    const [context] = connection.contexts()
    if (context !== undefined) return { context, connection }
    throw new NoSuchContext('The browser has no default context')
  } catch (cause) {
    transport?.close()
    if (cause instanceof NoSuchContext && contextId !== undefined)
      throw new OnejarError(
        'ONEJAR_BAD_OPTIONS',
        'session.attach(): contextId: the browser has no such context: pass the id of one that is open, as context.id of Puppeteer',
        { cause },
      )
    const what = cause instanceof NoSuchContext ? 'has no default context' : 'did not answer at its address'
    throw new OnejarError('ONEJAR_BROWSER_FAILED', `The browser that was to be attached ${what}`, { cause })
  }
}
