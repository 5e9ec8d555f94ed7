import { describe, expect, it } from 'vitest'
import { CookieJar } from '../../../src/record/cookies/index.ts'
import { cookieId, type Entry, type EntryKind } from '../../../src/record/entry.ts'
import { RecordTable } from '../../../src/record/record-table.ts'
import { msToTime } from '../../../src/record/stamp.ts'
import { aCookie } from './codecs/a-cookie.ts'

const NOW_MS = 1_000
const table = () =>
  new RecordTable(
    new CookieJar({
      clock: { now: () => NOW_MS },
      thirdParty: 'blocked',
      ticks: { tick: () => msToTime(NOW_MS) },
    }),
  )
const entry = (kind: EntryKind, id: string, value: unknown, atMs = 1) =>
  ({ kind, id, stamp: { time: msToTime(atMs), writer: 'w' }, value }) as Entry
const cookie = aCookie({ created: msToTime(1) })
/** One of each sort: a cookie, an item, something else. */
const EACH: readonly Entry[] = [
  entry('cookie', cookieId(cookie), cookie),
  entry('local', 'https://a.test\nk', 'v'),
  entry('login', 'https://a.test', { at: 1, endsAt: 9_000 }),
]
const deleted = (held: Entry) =>
  ({ ...held, value: null, stamp: { time: msToTime(2), writer: 'w' } }) as Entry
const listed = (held: RecordTable | readonly Entry[]) =>
  [...('all' in held ? held.all() : held)].sort((a, b) => (a.kind < b.kind ? -1 : 1))

describe('the entries of a record', () => {
  it('are found and listed, each once, whatever they hold', () => {
    const held = table()
    for (const each of EACH) {
      expect(held.get(each.kind, each.id)).toBeUndefined()
      held.set(each)
      expect(held.get(each.kind, each.id)).toEqual(each)
    }
    expect(listed(held)).toEqual(listed(EACH))
    for (const each of EACH) held.set(deleted(each))
    expect(listed(held)).toEqual(listed(EACH.map(deleted)))
    for (const each of EACH) {
      expect(held.get(each.kind, each.id)).toEqual(deleted(each))
      held.set(each)
      expect(held.get(each.kind, each.id)).toEqual(each)
    }
    expect(listed(held)).toEqual(listed(EACH))
  })

  it('of a kind are those of that kind', () => {
    const held = table()
    for (const each of [...EACH, entry('route', 'https://a.test', { until: 1 })]) held.set(each)
    expect([...held.of('login')]).toEqual([EACH[2]])
  })

  it('that were deleted are forgotten where there are too many', () => {
    const held = table()
    for (let i = 0; i < 1_002; i++) held.set(entry('login', `https://h${i}.test`, null))
    const ids = [...held.all()].map(({ id }) => id)
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([1_000, 'https://h2.test', 'https://h1001.test'])
  })
})

describe('purge', () => {
  it.each<[string, Entry, boolean]>([
    ['what was deleted before', entry('local', 'https://a.test\nk', null, 499), false],
    ['what was deleted then', entry('local', 'https://a.test\nk', null, 500), true],
    ['what ended before', entry('login', 'https://a.test', { at: 1, endsAt: 499 }), false],
    ['what ended then', entry('login', 'https://a.test', { at: 1, endsAt: 500 }), true],
    ['what has no end', entry('halt', 'https://a.test', { at: 1 }), true],
    ['a cookie that ended before', entry('cookie', cookieId(cookie), { ...cookie, expiresAt: 499 }), false],
    ['a cookie that ended then', entry('cookie', cookieId(cookie), { ...cookie, expiresAt: 500 }), true],
    ['a cookie of the session', entry('cookie', cookieId(cookie), cookie), true],
    ['an item', entry('local', 'https://a.test\nk', 'v'), true],
  ])('%s: %s stays: %s', (_, each, stays) => {
    const held = table()
    held.set(each)
    held.purge(500)
    expect([...held.all()]).toHaveLength(stays ? 1 : 0)
  })

  it('makes room for what is deleted later', () => {
    const held = table()
    for (let i = 0; i < 1_000; i++) held.set(entry('login', `https://h${i}.test`, null, i < 10 ? 1 : 600))
    held.purge(500)
    for (let i = 0; i < 10; i++) held.set(entry('login', `https://new${i}.test`, null, 600))
    expect([...held.all()]).toHaveLength(1_000)
  })
})
