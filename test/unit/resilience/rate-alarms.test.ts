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

  it('slow nothing down any more when the share has fallen by time alone', () => {
    const { alarms, time } = make()
    answer(alarms, 20, true)
    time.ms += 900_000
    expect(alarms.turn(SHOP, 10_000)).toBe(0)
  })

  it('watch a bounded number of origins', () => {
    const { alarms } = make()
    answer(alarms, 20, true, 'https://first.example')
    expect(alarms.slowed).toBe(1)
    for (let i = 0; i < 1_000; i++) alarms.answered(`https://${i}.example`, false)
    expect(alarms.slowed).toBe(0)
  })
})
