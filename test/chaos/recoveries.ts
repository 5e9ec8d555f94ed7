/** How long each fault was felt, in milliseconds, by its kind. */
export class Recoveries {
  readonly #times = new Map<string, number[]>()

  add(kind: string, ms: number): void {
    const times = this.#times.get(kind) ?? []
    times.push(ms)
    this.#times.set(kind, times)
  }

  summary(): Readonly<Record<string, { count: number; p50: number; p95: number; max: number }>> {
    return Object.fromEntries(
      [...this.#times].map(([kind, times]) => {
        const sorted = times.toSorted((a, b) => a - b)
        // The nearest rank: a time that was measured, not one in between.
        const at = (q: number) => Math.round(sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] as number)
        return [kind, { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) }]
      }),
    )
  }
}
