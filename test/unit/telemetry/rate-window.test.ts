import { describe, expect, it } from 'vitest'
import { RateWindow } from '../../../src/telemetry/rate-window.ts'

describe('a rate over the last minute', () => {
  it('counts what came within it, and forgets the rest', () => {
    let now = 5_000
    const rate = new RateWindow(() => now)
    rate.add(30)
    now += 10_000
    expect(rate.rate()).toBeCloseTo(3)
    now += 50_000
    rate.add(60)
    expect(rate.rate()).toBeCloseTo(1)
    now += 30_000
    expect(rate.rate()).toBeCloseTo(1)
    now += 31_000
    expect(rate.rate()).toBe(0)
  })

  it('is not confused by a clock that goes back or leaps', () => {
    let now = 100_000
    const rate = new RateWindow(() => now)
    rate.add(5)
    now -= 50_000
    rate.add(5)
    expect(rate.rate()).toBe(10)
    now += 10_000_000
    expect(rate.rate()).toBe(0)
  })
})
