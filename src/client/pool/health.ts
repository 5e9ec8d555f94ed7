import { LazySet } from '../../core/index.ts'
import type { SessionEvent } from '../../routing/index.ts'

/** What a session went through, as far as its health is concerned. */
export type HealthSign = 'ok' | 'error' | 'challenge' | 'rate-limited' | 'refused' | 'network'

/** How much each sign moves a score that goes from 0 to 1: a session recovers slowly and falls fast. */
const WEIGHTS: Readonly<Record<HealthSign, number>> = {
  ok: 0.05,
  error: -0.05,
  challenge: -0.05,
  'rate-limited': -0.2,
  network: -0.15,
  refused: -1,
}

/** All of them. */
export const HEALTH_SIGNS = Object.keys(WEIGHTS) as readonly HealthSign[]

/** How well a session fares with its sites: 1 is untroubled, 0 is of no use. */
export class Health {
  #score = 1
  /** Origins that have stopped the session, and its score before the first of them. */
  readonly #stops = new LazySet<string>()
  #before = 1

  get score(): number {
    return this.#score
  }

  /** An origin stops the session. */
  stop(origin: string): number {
    if (this.#stops.size === 0) this.#before = this.#score
    this.#stops.add(origin)
    return this.note('refused')
  }

  /** It goes on there: when nothing else stops it, it is as well as it was before. */
  goOn(origin: string): void {
    if (this.#stops.delete(origin) && this.#stops.size === 0)
      this.#score = Math.max(this.#score, this.#before)
  }

  note(sign: HealthSign): number {
    this.#score = Math.min(1, Math.max(0, this.#score + WEIGHTS[sign]))
    return this.#score
  }
}

/** What an event says of a session's health, beside what stops it; undefined when it says nothing. */
export function healthSign(event: SessionEvent): HealthSign | undefined {
  switch (event.type) {
    case 'request':
      if (event.verdict === 'ok') return 'ok'
      if (event.verdict === 'error') return event.status >= 500 ? 'error' : undefined
      return event.verdict === 'rate-limited' ? 'rate-limited' : undefined
    case 'challenge':
      return event.verdict === 'js-challenge' ? 'challenge' : undefined
    default:
      return undefined
  }
}
