import { describe, expect, it } from 'vitest'
import {
  backoff,
  circuitSchema,
  DEFAULT_CIRCUIT,
  DEFAULT_RETRY,
  retrySchema,
} from '../../../src/resilience/index.ts'

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

  it('takes the least and the most of each number', () => {
    for (const plan of [
      { attempts: 1, firstDelayMs: 1, maxDelayMs: 1 },
      { attempts: 10, firstDelayMs: 60_000, maxDelayMs: 3_600_000 },
    ])
      expect(retrySchema.parse(plan)).toEqual(plan)
  })

  it.each([
    { attempts: 0 },
    { attempts: 11 },
    { attempts: 1.5 },
    { firstDelayMs: 0 },
    { firstDelayMs: 60_001, maxDelayMs: 3_600_000 },
    { firstDelayMs: 1, maxDelayMs: 3_600_001 },
    { tries: 2 },
    true,
  ])('refuses %j', (value) => expect(retrySchema.safeParse(value).success).toBe(false))

  it('refuses a first delay above the longest', () => {
    expect(whatIsWrong(retrySchema, { firstDelayMs: 2_000, maxDelayMs: 1_000 })).toContainEqual(
      expect.objectContaining({ path: ['maxDelayMs'], message: 'expected at least firstDelayMs' }),
    )
  })
})

describe('circuitSchema', () => {
  it('opens after ten failures for a second unless told otherwise', () => {
    expect(DEFAULT_CIRCUIT).toEqual({ failures: 10, firstPauseMs: 1_000, maxPauseMs: 60_000 })
    expect(circuitSchema.parse(false)).toBe(false)
  })

  it('takes the least and the most of each number', () => {
    for (const plan of [
      { failures: 1, firstPauseMs: 1, maxPauseMs: 1 },
      { failures: 1_000, firstPauseMs: 3_600_000, maxPauseMs: 86_400_000 },
    ])
      expect(circuitSchema.parse(plan)).toEqual(plan)
  })

  it.each([
    { failures: 0 },
    { failures: 1_001 },
    { failures: 2.5 },
    { firstPauseMs: 0 },
    { firstPauseMs: 3_600_001, maxPauseMs: 86_400_000 },
    { firstPauseMs: 1, maxPauseMs: 86_400_001 },
    { pause: 1 },
    true,
  ])('refuses %j', (value) => expect(circuitSchema.safeParse(value).success).toBe(false))

  it('refuses a first pause above the longest', () => {
    expect(whatIsWrong(circuitSchema, { firstPauseMs: 2, maxPauseMs: 1 })).toContainEqual(
      expect.objectContaining({ path: ['maxPauseMs'], message: 'expected at least firstPauseMs' }),
    )
  })
})

/** The issues that a union's plan has with a value. */
function whatIsWrong(schema: typeof retrySchema | typeof circuitSchema, value: unknown) {
  const issues = schema.safeParse(value).error?.issues ?? []
  return issues.flatMap((issue) => (issue.code === 'invalid_union' ? issue.errors.flat() : [issue]))
}
