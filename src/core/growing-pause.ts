import { type Random, systemRandom } from './random.ts'

/** How long is waited between tries: longer each time. */
export interface GrowingPause {
  /** Before the second try. */
  readonly firstMs: number
  /** However often was tried. */
  readonly longestMs: number
  /** How many times as long each pause is as the one before. Default: 2. */
  readonly growth?: number
  /** The part by which a pause may be longer or shorter, so that many who wait do not come at once. Default: 0. */
  readonly spread?: number
}

/** Beyond this the longest was reached long ago, and powers would overflow. */
const MAX_GROWN = 64

/**
 * The pause before the next try, in milliseconds.
 *
 * @param tries - how often was tried, from 1
 */
export function growingPause(
  { firstMs, longestMs, growth = 2, spread = 0 }: GrowingPause,
  tries: number,
  random: Random = systemRandom,
): number {
  const pauseMs = Math.min(longestMs, firstMs * growth ** Math.min(Math.max(tries - 1, 0), MAX_GROWN))
  return spread === 0 ? pauseMs : pauseMs * (1 - spread + 2 * spread * random.next())
}
