import { describe, expect, it } from 'vitest'
import { compareStamps, MAX_DRIFT_MS, msToTime, StampClock, timeToMs } from '../../../src/record/stamp.ts'

describe('compareStamps', () => {
  it.each([
    [1, 'b', 2, 'a', -1],
    [2, 'a', 1, 'b', 1],
    [1, 'a', 1, 'b', -1],
    [1, 'b', 1, 'a', 1],
    [1, 'a', 1, 'a', 0],
  ])('%s %s to %s %s: %s', (time, writer, otherTime, otherWriter, order) => {
    expect(compareStamps({ time, writer }, { time: otherTime, writer: otherWriter })).toBe(order)
  })
})

describe('StampClock', () => {
  const NOW_MS = 1_800_000_000_000
  const clockAt = (now: { ms: number }) => new StampClock('w', { now: () => now.ms })

  it('follows the wall clock, and never stands still nor goes back', () => {
    const now = { ms: NOW_MS + 0.5 }
    const clock = clockAt(now)
    expect(clock.tick()).toBe(msToTime(NOW_MS))
    expect(clock.tick()).toBe(msToTime(NOW_MS) + 1)
    now.ms = NOW_MS - 60_000
    expect(clock.tick()).toBe(msToTime(NOW_MS) + 2)
    now.ms = NOW_MS + 1
    expect(clock.tick()).toBe(msToTime(NOW_MS + 1))
    expect(timeToMs(msToTime(NOW_MS) + 1023)).toBe(NOW_MS)
  })

  it('stamps later than what is replaced, to the tick', () => {
    const now = msToTime(NOW_MS)
    const stampAfter = (replaced?: number) => clockAt({ ms: NOW_MS }).stamp(replaced)
    expect(stampAfter()).toEqual({ time: now, writer: 'w' })
    expect(stampAfter(now - 1).time).toBe(now)
    expect(stampAfter(now).time).toBe(now + 1)
    expect(stampAfter(now + 5).time).toBe(now + 6)
  })

  it.each([
    ['one that is past', -1, 0],
    ['one that is ahead', 1_000, 1_001],
    ['one as far ahead as clocks may be apart', MAX_DRIFT_MS * 1024, MAX_DRIFT_MS * 1024 + 1],
    ['one that is further ahead', MAX_DRIFT_MS * 1024 + 1, 0],
  ])('passes the times that it has seen: %s', (_, ahead, next) => {
    const clock = clockAt({ ms: NOW_MS })
    clock.observe(msToTime(NOW_MS) + ahead)
    expect(clock.tick() - msToTime(NOW_MS)).toBe(next)
  })

  it('does not fall back to an earlier time that it sees', () => {
    const clock = clockAt({ ms: NOW_MS })
    clock.observe(msToTime(NOW_MS) + 1_000)
    clock.observe(msToTime(NOW_MS) + 10)
    expect(clock.tick()).toBe(msToTime(NOW_MS) + 1_001)
  })
})
