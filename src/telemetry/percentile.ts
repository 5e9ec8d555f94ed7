/** Each bucket is about 9 % wider than the one before: a result is at most that much too high. */
const PER_DOUBLING = 8
const BUCKETS = 256

/** Percentiles of measurements from 0 up, in constant memory. */
export class Percentile {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0

  add(value: number): void {
    if (!(value >= 0)) return
    const bucket = value < 1 ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(value) * PER_DOUBLING))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#total++
  }

  /** The upper bound of the bucket that holds the percentile; 0 when nothing was measured. */
  at(share: number): number {
    if (this.#total === 0) return 0
    let left = Math.ceil(this.#total * share)
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] ?? 0
      if (left <= 0) return 2 ** (bucket / PER_DOUBLING)
    }
    return 2 ** (BUCKETS / PER_DOUBLING)
  }
}
