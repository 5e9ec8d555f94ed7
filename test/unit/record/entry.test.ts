import { describe, expect, it } from 'vitest'
import { cookieId, type Entry, entryExpiresAt, localId, splitLocalId } from '../../../src/record/entry.ts'
import { aCookie } from './codecs/a-cookie.ts'

const DAY_MS = 86_400_000

describe('an entry is of no use any more', () => {
  it.each<[Entry['kind'], object, number | null]>([
    ['cookie', aCookie({ expiresAt: 7 }), 7],
    ['cookie', aCookie({ expiresAt: null }), null],
    ['dead-letter', { at: 1, expiresAt: 7 }, 7],
    ['idempotency', { startedAt: 1, expiresAt: 7 }, 7],
    ['login', { at: 1, endsAt: 7 }, 7],
    // It is probed for a day.
    ['route', { transport: 'page', reason: 'r', until: 7 }, 7 + DAY_MS],
    ['data-route', { learnedAt: 1, until: 7 }, 7],
    ['quarantine', { at: 1, until: 7, reason: 'r' }, 7],
    ['rate-limit-pause', { at: 1, until: 7 }, 7],
    ['halt', { at: 1, until: 7 }, null],
    ['visit', { endedAt: 1, pausedUntil: 7 }, null],
    ['session-snapshot', { until: '7', expiresAt: '7' }, null],
  ])('%s %j: at %s', (kind, value, at) => {
    const entry = { kind, id: 'id', stamp: { time: 1, writer: 'w' }, value } as Entry
    expect(entryExpiresAt(entry)).toBe(at)
    expect(entryExpiresAt({ ...entry, value: null } as Entry)).toBeNull()
  })
})

describe('cookieId', () => {
  const at = (topLevelSite: string, hasCrossSiteAncestor: boolean) => ({ topLevelSite, hasCrossSiteAncestor })

  it('tells apart cookies that a browser holds side by side, and only those', () => {
    const others = [
      {},
      { name: 'other' },
      { path: '/a' },
      { domain: 'other.com' },
      { hostOnly: false },
      { partitionKey: at('https://top.com', true) },
      { partitionKey: at('https://top.com', false) },
      { partitionKey: at('https://pot.com', true) },
    ].map((part) => cookieId(aCookie(part)))
    expect(new Set(others).size).toBe(others.length)
    const same = [{ value: 'x' }, { secure: true }, { httpOnly: true }, { expiresAt: 1 }, { created: 1 }]
    for (const part of same) expect(cookieId(aCookie(part))).toBe(cookieId(aCookie()))
  })
})

describe('localId', () => {
  it.each(['', 'key', 'with\na line', '\n'])('gives back the key %j', (key) => {
    expect(splitLocalId(localId('https://a.test', key))).toEqual({ origin: 'https://a.test', key })
  })
})
