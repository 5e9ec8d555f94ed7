import { OnejarError, safeUrl } from '../core/index.ts'
import type { PageFetchTask } from './browser-port.ts'

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Whether a fetch only reads, so that it may be made again whether or not the site had it. */
export function mayRepeat({ method }: Pick<PageFetchTask, 'method'>): boolean {
  return SAFE.has(method)
}

/** Of a fetch that changes something, and that was under way when what made it went away. @param who - as `The browser` */
export function outcomeUnknown(
  who: string,
  { url, method }: Pick<PageFetchTask, 'url' | 'method'>,
  cause?: unknown,
): OnejarError {
  const what = `${who} went away while it sent ${method} ${safeUrl(url)}: whether the site carried it out is not known`
  return new OnejarError('ONEJAR_OUTCOME_UNKNOWN', what, cause === undefined ? {} : { cause })
}
