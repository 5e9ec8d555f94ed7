import type { ChromiumOracle } from '../chromium-oracle.ts'
import { fuzzHistory } from './fuzz-histories.ts'
import { CASES_AT_ONCE, fuzzLines } from './fuzz-lines.ts'
import { fuzzScripts } from './fuzz-scripts.ts'

/** A case on which Onejar and Chromium do not agree, and the seed of its round. */
export interface Disagreement {
  readonly seed: number
  readonly case: unknown
  readonly what: readonly string[]
}

/** What a run came to. */
export interface FuzzReport {
  readonly cases: number
  readonly disagreements: readonly Disagreement[]
  /** Rounds that Chromium or the page gave no answer to. */
  readonly unasked: number
}

const ROUNDS = { lines: fuzzLines, scripts: fuzzScripts, histories: fuzzHistory } as const
const CASES_A_ROUND = { lines: CASES_AT_ONCE, scripts: CASES_AT_ONCE, histories: 1 } as const
export const FUZZERS = Object.keys(ROUNDS) as (keyof typeof ROUNDS)[]

/**
 * Puts generated cases to both sides, one round for each seed from `seed` on: what responses set, what scripts set, and
 * whole histories of requests.
 *
 * @param note - told of each round that could not be asked
 */
export async function fuzzChromium(
  oracle: ChromiumOracle,
  kind: keyof typeof ROUNDS,
  rounds: number,
  seed: number,
  note: (text: string) => void = () => {},
): Promise<FuzzReport> {
  const disagreements: Disagreement[] = []
  let unasked = 0
  for (let round = 0; round < rounds; round++) {
    try {
      disagreements.push(...(await ROUNDS[kind](oracle, seed + round)))
    } catch (error) {
      unasked++
      note(`${kind}, seed ${seed + round}: ${String(error).split('\n')[0]}\n`)
    }
  }
  return { cases: (rounds - unasked) * CASES_A_ROUND[kind], disagreements, unasked }
}
