import { describe, expect, it } from 'vitest'
import { stateFromEntries, stateToDelta } from '../../../../src/record/codecs/state.ts'
import type { Entry } from '../../../../src/record/entry.ts'
import { StampClock } from '../../../../src/record/stamp.ts'
import { aCookie, NOW_MS } from './a-cookie.ts'

const clock = () => new StampClock('w', { now: () => NOW_MS } as ConstructorParameters<typeof StampClock>[1])

describe('stateFromEntries', () => {
  it('is the inverse of stateToDelta', () => {
    const state = {
      cookies: [aCookie({ created: 1 }), aCookie({ name: 'b', created: 2 })],
      origins: [
        {
          origin: 'https://example.com',
          localStorage: [['k\nl', 'v'] as const],
          sessionStorage: [['__proto__', 'v'] as const],
          indexedDB: [1],
        },
      ],
    }
    const delta = stateToDelta(state, clock())
    expect(stateFromEntries(delta)).toEqual(state)
    expect(delta.map((entry) => entry.kind)).toEqual([
      'cookie',
      'cookie',
      'local',
      'session-snapshot',
      'indexeddb-snapshot',
    ])
    expect(new Set(delta.map((entry) => entry.stamp.time)).size).toBe(5)
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
