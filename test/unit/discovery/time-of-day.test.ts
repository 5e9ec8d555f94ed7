import { describe, expect, it } from 'vitest'
import { mayBeAnotherDay, withTimes } from '../../../src/discovery/time-of-day.ts'

const at = (time: string) => `2024-03-05T${time}:00Z`
const format = { as: 'date', before: '', after: '', form: 'y-m-d' } as const

describe('the day of a moment', () => {
  it('can be another one where the page is, at times that no page has shown', () => {
    const day = withTimes(format, [at('09:00'), at('15:30')])
    expect(['10:00', '15:30', '09:00'].map((time) => mayBeAnotherDay(day, at(time)))).toEqual([
      false,
      false,
      false,
    ])
    expect(['23:30', '00:10'].map((time) => mayBeAnotherDay(day, at(time)))).toEqual([true, true])
    expect(mayBeAnotherDay(day, [at('10:00'), at('23:30')])).toBe(true)
    expect(mayBeAnotherDay(day, Date.parse(at('23:30')))).toBe(true)
    // A page that showed both has its days in UTC.
    const utc = withTimes(day, [at('00:10'), at('23:30')])
    expect(['00:00', '23:40'].map((time) => mayBeAnotherDay(utc, at(time)))).toEqual([false, false])
  })

  it('is what it is for dates without a time, at the same time each day, and for what is no date', () => {
    expect(mayBeAnotherDay(withTimes(format, ['2024-03-05', '2024-03-06']), '2024-03-07')).toBe(false)
    expect(mayBeAnotherDay(withTimes(format, [at('00:00'), at('00:00')]), at('00:00'))).toBe(false)
    expect(mayBeAnotherDay({ as: 'text', before: '', after: '' }, at('23:30'))).toBe(false)
    expect(withTimes({ as: 'html' }, [at('23:30')])).toEqual({ as: 'html' })
  })

  it('costs a few pages, and then no more', () => {
    let looks = 0
    let day = withTimes(format, [at('11:00'), at('14:00')])
    for (let item = 0; item < 200; item++) {
      const minute = (item * 619) % (24 * 60)
      const time = at(new Date(minute * 60_000).toISOString().slice(11, 16))
      if (!mayBeAnotherDay(day, time)) continue
      looks++
      day = withTimes(day, [time])
    }
    expect(looks).toBeLessThanOrEqual(6)
    expect(looks).toBeGreaterThan(1)
  })
})
