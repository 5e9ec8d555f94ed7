import { setTimeout as wait } from 'node:timers/promises'
import PQueue from 'p-queue'
import { type OriginLimitPlan, windowsOf } from './limit-plan.ts'
import { SharedSlots, type SharedSlotsOptions } from './shared-slots.ts'

/** The way of requests to one origin: so many at once, so many in a time, and those that wait in fair order. */
export class OriginLane {
  /** Those that are being sent. */
  readonly #running: PQueue
  /** Where the next is let through, one after the other. */
  readonly #gate = new PQueue({ concurrency: 1 })
  readonly #rate: { readonly requests: number; readonly perMs: number } | undefined
  /** When the last ones were let through, on the clock of `performance.now()`, the oldest first. */
  readonly #starts: number[] = []
  readonly #places: SharedSlots | undefined
  readonly #starters: SharedSlots | undefined
  /** Session to how many of its requests wait. */
  readonly #waiting = new Map<string, number>()

  /** @param shared - the store that the limits are shared through; undefined where they are this process's own */
  constructor(
    origin: string,
    plan: OriginLimitPlan,
    shared: Pick<SharedSlotsOptions, 'store' | 'isUp'> | undefined,
  ) {
    const { concurrency, rate } = plan
    this.#running = new PQueue({ concurrency: concurrency ?? Number.POSITIVE_INFINITY })
    this.#rate = rate && windowsOf(rate)
    if (shared === undefined) return
    if (concurrency !== undefined)
      this.#places = new SharedSlots({ ...shared, name: `place ${origin}`, count: concurrency })
    if (this.#rate !== undefined) {
      const { requests: count, perMs: lifeMs } = this.#rate
      this.#starters = new SharedSlots({ ...shared, name: `rate ${origin}`, count, lifeMs })
    }
  }

  /** Whether nobody is under way. */
  get isIdle(): boolean {
    return this.#running.pending + this.#running.size === 0 && this.#starts.length === 0
  }

  /**
   * Runs work when the origin may have one more. Of several sessions each gets its own in its order, however many another has.
   *
   * @param signal - ends the wait; the work has to look at it by itself
   * @throws what the signal fires with while it waits, and what the work throws
   */
  async run<T>(session: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const ahead = this.#waiting.get(session) ?? 0
    this.#waiting.set(session, ahead + 1)
    // p-queue also gives up tasks that run: theirs is to look at the signal by themselves.
    const waiting = new AbortController()
    const giveUp = () => waiting.abort(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    let isWaiting = true
    const begun = () => {
      if (!isWaiting) return
      isWaiting = false
      signal.removeEventListener('abort', giveUp)
      const left = (this.#waiting.get(session) ?? 1) - 1
      if (left > 0) this.#waiting.set(session, left)
      else this.#waiting.delete(session)
    }
    const priority = -ahead
    const whenFree = async () => {
      const giveBack = await this.#gate.add(() => this.#pass(waiting.signal), { priority })
      try {
        waiting.signal.throwIfAborted()
        begun()
        return await work()
      } finally {
        await giveBack?.()
      }
    }
    try {
      return (await this.#running.add(whenFree, { priority, signal: waiting.signal })) as T
    } finally {
      begun()
    }
  }

  /** Waits until the limits let one more through; gives what is to be called at its end. */
  async #pass(signal: AbortSignal): Promise<(() => Promise<void>) | null> {
    signal.throwIfAborted()
    if (this.#rate !== undefined) await this.#window(this.#rate, signal)
    const place = (await this.#places?.take(signal)) ?? null
    try {
      await this.#starters?.take(signal)
    } catch (error) {
      await place?.()
      throw error
    }
    if (this.#rate !== undefined) this.#starts.push(performance.now())
    return place
  }

  /** Waits until the window has room. */
  async #window(
    { requests, perMs }: { readonly requests: number; readonly perMs: number },
    signal: AbortSignal,
  ) {
    for (;;) {
      const now = performance.now()
      while (this.#starts.length > 0 && now - (this.#starts[0] as number) >= perMs) this.#starts.shift()
      if (this.#starts.length < requests) return
      const leftMs = perMs - (now - (this.#starts[0] as number))
      await wait(Math.ceil(leftMs), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}
