import { describe, expect, it } from 'vitest'
import { stateFromEntries } from '../../../../src/record/codecs/state.ts'
import { type Entry, localId } from '../../../../src/record/entry.ts'
import { aCookie } from './a-cookie.ts'

describe('stateFromEntries', () => {
  it('groups what an origin has, and keeps keys that look like structure', () => {
    const stamp = { time: 1, writer: 'w' }
    const origin = 'https://example.com'
    const entries: Entry[] = [
      { kind: 'cookie', id: 'a', stamp, value: aCookie({ created: 1 }) },
      { kind: 'local', id: localId(origin, 'k\nl'), stamp, value: 'v' },
      { kind: 'session-snapshot', id: origin, stamp, value: JSON.parse('{"__proto__":"v"}') },
      { kind: 'indexeddb-snapshot', id: origin, stamp, value: [1] },
    ]
    expect(stateFromEntries(entries)).toEqual({
      cookies: [aCookie({ created: 1 })],
      origins: [
        { origin, localStorage: [['k\nl', 'v']], sessionStorage: [['__proto__', 'v']], indexedDB: [1] },
      ],
    })
  })

  it('leaves out tombstones and other kinds, and puts cookies in creation order', () => {
    const stamp = { time: 1, writer: 'w' }
    const entries: Entry[] = [
      { kind: 'cookie', id: 'b', stamp, value: aCookie({ name: 'b', created: 2 }) },
      { kind: 'cookie', id: 'a', stamp, value: aCookie({ name: 'a', created: 1 }) },
      { kind: 'cookie', id: 'c', stamp, value: null },
      { kind: 'local', id: 'https://example.com\nk', stamp, value: null },
      { kind: 'route', id: 'r', stamp, value: { transport: 'http', reason: '', until: 0 } },
    ]
    const state = stateFromEntries(entries)
    expect(state.cookies.map((cookie) => cookie.name)).toEqual(['a', 'b'])
    expect(state.origins).toEqual([])
  })
})
