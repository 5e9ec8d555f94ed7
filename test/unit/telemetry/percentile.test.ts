import { describe, expect, it } from 'vitest'
import { Percentile } from '../../../src/telemetry/percentile.ts'

describe('a percentile', () => {
  it('is at most a tenth above the truth', () => {
    const percentile = new Percentile()
    for (let value = 1; value <= 10_000; value++) percentile.add(value)
    expect(percentile.at(0.99)).toBeGreaterThanOrEqual(9_900)
    expect(percentile.at(0.99)).toBeLessThan(9_900 * 1.1)
    expect(percentile.at(0.5)).toBeGreaterThanOrEqual(5_000)
    expect(percentile.at(0.5)).toBeLessThan(5_000 * 1.1)
  })

  it('is 0 of nothing, and takes no nonsense', () => {
    const percentile = new Percentile()
    percentile.add(Number.NaN)
    percentile.add(-5)
    expect(percentile.at(0.99)).toBe(0)
    percentile.add(Number.MAX_VALUE)
    expect(Number.isFinite(percentile.at(0.99))).toBe(true)
  })
})
