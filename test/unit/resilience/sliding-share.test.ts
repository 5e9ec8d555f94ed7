import { describe, expect, it } from 'vitest'
import { SlidingShare } from '../../../src/resilience/sliding-share.ts'

const WINDOW_MS = 30_000
const STEP_MS = 1_000

describe('the share of hits in a sliding window', () => {
  it('is none of nothing', () => {
    expect(new SlidingShare(WINDOW_MS, 5).at(5)).toEqual({ all: 0, share: 0 })
  })

  it('counts hits among all', () => {
    const share = new SlidingShare(WINDOW_MS, 5)
    for (const isHit of [true, false, false, true, false]) share.add(isHit, 5)
    expect(share.at(5)).toEqual({ all: 5, share: 0.4 })
  })

  // The window begins in the middle of a step, and far from zero.
  it.each([0, 1, 999, 1_000, 12_345, 29_999, 30_000, 7_777_777])(
    'drops each step of it as the step leaves, from %i on',
    (start) => {
      const share = new SlidingShare(WINDOW_MS, start)
      const counted: { at: number; isHit: boolean }[] = []
      const stepOf = (ms: number) => Math.floor(ms / STEP_MS)
      for (let i = 0; i < 120; i++) {
        const now = start + i * 700
        const isHit = i % 3 === 0
        share.add(isHit, now)
        counted.push({ at: now, isHit })
        const held = counted.filter(({ at }) => stepOf(now) - stepOf(at) < WINDOW_MS / STEP_MS)
        const hits = held.filter((one) => one.isHit)
        expect(share.at(now)).toEqual({ all: held.length, share: hits.length / held.length })
      }
    },
  )

  it('moves at the first moment of a step', () => {
    const share = new SlidingShare(WINDOW_MS, 0)
    share.add(true, 0)
    share.add(false, STEP_MS - 1)
    share.add(false, STEP_MS)
    expect(share.at(WINDOW_MS - 1).all).toBe(3)
    expect(share.at(WINDOW_MS)).toEqual({ all: 1, share: 0 })
    expect(share.at(WINDOW_MS + STEP_MS)).toEqual({ all: 0, share: 0 })
  })

  it('forgets all after a long time without a count, and goes on', () => {
    const share = new SlidingShare(WINDOW_MS, 0)
    for (let at = 0; at < WINDOW_MS; at += 100) share.add(true, at)
    expect(share.at(1_000_000_000)).toEqual({ all: 0, share: 0 })
    share.add(true, 1_000_000_000)
    share.add(false, 1_000_000_500)
    expect(share.at(1_000_000_500)).toEqual({ all: 2, share: 0.5 })
  })
})
