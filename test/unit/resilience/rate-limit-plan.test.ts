import { describe, expect, it } from 'vitest'
import { rateLimitsSchema } from '../../../src/resilience/index.ts'

const accepts = (plan: unknown) => rateLimitsSchema.safeParse(plan).success

describe('the plan for sites that answer 429', () => {
  it('has defaults, and can be left out as a whole', () => {
    expect(rateLimitsSchema.parse({})).toEqual({
      alertShare: 0.05,
      windowMs: 900_000,
      minRequests: 20,
      slowDownMs: 1_000,
      quarantineAfter: 4,
      quarantineMs: 600_000,
    })
    expect(rateLimitsSchema.parse(false)).toBe(false)
    expect(accepts(true)).toBe(false)
    expect(accepts({ alertShares: 0.1 })).toBe(false)
  })

  it.each([
    ['alertShare', [0.001, 1], [0, 1.001, -0.5]],
    ['windowMs', [1_000, 86_400_000], [999, 86_400_001, 1_000.5]],
    ['minRequests', [1, 1_000_000], [0, 1_000_001, 1.5]],
    ['slowDownMs', [0, 3_600_000], [-1, 3_600_001, 0.5]],
    ['quarantineAfter', [false, 1, 1_000], [true, 0, 1_001, 1.5]],
    ['quarantineMs', [1, 30 * 86_400_000], [0, 30 * 86_400_000 + 1, 1.5]],
  ])('bounds %s', (name, within, beyond) => {
    for (const value of within) expect([value, accepts({ [name]: value })]).toEqual([value, true])
    for (const value of beyond) expect([value, accepts({ [name]: value })]).toEqual([value, false])
  })
})
