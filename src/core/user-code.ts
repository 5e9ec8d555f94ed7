/**
 * The one place that calls the user's callbacks: a logger, `onWarning`, an event listener, a meter. What a callback
 * throws, or rejects with, stops nothing; the first failure of each callback is reported.
 */
export class UserCode {
  readonly #report: (callback: string, error: unknown) => void
  readonly #reported = new Set<string>()

  /** @param report - called once for each callback that fails */
  constructor(report: (callback: string, error: unknown) => void) {
    this.#report = report
  }

  /**
   * Calls a callback. Never throws.
   *
   * @param callback - its name in the docs
   * @returns what it returned; undefined when it threw
   */
  run<T>(callback: string, call: () => T): T | undefined {
    try {
      const result = call()
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.failed(callback, error))
      return result
    } catch (error) {
      this.failed(callback, error)
      return undefined
    }
  }

  /** Reports that a callback failed. Never throws. */
  failed(callback: string, error: unknown): void {
    if (this.#reported.has(callback)) return
    this.#reported.add(callback)
    this.#report(callback, error)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
  )
}
