import { describe, expect, it } from 'vitest'
import { localWrite, msToTime, SessionRecord } from '../../../src/record/index.ts'

const HERE = { name: 'here' }
const ELSEWHERE = { name: 'elsewhere' }
const ORIGIN = 'https://shop.example'

describe('a writer whose clock is hours ahead', () => {
  it('does not win against what is written after its entry was seen', () => {
    const now = 1_800_000_000_000
    const record = new SessionRecord({ writer: 'a', clock: { now: () => now } })
    const future = { time: msToTime(now + 3 * 3_600_000), writer: 'z' }
    record.merge([{ kind: 'local', id: `${ORIGIN}\nkey`, stamp: future, value: 'theirs' }], ELSEWHERE)
    expect(record.localItem(ORIGIN, 'key')).toBe('theirs')

    const [written] = record.write([localWrite(ORIGIN, 'key', 'mine')], HERE)
    expect(written?.stamp.time).toBeGreaterThan(future.time)

    const other = new SessionRecord({ writer: 'b', clock: { now: () => now } })
    other.merge([{ kind: 'local', id: `${ORIGIN}\nkey`, stamp: future, value: 'theirs' }], ELSEWHERE)
    other.merge(written ? [written] : [], ELSEWHERE)
    expect(other.localItem(ORIGIN, 'key')).toBe('mine')
  })

  it('does not take the clocks of others along', () => {
    const now = 1_800_000_000_000
    const record = new SessionRecord({ writer: 'a', clock: { now: () => now } })
    const future = { time: msToTime(now + 3 * 3_600_000), writer: 'z' }
    record.merge([{ kind: 'local', id: `${ORIGIN}\nkey`, stamp: future, value: 'theirs' }], ELSEWHERE)
    record.write([localWrite(ORIGIN, 'key', 'mine')], HERE)
    const [next] = record.write([localWrite(ORIGIN, 'other', 'x')], HERE)
    expect(next?.stamp.time).toBeLessThan(msToTime(now + 1000))
  })
})
