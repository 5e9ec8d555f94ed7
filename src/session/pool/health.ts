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

/** How well a session fares with its sites: 1 is untroubled, 0 is of no use. */
export class Health {
  #score = 1

  get score(): number {
    return this.#score
  }

  note(sign: HealthSign): number {
    this.#score = Math.min(1, Math.max(0, this.#score + WEIGHTS[sign]))
    return this.#score
  }
}

/** What an event says of a session's health; undefined when it says nothing. */
export function healthSign(event: SessionEvent): HealthSign | undefined {
  switch (event.type) {
    case 'request':
      if (event.verdict === 'ok') return 'ok'
      if (event.verdict === 'error') return event.status >= 500 ? 'error' : undefined
      return event.verdict === 'rate-limited' ? 'rate-limited' : undefined
    case 'challenge':
      return event.verdict === 'js-challenge' ? 'challenge' : undefined
    case 'halted':
      return 'refused'
    default:
      return undefined
  }
}
