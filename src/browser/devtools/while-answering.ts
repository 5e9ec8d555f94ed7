import type { CdpLink } from './cdp-link.ts'

/** A browser that answers has to be done with a page or a context by then: somebody else's debugger may hold it. */
const LIMIT_MS = 30_000
const ASK_MS = 1000

/**
 * What Playwright is asked for, which waits without end by itself. It is given up when the browser (a link that is watched)
 * leaves questions unanswered, is gone, or takes too long.
 *
 * @param discard - ends what comes after it was given up
 */
export async function whileAnswering<T>(
  browser: CdpLink,
  work: Promise<T>,
  discard: (late: T) => Promise<void>,
): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const ask = () => void browser.send('Browser.getVersion').catch(reject)
  ask()
  const asking = setInterval(ask, ASK_MS)
  const limit = setTimeout(() => reject(new Error('The browser takes too long')), LIMIT_MS)
  try {
    return await Promise.race([work, over])
  } catch (error) {
    work.then(discard).catch(() => {})
    throw error
  } finally {
    clearInterval(asking)
    clearTimeout(limit)
  }
}
