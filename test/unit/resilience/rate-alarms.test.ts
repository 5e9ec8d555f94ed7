import { describe, expect, it } from 'vitest'
import { RateAlarms, type RateLimitPlan, rateLimitsSchema } from '../../../src/resilience/index.ts'

const SHOP = 'https://shop.example'

function make(own: object = {}) {
  const time = { ms: 1_000_000 }
  const clock = { now: () => time.ms, steady: () => time.ms }
  const plan = rateLimitsSchema.parse({ ...own }) as RateLimitPlan
  return { time, alarms: new RateAlarms(plan, clock) }
}

function answer(alarms: RateAlarms, count: number, isLimited: boolean, origin = SHOP) {
  return Array.from({ length: count }, () => alarms.answered(origin, isLimited)).flat()
}

describe('rate alarms', () => {
  it('begin above the share, for the origin and over all, and end when it has fallen', () => {
    const { alarms } = make()
    expect(answer(alarms, 19, false)).toEqual([])
    // 1 of 20 is 5 %, and not more.
    expect(answer(alarms, 1, true)).toEqual([])
    const raised = answer(alarms, 1, true)
    expect(raised).toEqual([
      { origin: SHOP, state: 'raised', share: 2 / 21, answers: 21 },
      { origin: null, state: 'raised', share: 2 / 21, answers: 21 },
    ])
    expect(alarms.slowed).toBe(1)
    expect(answer(alarms, 18, false)).toEqual([])
    expect(answer(alarms, 1, false)).toMatchObject([
      { origin: SHOP, state: 'ended', answers: 40, share: 0.05 },
      { origin: null, state: 'ended' },
    ])
    expect(alarms.slowed).toBe(0)
  })

  it('need a number of answers, and look at each origin by itself', () => {
    const { alarms } = make()
    expect(answer(alarms, 19, true)).toEqual([])
    const other = make().alarms
    answer(other, 1_000, false, 'https://other.example')
    answer(other, 18, false)
    // Over all it is 2 of 1,020.
    expect(answer(other, 2, true)).toMatchObject([{ origin: SHOP, state: 'raised' }])
  })

  it('forget what has left the window', () => {
    const { alarms, time } = make()
    answer(alarms, 100, true)
    expect(alarms.slowed).toBe(1)
    time.ms += 900_000
    expect(answer(alarms, 1, false)).toMatchObject([{ state: 'ended' }, { state: 'ended' }])
    const short = make({ windowMs: 30_000 })
    answer(short.alarms, 18, false)
    answer(short.alarms, 1, true)
    short.time.ms += 29_000
    expect(answer(short.alarms, 1, true)).toHaveLength(2)
  })

  it('hold requests to the origin back one by one, and others not', () => {
    const { alarms, time } = make()
    answer(alarms, 20, true)
    expect([1, 2, 3].map(() => alarms.turn(SHOP, 10_000))).toEqual([1_000, 2_000, 3_000])
    expect(alarms.turn('https://other.example', 10_000)).toBe(0)
    // One that cannot wait takes no turn.
    expect(alarms.turn(SHOP, 100)).toBe(4_000)
    expect(alarms.turn(SHOP, 10_000)).toBe(4_000)
    time.ms += 2_000
    answer(alarms, 50, true)
    // Those that were refused together lengthen the pause once.
    expect(alarms.turn(SHOP, 10_000)).toBe(3_000)
    expect(alarms.turn(SHOP, 10_000)).toBe(5_000)
  })

  it('lengthen the pause with each refusal while slowed down, and shorten it again with answers', () => {
    const { alarms, time } = make({ windowMs: 86_400_000 })
    answer(alarms, 1_000, true)
    const pauses: number[] = []
    for (const isLimited of [
      true,
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
    ]) {
      time.ms += 40_000
      alarms.answered(SHOP, isLimited)
      const [first, second] = [alarms.turn(SHOP, 1e9), alarms.turn(SHOP, 1e9)]
      pauses.push(second - first)
      time.ms += second
    }
    // 32 times the first at most, and never less than it.
    expect(pauses.map((ms) => ms / 1_000)).toEqual([2, 4, 8, 16, 32, 32, 32, 16, 8, 4, 2, 1, 1, 1])
  })

  it('change the pause when it has passed to the millisecond, and not before', () => {
    for (const [afterMs, expected] of [
      [999, 1_000],
      [1_000, 2_000],
    ] as const) {
      const { alarms, time } = make()
      answer(alarms, 20, true)
      time.ms += afterMs
      alarms.answered(SHOP, true)
      expect(alarms.turn(SHOP, 1e9)).toBe(1_000 - afterMs)
      expect(alarms.turn(SHOP, 1e9)).toBe(1_000 - afterMs + expected)
    }
  })

  it('take no turn for one that would have to wait as long as it may at most', () => {
    const { alarms } = make()
    answer(alarms, 20, true)
    expect(alarms.turn(SHOP, 1_000)).toBe(1_000)
    expect(alarms.turn(SHOP, 1_001)).toBe(1_000)
    expect(alarms.turn(SHOP, 2_001)).toBe(2_000)
  })

  it('end for an origin by its own answers, and over all by those of others', () => {
    const { alarms } = make()
    expect(answer(alarms, 20, true)).toHaveLength(2)
    const ended = answer(alarms, 381, false, 'https://other.example')
    expect(ended).toMatchObject([{ origin: null, state: 'ended' }])
    expect(alarms.slowed).toBe(1)
    expect(answer(alarms, 380, false)).toMatchObject([{ origin: SHOP, state: 'ended' }])
  })

  it('slow nothing down any more when the share has fallen by time alone', () => {
    const { alarms, time } = make()
    answer(alarms, 20, true)
    time.ms += 900_000
    expect(alarms.turn(SHOP, 10_000)).toBe(0)
  })

  it('hold back nothing that had its turn later than the share has fallen', () => {
    const { alarms, time } = make({ windowMs: 30_000 })
    answer(alarms, 20, true)
    let last = 0
    for (let i = 0; i < 1_000; i++) last = alarms.turn(SHOP, Number.MAX_SAFE_INTEGER)
    time.ms += 60_000
    expect(last).toBeGreaterThan(60_000)
    expect(alarms.turn(SHOP, Number.MAX_SAFE_INTEGER)).toBe(0)
  })

  it('count as slowed down those only that are, also once others have been forgotten', () => {
    const { alarms } = make()
    answer(alarms, 1, false, 'https://quiet.example')
    answer(alarms, 20, true)
    for (let i = 0; i < 998; i++) answer(alarms, 1, false, `https://${i}.example`)
    answer(alarms, 1, false, 'https://one-more.example')
    expect(alarms.slowed).toBe(1)
  })

  it('watch a bounded number of origins', () => {
    const { alarms } = make()
    answer(alarms, 20, true, 'https://first.example')
    expect(alarms.slowed).toBe(1)
    for (let i = 0; i < 1_000; i++) alarms.answered(`https://${i}.example`, false)
    expect(alarms.slowed).toBe(0)
    // It is known anew: what it answered before is forgotten, and so is its alarm.
    expect(answer(alarms, 19, true, 'https://first.example')).toEqual([])
    expect(answer(alarms, 1, true, 'https://first.example')).toMatchObject([
      { origin: 'https://first.example', state: 'raised', answers: 20 },
    ])
  })

  it('go on for the origin that was met first as long as there is room, and for others after it', () => {
    const { alarms } = make()
    answer(alarms, 20, true, 'https://first.example')
    for (let i = 0; i < 999; i++) alarms.answered(`https://${i}.example`, false)
    expect(alarms.slowed).toBe(1)
    expect(alarms.turn('https://first.example', 10_000)).toBe(1_000)
    answer(alarms, 20, true, 'https://5.example')
    expect(alarms.slowed).toBe(2)
  })
})
