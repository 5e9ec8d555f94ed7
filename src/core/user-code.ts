/**
 * The one place where code of the user's is called for the sake of telling it something: a logger, `onWarning`, a listener, a
 * meter. What it throws, or rejects with, reaches nobody: work goes on, and the first failure of each callback is told.
 */
export class UserCode {
  readonly #tell: (callback: string, error: unknown) => void
  readonly #told = new Set<string>()

  /** @param tell - called once for each callback that fails */
  constructor(tell: (callback: string, error: unknown) => void) {
    this.#tell = tell
  }

  /**
   * Calls it. Never throws.
   *
   * @param callback - what it is called in the docs
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

  /** It has failed. Never throws. */
  failed(callback: string, error: unknown): void {
    if (this.#told.has(callback)) return
    this.#told.add(callback)
    this.#tell(callback, error)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<PromiseLike<unknown>>).then === 'function'
  )
}
