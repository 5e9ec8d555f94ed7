import { type Clock, steadyMs } from '../core/index.ts'
import type { RateLimitPlan } from './rate-limit-plan.ts'
import { SlidingShare } from './sliding-share.ts'

/** An alarm has begun or ended: for an origin, or (null) for all together. */
export interface RateChange {
  readonly origin: string | null
  readonly state: 'raised' | 'ended'
  /** Of the answers in the window, which share was 429, and how many there were. */
  readonly share: number
  readonly answers: number
}

interface Watched {
  readonly origin: string | null
  readonly window: SlidingShare
  isAlarmed: boolean
  /** The pause between two requests, and when the next one may go; while the alarm holds. */
  pauseMs: number
  nextAt: number
  /** When the pause was changed last: requests that were on their way together change it once. */
  adaptedAt: number
}

/** As many origins are watched; then the one that was met first goes. */
const MAX_ORIGINS = 1_000
/** A 429 while the origin is slowed down doubles the pause, up to so many times the first. */
const MAX_FACTOR = 32

const NOTHING: readonly RateChange[] = []

/**
 * Knows which share of the answers was 429, for each origin and over all, and has an origin with too large a share asked more
 * slowly until it falls. One for all sessions of a broker.
 */
export class RateAlarms {
  readonly #plan: RateLimitPlan
  readonly #clock: Clock
  readonly #all: Watched
  readonly #origins = new Map<string, Watched>()
  /** The origin that answered last, which as a rule answers next. */
  #last: Watched | undefined
  #slowed = 0

  constructor(plan: RateLimitPlan, clock: Clock) {
    this.#plan = plan
    this.#clock = clock
    this.#all = this.#watched(null, steadyMs(clock))
  }

  /** How many origins are slowed down. */
  get slowed(): number {
    return this.#slowed
  }

  /** An origin has answered. Returns which alarms have begun or ended by that; as a rule none. */
  answered(origin: string, isLimited: boolean): readonly RateChange[] {
    const now = steadyMs(this.#clock)
    const watched = this.#last?.origin === origin ? this.#last : this.#of(origin, now)
    this.#last = watched
    watched.window.add(isLimited, now)
    this.#all.window.add(isLimited, now)
    // Only a 429 begins an alarm, and only where there is one can it end.
    if (!isLimited && !watched.isAlarmed && !this.#all.isAlarmed) return NOTHING
    if (watched.isAlarmed) this.#adapt(watched, isLimited, now)
    return [watched, this.#all].flatMap((one) => this.#changeOf(one, now))
  }

  /**
   * How long a request to an origin has to wait until it may go, in milliseconds; 0 where the origin is not slowed down. The turn
   * is taken, unless it comes later than `mostMs`.
   */
  turn(origin: string, mostMs: number): number {
    const watched = this.#slowed === 0 ? undefined : this.#origins.get(origin)
    if (watched?.isAlarmed !== true) return 0
    const now = steadyMs(this.#clock)
    if (!this.#isHigh(watched, now)) return 0
    const at = Math.max(now, watched.nextAt)
    if (at - now < mostMs) watched.nextAt = at + watched.pauseMs
    return at - now
  }

  #of(origin: string, now: number): Watched {
    const known = this.#origins.get(origin)
    if (known !== undefined) return known
    if (this.#origins.size >= MAX_ORIGINS) this.#forgetOldest()
    const watched = this.#watched(origin, now)
    this.#origins.set(origin, watched)
    return watched
  }

  #watched(origin: string | null, now: number): Watched {
    const { windowMs, slowDownMs } = this.#plan
    const window = new SlidingShare(windowMs, now)
    return { origin, window, isAlarmed: false, pauseMs: slowDownMs, nextAt: 0, adaptedAt: 0 }
  }

  #forgetOldest(): void {
    const [oldest] = this.#origins.values()
    if (oldest === undefined) return
    if (oldest.isAlarmed) this.#slowed--
    this.#origins.delete(oldest.origin as string)
  }

  #isHigh({ window }: Watched, now: number): boolean {
    const { all, share } = window.at(now)
    return all >= this.#plan.minRequests && share > this.#plan.alertShare
  }

  #changeOf(watched: Watched, now: number): RateChange[] {
    const isHigh = this.#isHigh(watched, now)
    if (isHigh === watched.isAlarmed) return []
    watched.isAlarmed = isHigh
    watched.pauseMs = this.#plan.slowDownMs
    watched.nextAt = now + watched.pauseMs
    watched.adaptedAt = now
    if (watched.origin !== null) this.#slowed += isHigh ? 1 : -1
    const { all, share } = watched.window.at(now)
    return [{ origin: watched.origin, state: isHigh ? 'raised' : 'ended', share, answers: all }]
  }

  #adapt(watched: Watched, isLimited: boolean, now: number): void {
    const { slowDownMs } = this.#plan
    if (now - watched.adaptedAt < watched.pauseMs) return
    watched.adaptedAt = now
    watched.pauseMs = isLimited
      ? Math.min(slowDownMs * MAX_FACTOR, watched.pauseMs * 2)
      : Math.max(slowDownMs, watched.pauseMs / 2)
  }
}
