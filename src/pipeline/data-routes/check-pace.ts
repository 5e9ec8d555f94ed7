import { LazyMap } from '../../core/index.ts'

/** After so many values over HTTP the first checks are made: a route that is wrong is mostly wrong at once. */
const FIRST_CHECKS = [6, 15] as const
const AGAIN = 10
/** Checks come up to so much sooner than they have to: in even steps they would meet ids that have their last digits in common. */
const SPREAD = 0.2
/** Its multiples have no period: no numbering of pages stays in step with them. */
const GOLDEN = (Math.sqrt(5) - 1) / 2
/** Routes that went wrong so often are left to the page for a while. */
const MAX_WRONG = 2
/** Where so many pages in a row show something else than their data says, it is no exception any more. */
const MAX_APART = 4
const MAX_ROUTES = 1_000

interface Pace {
  /** Values since the last check. */
  since: number
  /** Until the next one. */
  every: number
  /** Pages that were looked at. */
  checks: number
  /** Pages in a row that were left to rendering. */
  apart: number
  /** Whether the answer after one that had nothing was checked. */
  isNothingKnown: boolean
}

/** When a page is rendered to check its route. It counts in this process alone. */
export class CheckPace {
  readonly #every: number
  readonly #paces = new LazyMap<string, Pace>()
  readonly #wrong = new LazyMap<string, number>()

  /** @param every - values over HTTP from one check to the next, at most */
  constructor(every: number) {
    this.#every = every
  }

  /** Counts a value. True where it is the one to be checked: no other is until that is done. */
  isDue(id: string): boolean {
    const pace = this.#of(id)
    pace.since++
    pace.apart = 0
    if (pace.since < pace.every) return false
    // Whoever comes meanwhile is not held up; if the check fails to be made, the next one is due soon.
    pace.every = pace.since + AGAIN
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

  /** The next value is checked. */
  soon(id: string): void {
    const pace = this.#of(id)
    pace.every = pace.since + 1
  }

  /** The next value is checked after the first answer that has nothing: it may be the site that has changed. */
  soonAfterNothing(id: string): void {
    if (!this.#of(id).isNothingKnown) this.soon(id)
    this.#of(id).isNothingKnown = true
  }

  /** Counts a page that shows something else than its data, as is known of its kind. */
  isApartTooOften(id: string): boolean {
    return ++this.#of(id).apart > MAX_APART
  }

  passed(id: string): void {
    const pace = this.#of(id)
    pace.since = 0
    pace.apart = 0
    pace.checks++
    pace.every = this.#interval(pace.checks)
  }

  /** @returns whether the route is not to be learned again for a while */
  failed(id: string, group: string): boolean {
    this.#paces.delete(id)
    const times = (this.#wrong.get(group) ?? 0) + 1
    if (times >= MAX_WRONG) this.#wrong.delete(group)
    else this.#wrong.set(group, times)
    return times >= MAX_WRONG
  }

  /** Values until the next check, after so many. */
  #interval(checks: number): number {
    const sooner = Math.floor(this.#every * SPREAD * ((checks * GOLDEN) % 1))
    return Math.min(FIRST_CHECKS[checks] ?? Number.POSITIVE_INFINITY, this.#every - sooner)
  }

  #of(id: string): Pace {
    let pace = this.#paces.get(id)
    if (!pace) {
      pace = { since: 0, every: this.#interval(0), checks: 0, apart: 0, isNothingKnown: false }
      this.#paces.set(id, pace)
      const [oldest] = this.#paces.keys()
      if (this.#paces.size > MAX_ROUTES) this.#paces.delete(oldest as string)
    }
    return pace
  }
}
