import { describe, expect, it } from 'vitest'
import { backoff, DEFAULT_RETRY, retrySchema } from '../../../src/resilience/index.ts'

const PLAN = { attempts: 4, firstDelayMs: 100, maxDelayMs: 1_000 }

/** The first pauses that a source of chance leads to. */
function pauses(next: () => number, count = 8): number[] {
  const nextPauseMs = backoff(PLAN, { next })
  return Array.from({ length: count }, () => nextPauseMs())
}

describe('backoff', () => {
  it('grows threefold at most, from the first delay to the cap', () => {
    expect(pauses(() => 0.999_999_999).map(Math.round)).toEqual([
      300, 900, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000,
    ])
    expect(pauses(() => 0)).toEqual(Array(8).fill(100))
  })

  it('differs from one request to the next by chance alone, and stays within its bounds', () => {
    const draws = [0.1, 0.9, 0.5, 0.3, 0.7]
    let at = 0
    const one = pauses(() => draws[at++ % draws.length] as number)
    at = 2
    const other = pauses(() => draws[at++ % draws.length] as number)
    expect(one).not.toEqual(other)
    for (const ms of [...one, ...other]) {
      expect(ms).toBeGreaterThanOrEqual(PLAN.firstDelayMs)
      expect(ms).toBeLessThanOrEqual(PLAN.maxDelayMs)
    }
  })
})

describe('retrySchema', () => {
  it('sends three times in all unless told otherwise', () => {
    expect(DEFAULT_RETRY).toEqual({ attempts: 3, firstDelayMs: 250, maxDelayMs: 10_000 })
    expect(retrySchema.parse({ attempts: 1 })).toMatchObject({ attempts: 1 })
    expect(retrySchema.parse(false)).toBe(false)
  })

  it.each([{ attempts: 0 }, { attempts: 11 }, { attempts: 1.5 }, { firstDelayMs: 0 }, { tries: 2 }, true])(
    'refuses %j',
    (value) => expect(retrySchema.safeParse(value).success).toBe(false),
  )

  it('refuses a first delay above the longest', () => {
    const { error } = retrySchema.safeParse({ firstDelayMs: 2_000, maxDelayMs: 1_000 })
    expect(JSON.stringify(error?.issues)).toContain('expected at least firstDelayMs')
  })
})
