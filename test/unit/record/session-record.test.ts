import { describe, expect, it } from 'vitest'
import {
  type ChangeSource,
  cookieId,
  type Delta,
  localWrite,
  msToTime,
  SessionRecord,
  TOMBSTONE_LIFE_MS,
} from '../../../src/record/index.ts'

const ME: ChangeSource = { name: 'me' }
const OTHER: ChangeSource = { name: 'other' }
const ORIGIN = 'https://a.example'
const URL_A = new URL(ORIGIN)

function recordAt(now: { ms: number }, writer = 'w') {
  return new SessionRecord({ writer, clock: { now: () => now.ms } })
}

describe('SessionRecord', () => {
  it('tells its listeners once per call, before the call returns, with the source', () => {
    const record = recordAt({ ms: 1_000 })
    const told: Array<[Delta, ChangeSource]> = []
    const stop = record.subscribe((delta, source) => told.push([delta, source]))
    record.receive(['a=1', 'b=2', 'c'.repeat(5000)], URL_A, undefined, ME)
    expect(told).toHaveLength(1)
    expect(told[0]?.[0].map(({ kind }) => kind)).toEqual(['cookie', 'cookie'])
    expect(told[0]?.[1]).toBe(ME)
    record.receive(['a=1'], URL_A, undefined, ME)
    record.write([localWrite(ORIGIN, 'none', null)], ME)
    expect(told).toHaveLength(1)
    stop()
    record.write([localWrite(ORIGIN, 'k', 'v')], OTHER)
    expect(told).toHaveLength(1)
  })

  it('deletes an item whose value is the empty text', () => {
    const record = recordAt({ ms: 1_000 })
    record.write([localWrite(ORIGIN, 'k', '')], ME)
    expect(record.localItem(ORIGIN, 'k')).toBe('')
    expect(record.write([localWrite(ORIGIN, 'k', null)], ME)).toHaveLength(1)
    expect(record.localItem(ORIGIN, 'k')).toBeUndefined()
    expect(record.localOrigins()).toEqual([])
  })

  it('leaves out what equals the present value, also among several writes', () => {
    const record = recordAt({ ms: 1_000 })
    expect(record.write([localWrite(ORIGIN, 'k', 'v'), localWrite(ORIGIN, 'k', 'v')], ME)).toHaveLength(1)
    expect(record.write([localWrite(ORIGIN, 'k', 'w'), localWrite(ORIGIN, 'k', 'v')], ME)).toHaveLength(2)
    expect(record.localItem(ORIGIN, 'k')).toBe('v')
  })

  it('passes every time it has seen, except one that lies absurdly far ahead', () => {
    const now = { ms: 1_000_000 }
    const record = recordAt(now)
    const far = (ms: number): Delta => [
      { kind: 'local', id: `${ORIGIN}\nk`, value: 'v', stamp: { time: msToTime(now.ms + ms), writer: 'z' } },
    ]
    record.merge(far(60_000), OTHER)
    expect(record.tick()).toBeGreaterThan(msToTime(now.ms + 60_000))
    record.merge(far(3_600_000), OTHER)
    expect(record.tick()).toBeLessThan(msToTime(now.ms + 3_600_000))
  })

  it('takes a deletion that comes before what it deletes', () => {
    const record = recordAt({ ms: 1_000 })
    const tombstone: Delta = [
      { kind: 'local', id: `${ORIGIN}\nk`, value: null, stamp: { time: msToTime(900), writer: 'z' } },
    ]
    const earlier: Delta = [
      { kind: 'local', id: `${ORIGIN}\nk`, value: 'old', stamp: { time: msToTime(800), writer: 'z' } },
    ]
    expect(record.merge(tombstone, OTHER)).toHaveLength(1)
    expect(record.merge(earlier, OTHER)).toEqual([])
    expect(record.localItem(ORIGIN, 'k')).toBeUndefined()
  })

  it('forgets what was deleted long ago, at the next change', () => {
    const now = { ms: 1_000_000 }
    const record = recordAt(now)
    record.receive(['a=1; Max-Age=60', 'b=2'], URL_A, undefined, ME)
    const [a] = record.cookies()
    expect(record.cookieHeader(URL_A)).toBe('a=1; b=2')
    record.write([{ kind: 'cookie', id: cookieId(a!), value: null }], ME)
    expect(record.cookieHeader(URL_A)).toBe('b=2')
    expect([...record.entries()]).toHaveLength(2)
    now.ms += TOMBSTONE_LIFE_MS + 1
    record.write([localWrite(ORIGIN, 'k', 'v')], ME)
    expect([...record.entries()].map(({ kind }) => kind)).toEqual(['cookie', 'local'])
    expect(record.cookieHeader(URL_A)).toBe('b=2')
  })

  it('lists what is live of a kind, and forgets what expired long ago, at the next change', () => {
    const now = { ms: 1_000_000 }
    const record = recordAt(now)
    const quarantine = (until: number) => ({ at: now.ms, until, reason: 'r' })
    record.write(
      [
        { kind: 'quarantine', id: 'https://a.example', value: quarantine(now.ms + 60) },
        { kind: 'quarantine', id: 'https://b.example', value: quarantine(now.ms + 9_000) },
        { kind: 'quarantine', id: 'https://c.example', value: quarantine(now.ms + 9_000) },
        localWrite(ORIGIN, 'k', 'v'),
      ],
      ME,
    )
    record.write([{ kind: 'quarantine', id: 'https://c.example', value: null }], ME)
    now.ms += 60
    expect([...record.valuesOf('quarantine')]).toMatchObject([['https://b.example', { reason: 'r' }]])
    now.ms += TOMBSTONE_LIFE_MS + 1
    record.receive(['c=1; Max-Age=1'], URL_A, undefined, ME)
    expect([...record.entries()].map(({ id }) => id).sort()).toEqual([
      'a.example\n/\nc',
      `${ORIGIN}\nk`,
      'https://b.example',
    ])
    now.ms += TOMBSTONE_LIFE_MS + 2_000
    record.write([localWrite(ORIGIN, 'k', 'w')], ME)
    expect([...record.entries()].map(({ id }) => id)).toEqual([`${ORIGIN}\nk`])
  })

  it('refuses a storage origin that is none', () => {
    for (const origin of ['https://a.example/', 'ftp://a', 'a.example', 'https://a\nb', '']) {
      expect(() => localWrite(origin, 'k', 'v'), origin).toThrow(
        expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }),
      )
    }
  })
})
