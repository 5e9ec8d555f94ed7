import { LazyMap } from '../../core/index.ts'
/**
 * One run of a costly thing per key at a time: callers that come while it runs share its outcome. The run has its own
 * bound; a caller waits for it with its own signal (see `withSignal`).
 */
export class SingleFlight<T> {
  readonly #running = new LazyMap<string, Promise<T>>()

  /** The run that is under way for this key. */
  current(key: string): Promise<T> | undefined {
    return this.#running.get(key)
  }

  /** Joins the run for this key, or starts it. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key)
    if (running) return running
    const started = work().finally(() => this.#running.delete(key))
    this.#running.set(key, started)
    started.catch(() => {})
    return started
  }
}
