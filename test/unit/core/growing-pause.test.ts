import { describe, expect, it } from 'vitest'
import { growingPause } from '../../../src/core/index.ts'

const pauses = (plan: Parameters<typeof growingPause>[0], ...tries: number[]) =>
  tries.map((one) => growingPause(plan, one, { next: () => 0.5 }))

describe('a growing pause', () => {
  it('is twice as long each time, up to the longest', () => {
    expect(pauses({ firstMs: 10, longestMs: 70 }, 1, 2, 3, 4, 5)).toEqual([10, 20, 40, 70, 70])
  })

  it('grows as it is told', () => {
    expect(pauses({ firstMs: 50, longestMs: 500, growth: 1.5 }, 1, 2, 3)).toEqual([50, 75, 112.5])
  })

  it('has a longest after any number of tries, and a first before any', () => {
    expect(pauses({ firstMs: 1, longestMs: 1_000 }, 0, -3, 5_000)).toEqual([1, 1, 1_000])
  })

  it('is longer or shorter by chance, within its spread', () => {
    const at = (chance: number) =>
      growingPause({ firstMs: 100, longestMs: 100, spread: 0.25 }, 1, { next: () => chance })
    expect([at(0), at(0.5), at(1)]).toEqual([75, 100, 125])
  })
})
