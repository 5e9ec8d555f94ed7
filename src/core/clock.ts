/** A source of time. The pure floors take one instead of reading the system's. */
export interface Clock {
  /** Epoch milliseconds; may jump, as the system's clock does. */
  now(): number
  /**
   * Milliseconds on a monotonic clock: only differences mean anything. Pauses are measured on it. Default: the sum of the
   * steps that `now()` made forward, so that setting the system's clock back prolongs no pause.
   */
  steady?(): number
}

export const systemClock: Clock = { now: () => Date.now(), steady: () => performance.now() }

const derived = new WeakMap<Clock, { last: number; steady: number }>()

/** The time for pauses, in milliseconds: see `Clock.steady`. */
export function steadyMs(clock: Clock): number {
  if (clock.steady !== undefined) return clock.steady()
  const now = clock.now()
  const known = derived.get(clock)
  if (known === undefined) {
    derived.set(clock, { last: now, steady: now })
    return now
  }
  if (now > known.last) known.steady += now - known.last
  known.last = now
  return known.steady
}
