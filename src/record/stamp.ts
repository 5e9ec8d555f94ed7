import type { Clock } from '../core/index.ts'

/**
 * A hybrid logical time: milliseconds times 1,024 plus a counter, as one number. Exact until the year 2248.
 * It follows the wall clock, never runs backwards, and passes every time it has seen.
 */
export type LogicalTime = number

/** When and by whom an entry was written. Equal times are ordered by writer. */
export interface Stamp {
  readonly time: LogicalTime
  readonly writer: string
}

const TICKS_PER_MS = 1024

/** Times further ahead of the own clock than this are not believed: a writer with a wrong clock would win forever. */
export const MAX_DRIFT_MS = 5 * 60_000

/** The wall-clock part of a logical time, in epoch milliseconds. */
export function timeToMs(time: LogicalTime): number {
  return Math.floor(time / TICKS_PER_MS)
}

/** The first logical time of a millisecond. */
export function msToTime(ms: number): LogicalTime {
  return Math.floor(ms) * TICKS_PER_MS
}

/** The order of stamps: by time, then by writer. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1
  if (a.writer !== b.writer) return a.writer < b.writer ? -1 : 1
  return 0
}

/** A writer's clock: every stamp it gives is later than every stamp it has given or seen. */
export class StampClock {
  readonly writer: string
  readonly #clock: Clock
  #last: LogicalTime = 0

  constructor(writer: string, clock: Clock) {
    this.writer = writer
    this.#clock = clock
  }

  /** A new time, strictly later than any before. */
  tick(): LogicalTime {
    const wall = msToTime(this.#clock.now())
    this.#last = wall > this.#last ? wall : this.#last + 1
    return this.#last
  }

  /**
   * A new stamp, later than `replaced` too: a writer whose clock is fast must not win against those who write after it.
   */
  stamp(replaced: LogicalTime = 0): Stamp {
    const time = this.tick()
    return { time: time > replaced ? time : replaced + 1, writer: this.writer }
  }

  /** Takes note of a time that another writer gave, unless it lies absurdly far in the future. */
  observe(time: LogicalTime): void {
    if (time > this.#last && time <= msToTime(this.#clock.now() + MAX_DRIFT_MS)) this.#last = time
  }
}
