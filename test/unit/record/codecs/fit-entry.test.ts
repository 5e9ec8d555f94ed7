import { describe, expect, it } from 'vitest'
import { unfitness } from '../../../../src/record/codecs/fit-entry.ts'
import { cookieId, type EntryKind } from '../../../../src/record/entry.ts'
import { decodeEntry, type Entry, encodeEntry } from '../../../../src/record/index.ts'
import { aCookie } from './a-cookie.ts'

const ORIGIN = 'https://shop.example'
const id = cookieId(aCookie())
const login = { at: 1, endsAt: 2 }
const longOrigin = (chars: number) => 'https://'.padEnd(chars, 'a')
const STAMP = { time: 1, writer: 'w' }

const FIT: [EntryKind, string, unknown][] = [
  ['cookie', id, aCookie()],
  ['cookie', 'whatever', null],
  ['local', `${ORIGIN}\nk`, ''],
  ['login', ORIGIN, login],
  ['login', 'no origin', null],
  ['login', longOrigin(2_048), login],
  ['rate-limit-pause', 'http://localhost:8080', { at: 1, until: 2 }],
  ['halt', 'https://[::1]:8443', { at: 1, verdict: 'block', vendor: null, reason: 'r' }],
  ['quarantine', '', { at: 1, until: 2, reason: 'r' }],
  ['route', 'anything', { transport: 'http', reason: 'r', until: 1 }],
]
const UNFIT: [EntryKind, string, unknown, string][] = [
  [
    'cookie',
    id,
    { ...aCookie(), name: 1 },
    'a value that is not a valid cookie (name: Invalid input: expected string)',
  ],
  ['cookie', id, aCookie({ name: 'other' }), 'an id that does not match its value'],
  ['cookie', id, 's3cret', 'a value that is not a valid cookie (Invalid input: expected object)'],
  // What somebody else wrote names none of its members either.
  [
    'cookie',
    id,
    { ...aCookie(), s3cret: 1 },
    'a value that is not a valid cookie (it has an unknown member)',
  ],
  ['local', 'https://shop.example', 'v', 'an id that does not match its value'],
  ['login', 'shop.example', login, 'an id that does not match its value'],
  ['login', `${ORIGIN}/`, login, 'an id that does not match its value'],
  ['login', '', login, 'an id that does not match its value'],
  ['login', longOrigin(2_049), login, 'an id that does not match its value'],
  ['rate-limit-pause', 'shop.example', { at: 1, until: 2 }, 'an id that does not match its value'],
  [
    'halt',
    'shop.example',
    { at: 1, verdict: 'block', vendor: null, reason: 'r' },
    'an id that does not match its value',
  ],
  ['login', ORIGIN, { at: 1 }, 'a value that is not a valid login (endsAt: Invalid input: expected number)'],
]

describe('what a record can hold', () => {
  it.each(FIT)('%s %j: %j, and reads it from a store again', (kind, key, value) => {
    expect(unfitness({ kind, id: key, value })).toBeUndefined()
    const entry = { kind, id: key, stamp: STAMP, value } as Entry
    expect(decodeEntry(encodeEntry(entry), STAMP)).toEqual({ ok: true, entry })
  })

  it.each(UNFIT)('is not %s %j: %j', (kind, key, value, reason) => {
    expect(unfitness({ kind, id: key, value })).toBe(reason)
    expect(decodeEntry(JSON.stringify([kind, key, value]), STAMP)).toEqual({ ok: false, reason })
  })

  it('has ids as long as an origin with a key, or a cookie, and no longer', () => {
    const longest = 5 * 1024 * 1024 + 4096
    const fits = (length: number) =>
      unfitness({ kind: 'local', id: `${ORIGIN}\n`.padEnd(length, 'k'), value: null })
    expect(fits(longest)).toBeUndefined()
    expect(fits(longest + 1)).toBe('an id that is too long')
  })
})

describe('decodeEntry', () => {
  it.each([
    ['{', STAMP, 'not JSON'],
    ['{"length":3}', STAMP, 'not an entry'],
    ['null', STAMP, 'not an entry'],
    ['"abc"', STAMP, 'not an entry'],
    ['["local","a\\nb"]', STAMP, 'not an entry'],
    ['["local","a\\nb","v",1]', STAMP, 'not an entry'],
    ['["toString","a\\nb","v"]', STAMP, 'an unknown kind of entry'],
    ['[["local"],"a\\nb","v"]', STAMP, 'an unknown kind of entry'],
    ['["local",1,"v"]', STAMP, 'an invalid id'],
    ['["local",["\\n"],"v"]', STAMP, 'an invalid id'],
    ['["local","a\\nb","v"]', { time: -1, writer: 'w' }, 'an invalid stamp'],
    ['["local","a\\nb","v"]', { time: 1, writer: '' }, 'an invalid stamp'],
  ])('refuses %s at %j: %s', (text, stamp, reason) => {
    expect(decodeEntry(text, stamp)).toEqual({ ok: false, reason })
  })

  it('never throws: a route whose addresses are none is refused', () => {
    for (const value of [{ pattern: { origin: 'x' } }, { requests: [{ url: 'x' }, { url: 'https://' }] }])
      expect(decodeEntry(JSON.stringify(['data-route', 'r', value]), STAMP)).toMatchObject({ ok: false })
  })

  it('keeps half of a surrogate pair, which web storage may hold', () => {
    const entry: Entry = { kind: 'local', id: `${ORIGIN}\n\udc00`, stamp: STAMP, value: '\ud800' }
    expect(decodeEntry(encodeEntry(entry), STAMP)).toEqual({ ok: true, entry })
  })
})
