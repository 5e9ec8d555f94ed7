import { OnejarError } from '../../core/index.ts'
import { findBrowser } from './find-browser.ts'
import type { BrowserOptions, OpenedBrowser } from './open-browser.ts'

/**
 * Whether there is a browser to start or to connect to, as far as the file system shows: one that is named otherwise than by its
 * file counts as there. Costs a few calls of the file system.
 */
export async function browserIsHere(
  options: BrowserOptions & { readonly off?: boolean | undefined },
): Promise<boolean> {
  const { off, executablePath, channel, cdpEndpoint, endpoint } = options
  if (off === true) return false
  if (channel !== undefined || cdpEndpoint !== undefined || endpoint !== undefined) return true
  return findBrowser({ executablePath }).then(
    (found) => found !== null,
    () => false,
  )
}

/** Opens none. @throws OnejarError ONEJAR_BROWSER_NOT_FOUND */
export function noBrowserHere(): Promise<OpenedBrowser> {
  const what =
    'This process is to use no browser (browser: false): leave that out, or name a queue, and workers do what takes one'
  return Promise.reject(new OnejarError('ONEJAR_BROWSER_NOT_FOUND', what))
}
