import { beforeEach, describe, expect, it } from 'vitest'
import { Circuits, RateLimitPauses } from '../../../src/resilience/index.ts'

let now = 0
const clock = { now: () => now }
beforeEach(() => {
  now = 1_000_000
})

const make = (over = {}) =>
  new Circuits<string>({
    clock,
    failures: 3,
    firstPauseMs: 1_000,
    maxPauseMs: 4_000,
    probeMs: 30_000,
    maxKeys: 3,
    ...over,
  })

describe('Circuits', () => {
  it('opens after the failures in a row that it takes, and not before', () => {
    const circuits = make()
    expect([circuits.failed('a', 'x'), circuits.failed('a', 'x')]).toEqual([false, false])
    expect(circuits.admit('a').admitted).toBe(true)
    expect(circuits.failed('a', 'y')).toBe(true)
    expect(circuits.admit('a')).toMatchObject({
      admitted: false,
      retryAfterMs: 1_000,
      circuit: { failures: 3, trouble: 'y' },
    })
    expect(circuits.admit('b').admitted).toBe(true)
  })

  it('counts in a row: one that passes begins anew', () => {
    const circuits = make()
    circuits.failed('a', 'x')
    circuits.failed('a', 'x')
    expect(circuits.succeeded('a')).toBe(false)
    circuits.failed('a', 'x')
    circuits.failed('a', 'x')
    expect(circuits.isOpen('a')).toBe(false)
  })

  const opened = () => {
    const circuits = make()
    for (let i = 0; i < 3; i++) circuits.failed('a', 'x')
    now += 1_000
    return circuits
  }

  it('lets one attempt through when the pause is over, and nobody beside it', () => {
    const circuits = opened()
    expect(circuits.admit('a')).toEqual({ admitted: true, isProbe: true })
    for (let i = 0; i < 5; i++)
      expect(circuits.admit('a')).toMatchObject({ admitted: false, retryAfterMs: 1_000 })
  })

  it('closes when that attempt passes', () => {
    const circuits = opened()
    circuits.admit('a')
    expect(circuits.succeeded('a')).toBe(true)
    expect(circuits.size).toBe(0)
    expect(circuits.admit('a')).toEqual({ admitted: true, isProbe: false })
  })

  it('pauses twice as long each time that it fails, up to the longest', () => {
    const circuits = opened()
    const waits: number[] = []
    for (let i = 0; i < 4; i++) {
      circuits.admit('a')
      circuits.failed('a', 'x')
      const admission = circuits.admit('a')
      if (admission.admitted) throw new Error('was let through')
      waits.push(admission.retryAfterMs)
      now += admission.retryAfterMs
    }
    expect(waits).toEqual([2_000, 4_000, 4_000, 4_000])
  })

  it('lets another one see when the attempt came to nothing, or is never heard of again', () => {
    const circuits = opened()
    circuits.admit('a')
    circuits.gaveUp('a')
    expect(circuits.admit('a')).toEqual({ admitted: true, isProbe: true })
    now += 29_999
    expect(circuits.admit('a').admitted).toBe(false)
    now += 1
    expect(circuits.admit('a')).toEqual({ admitted: true, isProbe: true })
  })

  it('is not kept open by what was on its way when it opened', () => {
    const circuits = make()
    for (let i = 0; i < 3; i++) circuits.failed('a', 'x')
    now += 999
    expect(circuits.failed('a', 'x')).toBe(false)
    now += 1
    expect(circuits.admit('a').admitted).toBe(true)
  })

  it('keeps a pause that the other side asked for', () => {
    const circuits = make({ failures: 1 })
    circuits.failed('a', 'x', 90_000)
    expect(circuits.admit('a')).toMatchObject({ retryAfterMs: 90_000 })
  })

  it('takes in a longer pause while it is open, and hears of nothing else', () => {
    const circuits = opened()
    circuits.admit('a')
    circuits.failed('a', 'x')
    expect(circuits.failed('a', 'late')).toBe(false)
    expect(circuits.get('a')?.trouble).toBe('x')
    expect(circuits.failed('a', 'asked', 90_000)).toBe(true)
    expect(circuits.admit('a')).toMatchObject({ retryAfterMs: 90_000, circuit: { trouble: 'asked' } })
  })

  it('hears again of failures from the moment its pause ends', () => {
    const circuits = opened()
    expect(circuits.failed('a', 'y')).toBe(true)
    expect(circuits.pauseMs('a')).toBe(2_000)
  })

  it('tells a closed circuit from none', () => {
    const circuits = make()
    expect(circuits.get('a')).toBeUndefined()
    circuits.failed('a', 'x')
    expect(circuits.get('a')).toEqual({ state: 'closed', failures: 1, trouble: 'x' })
    expect(circuits.admit('a')).toEqual({ admitted: true, isProbe: false })
    expect([circuits.isOpen('a'), circuits.pauseMs('a')]).toEqual([false, 0])
  })

  it('succeeds in what never failed', () => {
    expect(make().succeeded('a')).toBe(false)
  })

  it('is open until its pause is over', () => {
    const circuits = make({ failures: 1 })
    circuits.failed('a', 'x')
    now += 400
    expect([circuits.isOpen('a'), circuits.pauseMs('a')]).toEqual([true, 600])
    now += 600
    expect([circuits.isOpen('a'), circuits.pauseMs('a')]).toEqual([false, 0])
    now += 5_000
    expect(circuits.pauseMs('a')).toBe(0)
  })

  it('has no pause while an attempt is under way', () => {
    const circuits = opened()
    circuits.admit('a')
    expect([circuits.isOpen('a'), circuits.pauseMs('a')]).toEqual([true, 0])
    expect(circuits.pauseMs('b')).toBe(0)
  })

  it('adopts what somebody else has seen', () => {
    const circuits = make()
    circuits.adopt('a', { failures: 5, forMs: 700, trouble: 'theirs' })
    expect(circuits.admit('a')).toMatchObject({
      admitted: false,
      retryAfterMs: 700,
      circuit: { state: 'open', failures: 5, trouble: 'theirs' },
    })
    now += 700
    expect(circuits.admit('a')).toEqual({ admitted: true, isProbe: true })
    circuits.failed('a', 'x')
    expect(circuits.pauseMs('a')).toBe(4_000)
  })

  it('gives nothing up where no attempt is under way', () => {
    const circuits = make({ failures: 1 })
    circuits.gaveUp('a')
    expect(circuits.size).toBe(0)
    circuits.failed('a', 'x')
    circuits.gaveUp('a')
    expect(circuits.isOpen('a')).toBe(true)
  })

  it('still knows what failed after an attempt that came to nothing', () => {
    const circuits = opened()
    circuits.admit('a')
    circuits.gaveUp('a')
    expect(circuits.get('a')).toMatchObject({ state: 'open', failures: 3, trouble: 'x' })
  })

  it('keeps what fails again longer than what failed once', () => {
    const circuits = make({ failures: 1 })
    for (const key of ['a', 'b', 'c']) circuits.failed(key, 'x', 5_000)
    circuits.failed('a', 'x', 5_000)
    circuits.failed('d', 'x')
    expect([circuits.isOpen('a'), circuits.isOpen('b')]).toEqual([true, false])
  })

  it('remembers a bounded number, and forgets what failed longest ago', () => {
    const circuits = make({ failures: 1 })
    for (const key of ['a', 'b', 'c', 'd']) circuits.failed(key, 'x')
    expect(circuits.size).toBe(3)
    expect(circuits.isOpen('a')).toBe(false)
    expect(circuits.isOpen('d')).toBe(true)
  })
})

describe('RateLimitPauses', () => {
  it('holds an origin until its time is over', () => {
    const pauses = new RateLimitPauses(clock)
    pauses.pause('a', 5_000)
    expect([pauses.leftMs('a'), pauses.leftMs('b')]).toEqual([5_000, 0])
    now += 5_000
    expect(pauses.leftMs('a')).toBe(0)
    expect(pauses.size).toBe(0)
  })

  it('keeps the longest of several waits', () => {
    const pauses = new RateLimitPauses(clock)
    pauses.pause('a', 5_000)
    pauses.pause('a', 1_000)
    expect(pauses.leftMs('a')).toBe(5_000)
    pauses.lift('a')
    expect(pauses.leftMs('a')).toBe(0)
  })

  it('remembers an origin while its time lasts', () => {
    const pauses = new RateLimitPauses(clock)
    pauses.pause('a', 5_000)
    now += 4_999
    expect([pauses.leftMs('a'), pauses.leftMs('a'), pauses.size]).toEqual([1, 1, 1])
    now += 10
    expect(pauses.leftMs('a')).toBe(0)
  })

  it('is bounded, and forgets the one that was paused first', () => {
    const pauses = new RateLimitPauses(clock)
    for (let i = 0; i < 1_000; i++) pauses.pause(`https://${i}.example`, 5_000)
    pauses.pause('https://0.example', 5_000)
    for (let i = 1_000; i < 1_500; i++) pauses.pause(`https://${i}.example`, 5_000)
    expect(pauses.size).toBe(1_000)
    expect([pauses.leftMs('https://0.example'), pauses.leftMs('https://1.example')]).toEqual([5_000, 0])
  })
})
