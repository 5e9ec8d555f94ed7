import { describe, expect, it } from 'vitest'
import { cookieId, type Entry, type EntryKind, localWrite, SessionRecord } from '../../../src/record/index.ts'
import { Tombstones } from '../../../src/record/tombstones.ts'
import { aCookie } from './codecs/a-cookie.ts'

const SOURCE = { name: 'test' }
const record = () => new SessionRecord({ writer: 'w', clock: { now: () => 1_800_000_000_000 } })
const deletions = (of: SessionRecord, kind: string) =>
  [...of.entries()].filter((entry) => entry.kind === kind && entry.value === null)

describe('deletions', () => {
  it('of a site that sets cookies without end stay within bounds, and push out nobody else’s', () => {
    const held = record()
    const bank = new URL('https://bank.example/')
    held.receive(['sid=1'], bank, undefined, SOURCE)
    held.receive(['sid=; Max-Age=0'], bank, undefined, SOURCE)
    const hostile = new URL('https://hostile.example/')
    let told = 0
    held.subscribe((delta) => {
      told += delta.filter(({ value }) => value === null).length
    })
    for (let answer = 0; answer < 200; answer++) {
      const lines = Array.from({ length: 50 }, (_, i) => `c${answer}-${i}=x`)
      held.receive(lines, hostile, undefined, SOURCE)
    }
    // Everybody who listens has heard of each of them.
    expect(told).toBeGreaterThan(9_000)
    const kept = deletions(held, 'cookie')
    expect(kept.length).toBeLessThanOrEqual(1_001)
    expect(kept.some(({ id }) => id.startsWith('bank.example'))).toBe(true)
  })

  it('of items stay within bounds, and the last ones are kept', () => {
    const held = record()
    for (let i = 0; i < 3_000; i++) {
      const write = (value: string | null) => [localWrite('https://a.example', `k${i}`, value)]
      held.write(write('x'), SOURCE)
      held.write(write(null), SOURCE)
    }
    const ids = deletions(held, 'local').map(({ id }) => id)
    expect(ids).toHaveLength(1_000)
    expect(ids).toContain('https://a.example\nk2999')
  })

  it('are no deletions any more once there is a value again', () => {
    const held = record()
    for (let i = 0; i < 3_000; i++) {
      held.write([localWrite('https://a.example', 'k', i % 2 === 0 ? 'x' : null)], SOURCE)
    }
    held.write([localWrite('https://a.example', 'k', 'y')], SOURCE)
    expect(deletions(held, 'local')).toEqual([])
    expect(held.localItem('https://a.example', 'k')).toBe('y')
  })
})

describe('Tombstones', () => {
  const deletion = (kind: EntryKind, id: string) =>
    ({ kind, id, stamp: { time: 1, writer: 'w' }, value: null }) as Entry
  const cookie = (domain: string, name: string, hostOnly = true) =>
    deletion('cookie', cookieId(aCookie({ domain, name, hostOnly })))
  const item = (origin: string, key: string) => deletion('local', `${origin}\n${key}`)
  /** A thousand of one place. */
  const full = (make: (name: string) => Entry) => {
    const held = new Tombstones()
    const gone = Array.from({ length: 1_000 }, (_, i) => held.add(make(`k${i}`)))
    expect(gone.flat()).toEqual([])
    return held
  }

  it.each<[string, (name: string) => Entry, Entry, Entry]>([
    [
      'cookies of a site',
      (name) => cookie('shop.test', name),
      cookie('www.shop.test', 'new', false),
      cookie('other.test', 'new'),
    ],
    [
      'cookies of an address',
      (name) => cookie('127.0.0.1', name),
      cookie('127.0.0.1', 'new'),
      cookie('127.0.0.2', 'new'),
    ],
    [
      'items of an origin',
      (key) => item('https://a.test', key),
      item('https://a.test', 'new'),
      item('https://www.a.test', 'new'),
    ],
    [
      'entries of another kind',
      (id) => deletion('route', id),
      deletion('route', 'https://b.test'),
      deletion('binding', 'https://b.test'),
    ],
  ])('are a thousand %s: for one more the oldest goes', (_, make, more, elsewhere) => {
    const held = full(make)
    expect(held.add(elsewhere)).toEqual([])
    const { kind, id } = make('k0')
    expect(held.add(more)).toEqual([`${kind}\n${id}`])
  })

  it('count once, and from anew, when the same is deleted again', () => {
    const held = full((key) => item('https://a.test', key))
    expect(held.add(item('https://a.test', 'k0'))).toEqual([])
    expect(held.add(item('https://a.test', 'new'))).toEqual(['local\nhttps://a.test\nk1'])
  })

  it('make room when they are superseded', () => {
    const held = full((key) => item('https://a.test', key))
    held.delete(item('https://a.test', 'k7'))
    held.delete(item('https://a.test', 'nobody'))
    held.delete(item('https://b.test', 'k8'))
    expect(held.add(item('https://a.test', 'new'))).toEqual([])
    expect(held.add(item('https://a.test', 'newer'))).toEqual(['local\nhttps://a.test\nk0'])
  })

  it('are twenty thousand in all: for one more that of the place goes that was the first', () => {
    const held = new Tombstones()
    // Of what is superseded nothing counts, and a place without any is none.
    for (const key of ['x', 'y']) held.add(item('https://gone.test', key))
    for (const key of ['x', 'y', 'y']) held.delete(item('https://gone.test', key))
    held.add(item('https://first.test', 'a'))
    held.add(item('https://first.test', 'a'))
    const gone: string[] = []
    for (let i = 0; i < 19_999; i++) gone.push(...held.add(item(`https://o${i % 400}.test`, `k${i}`)))
    expect(gone).toEqual([])
    expect(held.add(item('https://gone.test', 'x'))).toEqual(['local\nhttps://first.test\na'])
    expect(held.add(item('https://gone.test', 'y'))).toEqual(['local\nhttps://o0.test\nk0'])
    // One place that is full pushes out one of its own, and not one of others.
    for (let i = 0; i < 998; i++) held.add(item('https://gone.test', `k${i}`))
    expect(held.add(item('https://gone.test', 'new'))).toEqual(['local\nhttps://gone.test\nx'])
  })
})
