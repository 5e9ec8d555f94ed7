import { OnejarError } from './errors.ts'

/** The deadline and the caller's abort signal, as one signal. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Epoch milliseconds, from the system's clock: used in reports and to pass on the time that is left. */
  readonly at: number
  /** Clears the timer; call it when the work is over. */
  clear(): void
}

/**
 * A signal that fires with ONEJAR_TIMEOUT after `timeoutMs`, or with ONEJAR_ABORTED when the caller's signal fires.
 */
export function startDeadline(timeoutMs: number, what: string, caller?: AbortSignal | null): Deadline {
  const controller = new AbortController()
  const onAbort = () =>
    controller.abort(new OnejarError('ONEJAR_ABORTED', `${what} was aborted`, { cause: caller?.reason }))
  const timer = setTimeout(() => {
    controller.abort(new OnejarError('ONEJAR_TIMEOUT', `${what} took longer than ${timeoutMs} ms`))
  }, timeoutMs)
  if (caller?.aborted) onAbort()
  else caller?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    at: Date.now() + timeoutMs,
    clear() {
      clearTimeout(timer)
      caller?.removeEventListener('abort', onAbort)
    },
  }
}

/** Waits for a promise, or rejects with the signal's reason as soon as it fires. The promise itself goes on. */
export function withSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) {
      promise.catch(() => {})
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
