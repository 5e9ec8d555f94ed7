import { describe, expect, it } from 'vitest'
import { SessionRecord, TOMBSTONE_LIFE_MS } from '../../../src/record/index.ts'
import { EventHub } from '../../../src/routing/index.ts'
import { REMEMBER_MS, RouteMemory } from '../../../src/routing/route-memory.ts'

const SOURCE = { name: 'test' }

function memory() {
  const state = { now: 1_800_000_000_000 }
  const clock = { now: () => state.now }
  const record = new SessionRecord({ writer: 'w', clock })
  const routes = new RouteMemory(record, new EventHub(), clock, SOURCE)
  return { state, record, routes }
}

describe('what is remembered of routes', () => {
  it('is bounded, and what was learned first goes', () => {
    const { state, record, routes } = memory()
    for (let i = 0; i < 1_500; i++) {
      state.now++
      routes.learn(`https://a.example/path-${i}`, 'page', 'a reason')
    }
    expect([...record.valuesOf('route')]).toHaveLength(1_000)
    expect(routes.transport('https://a.example/path-1499')).toBe('page')
    expect(routes.transport('https://a.example/path-0')).toBe('http')
  })

  it('is over after its time, and gone from the record some day', () => {
    const { state, record, routes } = memory()
    routes.learn('https://a.example', 'page-fetch', 'a reason')
    state.now += REMEMBER_MS
    expect([routes.transport('https://a.example'), routes.isStale('https://a.example')]).toEqual([
      'http',
      true,
    ])
    state.now += TOMBSTONE_LIFE_MS + 3 * 24 * 3_600_000
    record.write([{ kind: 'local', id: 'https://a.example\nk', value: 'v' }], SOURCE)
    expect([...record.entries()].filter(({ kind }) => kind === 'route')).toEqual([])
  })

  it('does not hold for an hour when the clock is set back', () => {
    const { state, routes } = memory()
    routes.learn('https://a.example', 'page-fetch', 'a reason')
    expect(routes.transport('https://a.example')).toBe('page-fetch')
    state.now -= 3_600_000
    expect([routes.transport('https://a.example'), routes.isStale('https://a.example')]).toEqual([
      'http',
      true,
    ])
  })
})
