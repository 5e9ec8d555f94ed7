import { setTimeout as wait } from 'node:timers/promises'
import { toAbortError } from '../../http/index.ts'
import type { RouteRequest } from '../../routing/index.ts'

/**
 * Waits for a request's sake.
 *
 * @param closing - fires when the session is released
 * @throws OnejarError ONEJAR_ABORTED when the caller's signal fires, ONEJAR_CLOSED
 */
export async function pauseFor(
  ms: number,
  { url, signal: asked }: Pick<RouteRequest, 'url' | 'signal'>,
  closing: AbortSignal,
): Promise<void> {
  const signal = asked === undefined ? closing : AbortSignal.any([asked, closing])
  await wait(ms, undefined, { signal }).catch(() => {
    throw toAbortError(signal.reason, url)
  })
}
