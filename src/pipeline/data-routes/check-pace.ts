import { LazyMap } from '../../core/index.ts'

/** After so many values over HTTP the first check is made: a route that is wrong is mostly wrong at once. */
const FIRST_CHECK = 10
/** Routes that went wrong so often are left to the page for a while. */
const MAX_WRONG = 2
const MAX_ROUTES = 1_000

interface Pace {
  /** Values since the last check. */
  since: number
  /** Until the next one. */
  every: number
}

/** When a page is rendered to check its route. It counts in this process alone. */
export class CheckPace {
  readonly #every: number
  readonly #paces = new LazyMap<string, Pace>()
  readonly #wrong = new LazyMap<string, number>()

  /** @param every - values over HTTP from one check to the next */
  constructor(every: number) {
    this.#every = every
  }

  /** Counts a value. True where it is the one to be checked: no other is until that is done. */
  isDue(id: string): boolean {
    const pace = this.#of(id)
    pace.since++
    if (pace.since < pace.every) return false
    // Whoever comes meanwhile is not held up; if the check fails to be made, the next one is due soon.
    pace.every = pace.since + FIRST_CHECK
    return true
  }

  /** Values that no check has covered yet. */
  unchecked(id: string): number {
    return this.#paces.get(id)?.since ?? 0
  }

  /** A route is new: its first check is due soon. */
  begin(id: string): void {
    this.#paces.delete(id)
  }

  passed(id: string): void {
    const pace = this.#of(id)
    pace.since = 0
    pace.every = this.#every
  }

  /** @returns whether the route is not to be learned again for a while */
  failed(id: string, group: string): boolean {
    this.#paces.delete(id)
    const times = (this.#wrong.get(group) ?? 0) + 1
    if (times >= MAX_WRONG) this.#wrong.delete(group)
    else this.#wrong.set(group, times)
    return times >= MAX_WRONG
  }

  #of(id: string): Pace {
    let pace = this.#paces.get(id)
    if (!pace) {
      pace = { since: 0, every: Math.min(FIRST_CHECK, this.#every) }
      this.#paces.set(id, pace)
      const [oldest] = this.#paces.keys()
      if (this.#paces.size > MAX_ROUTES) this.#paces.delete(oldest as string)
    }
    return pace
  }
}
