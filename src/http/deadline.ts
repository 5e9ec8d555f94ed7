import { OnejarError, safeUrl } from '../core/index.ts'
import { toAbortError } from './http-error.ts'

/** How long a request can wait, and what ends its waiting. */
export interface RequestTime {
  readonly url: URL
  readonly timeoutMs: number
  /** The time that the caller gave, which errors name; `timeoutMs` is what is left of it. Default: that. */
  readonly limitMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * What is left of a request's time, in milliseconds.
 *
 * @param deadline - on the clock of `performance.now()`
 * @throws OnejarError ONEJAR_TIMEOUT when nothing is
 */
export function timeLeft(deadline: number, request: RequestTime): number {
  const ms = Math.ceil(deadline - performance.now())
  if (ms <= 0) throw outOfTime(request)
  return ms
}

/**
 * Throws when the request can wait no longer: for work that is done in pieces.
 *
 * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED
 */
export function assertTime(request: RequestTime, deadline: number): void {
  const { signal, url } = request
  if (signal?.aborted) throw toAbortError(signal.reason, url)
  if (performance.now() >= deadline) throw outOfTime(request)
}

/**
 * Waits for something, perhaps shared with others, no longer than this request can wait. The work itself goes on.
 *
 * @throws OnejarError ONEJAR_TIMEOUT, ONEJAR_ABORTED
 */
export function waitWithin<T>(work: Promise<T>, request: RequestTime, deadline: number): Promise<T> {
  const { signal, url } = request
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(
      () => over(() => reject(outOfTime(request))),
      Math.max(0, deadline - performance.now()),
    )
    const onAbort = () => over(() => reject(toAbortError(signal?.reason, url)))
    const over = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    work.then(
      (value) => over(() => resolve(value)),
      (error) => over(() => reject(error)),
    )
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort)
  })
}

/** The error for a request whose time is over. */
export function outOfTime({ url, timeoutMs, limitMs = timeoutMs }: RequestTime): OnejarError {
  return new OnejarError('ONEJAR_TIMEOUT', `${safeUrl(url)} took longer than ${limitMs} ms`)
}
