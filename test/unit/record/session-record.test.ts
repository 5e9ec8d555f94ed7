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
    const bad = [
      'https://a.example/',
      'ftp://a',
      'a.example',
      'https://a\nb',
      '',
      'view-source:https://a.example',
    ]
    for (const origin of bad) {
      expect(() => localWrite(origin, 'k', 'v'), origin).toThrow(
        expect.objectContaining({
          code: 'ONEJAR_BAD_INPUT',
          message: expect.stringContaining('https://host'),
        }),
      )
    }
    for (const origin of ['https://a.example', 'http://localhost:8080', 'http://[::1]:80'])
      expect(localWrite(origin, 'k', 'v').id).toBe(`${origin}\nk`)
  })

  it('answers what a session asks of it', () => {
    const record = recordAt({ ms: 1_000 })
    expect(record.receive([], URL_A, undefined, ME)).toEqual([])
    record.receive(['a=1; Path=/', 'b=2; Path=/deep'], URL_A, undefined, ME)
    record.write(
      [
        localWrite(ORIGIN, 'k', 'v'),
        localWrite('https://b.example', 'k', 'w'),
        { kind: 'login', id: ORIGIN, value: { at: 1, endsAt: 9_000 } },
      ],
      ME,
    )
    const deep = new URL('/deep', URL_A)
    expect(record.matchingCookies(deep).map(({ name }) => name)).toEqual(['b', 'a'])
    expect(record.cookieHeader(deep)).toBe('b=2; a=1')
    expect(record.cookie(cookieId(record.cookies()[1]!))?.value).toBe('2')
    expect([...record.localItems(ORIGIN)]).toEqual([['k', 'v']])
    expect(record.value('local', `${ORIGIN}\nk`)).toBe('v')
    expect(record.value('login', ORIGIN)).toEqual({ at: 1, endsAt: 9_000 })
    expect(record.value('login', 'https://b.example')).toBeUndefined()
    record.write([{ kind: 'login', id: ORIGIN, value: null }], ME)
    expect(record.value('login', ORIGIN)).toBeUndefined()
  })

  it('blocks third-party cookies unless they are allowed', () => {
    const line = 'k=1; SameSite=None; Secure'
    const context = { kind: 'fetch', initiator: 'https://b.example' } as const
    for (const [thirdParty, header] of [
      [undefined, ''],
      ['blocked', ''],
      ['allowed', 'k=1'],
    ] as const) {
      const clock = { now: () => 1_000 }
      const record = new SessionRecord({ writer: 'w', clock, ...(thirdParty ? { thirdParty } : {}) })
      record.receive([line], URL_A, context, ME)
      expect(record.cookieHeader(URL_A, context)).toBe(header)
      expect(record.cookies()).toHaveLength(header === '' ? 0 : 1)
    }
  })

  it('puts an expiry right by the clock of the answer', () => {
    const record = recordAt({ ms: Date.UTC(2026, 0, 1) })
    const expires = (date?: string) => {
      record.receive(['a=1; Expires=Fri, 02 Jan 2026 00:00:00 GMT'], URL_A, undefined, ME, date)
      return record.cookies()[0]?.expiresAt
    }
    expect(expires()).toBe(Date.UTC(2026, 0, 2))
    expect(expires('Thu, 01 Jan 2026 01:00:00 GMT')).toBe(Date.UTC(2026, 0, 1, 23))
  })

  it('deletes what a line deletes, and tells of it', () => {
    const record = recordAt({ ms: 1_000 })
    record.receive(['a=1', 'b=2'], URL_A, undefined, ME)
    const told: Delta[] = []
    record.subscribe((delta) => told.push(delta))
    const [deleted, nothing] = record.receive(['a=; Max-Age=0', 'c=; Max-Age=0'], URL_A, undefined, ME)
    expect([deleted, nothing]).toMatchObject([{ accepted: true, put: null }, { remove: [] }])
    expect(told).toEqual([[expect.objectContaining({ kind: 'cookie', id: 'a.example\n/\na', value: null })]])
    expect(record.cookieHeader(URL_A)).toBe('b=2')
  })

  it('counts setting an equal cookie as its use when cookies have to go', () => {
    const now = { ms: 1_000 }
    const record = recordAt(now)
    for (let i = 0; i < 180; i++) record.receive([`c${i}=1`], URL_A, undefined, ME)
    now.ms += 120_000
    record.receive(['c0=1'], URL_A, undefined, ME)
    record.receive(['one-more=1'], URL_A, undefined, ME)
    const names = record.cookies().map(({ name }) => name)
    expect(names).toHaveLength(150)
    expect([names.includes('c0'), names.includes('c1')]).toEqual([true, false])
  })

  it('does not take what it could not read from a store again, and says so', () => {
    const unfit: [string, string, string][] = []
    const told: Delta[] = []
    const record = new SessionRecord({
      writer: 'w',
      clock: { now: () => 1_000 },
      onUnfit: ({ kind, id }, reason, source) => unfit.push([`${kind} ${id}`, reason, source.name]),
    })
    record.subscribe((delta) => told.push(delta))
    const long = new URL(`/${'p'.repeat(70_000)}/x`, URL_A)
    expect(record.receive(['a=1', 'b=2; Path=/'], long, undefined, ME)).toMatchObject([
      { accepted: false, reason: 'not-kept' },
      { accepted: true },
    ])
    const login = { at: 1, endsAt: 2 }
    record.write([{ kind: 'login', id: 'no origin', value: login }, localWrite(ORIGIN, 'k', 'v')], OTHER)
    expect(unfit).toEqual([
      [expect.stringMatching(/^cookie a\.example/), expect.stringContaining('cookie'), 'me'],
      ['login no origin', 'an id that does not match its value', 'other'],
    ])
    expect(told.flat().map(({ kind }) => kind)).toEqual(['cookie', 'local'])
    expect([...record.valuesOf('login')]).toEqual([])
    // Nobody has to listen.
    expect(recordAt({ ms: 1 }).write([{ kind: 'login', id: 'no origin', value: login }], ME)).toEqual([])
  })

  it('leaves out deletions of nothing, and takes a value again that was deleted', () => {
    const record = recordAt({ ms: 1_000 })
    const login = (value: { at: number; endsAt: number } | null) =>
      record.write([{ kind: 'login', id: ORIGIN, value }], ME).length
    expect([login(null), login({ at: 1, endsAt: 2 }), login(null), login(null)]).toEqual([0, 1, 1, 0])
    expect(login({ at: 1, endsAt: 2 })).toBe(1)
    // Items of localStorage alone are compared with what is there.
    expect(login({ at: 1, endsAt: 2 })).toBe(1)
  })

  it('tells each listener of what others wrote, with its source, and of what is there where it asks for that', () => {
    const record = recordAt({ ms: 1_000 })
    const told: string[] = []
    const listen = (who: string) => (delta: Delta, source: ChangeSource) =>
      void told.push(`${who}: ${delta.map(({ id }) => id.slice(-1))} by ${source.name}`)
    const stopEmpty = record.follow(listen('early'))
    const item = (key: string): Delta => [
      { kind: 'local', id: `${ORIGIN}\n${key}`, value: 'v', stamp: { time: 5, writer: 'z' } },
    ]
    record.merge(item('a'), OTHER)
    record.merge(item('a'), OTHER)
    record.follow(listen('late'))
    record.merge(item('b'), OTHER)
    stopEmpty()
    record.write([localWrite(ORIGIN, 'c', 'v')], ME)
    expect(told).toEqual([
      'early: a by other',
      'late: a by held',
      'early: b by other',
      'late: b by other',
      'late: c by me',
    ])
  })

  it('looks once a day for what is to be forgotten, and when the clock was put back', () => {
    const DAY_MS = 86_400_000
    const now = { ms: 100 * DAY_MS }
    const record = recordAt(now)
    const gone = (ms: number): Delta => [
      { kind: 'local', id: `${ORIGIN}\nold`, value: null, stamp: { time: msToTime(ms), writer: 'z' } },
    ]
    let count = 0
    const kept = () => {
      record.write([localWrite(ORIGIN, 'k', String(count++))], ME)
      return [...record.entries()].length - 1
    }
    expect(kept()).toBe(0)
    record.merge(gone(now.ms - TOMBSTONE_LIFE_MS - 1), OTHER)
    expect(kept()).toBe(1)
    now.ms += DAY_MS - 1
    expect(kept()).toBe(1)
    now.ms += 1
    expect(kept()).toBe(0)
    now.ms -= 50 * DAY_MS
    record.merge(gone(now.ms - TOMBSTONE_LIFE_MS - 1), OTHER)
    expect(kept()).toBe(0)
    // What was deleted that long ago to the millisecond is remembered.
    now.ms += DAY_MS
    record.merge(gone(now.ms - TOMBSTONE_LIFE_MS), OTHER)
    expect(kept()).toBe(1)
  })
})
