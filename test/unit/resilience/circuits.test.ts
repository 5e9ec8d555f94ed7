import { beforeEach, describe, expect, it } from 'vitest'
import { Circuits, Holds } from '../../../src/resilience/index.ts'

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

  it('remembers a bounded number, and forgets what failed longest ago', () => {
    const circuits = make({ failures: 1 })
    for (const key of ['a', 'b', 'c', 'd']) circuits.failed(key, 'x')
    expect(circuits.size).toBe(3)
    expect(circuits.isOpen('a')).toBe(false)
    expect(circuits.isOpen('d')).toBe(true)
  })
})

describe('Holds', () => {
  it('holds an origin until its time is over', () => {
    const holds = new Holds(clock)
    holds.hold('a', 5_000)
    expect([holds.leftMs('a'), holds.leftMs('b')]).toEqual([5_000, 0])
    now += 5_000
    expect(holds.leftMs('a')).toBe(0)
    expect(holds.size).toBe(0)
  })

  it('keeps the longest of several waits', () => {
    const holds = new Holds(clock)
    holds.hold('a', 5_000)
    holds.hold('a', 1_000)
    expect(holds.leftMs('a')).toBe(5_000)
    holds.lift('a')
    expect(holds.leftMs('a')).toBe(0)
  })

  it('is bounded', () => {
    const holds = new Holds(clock)
    for (let i = 0; i < 1_500; i++) holds.hold(`https://${i}.example`, 5_000)
    expect(holds.size).toBe(1_000)
  })
})
