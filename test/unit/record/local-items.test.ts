import { describe, expect, it } from 'vitest'
import { localId } from '../../../src/record/entry.ts'
import { LocalItems } from '../../../src/record/local-items.ts'

const A = 'https://a.test'
const stamp = (time: number) => ({ time, writer: 'w' })
/** `a` and `b` at one origin, `a` at another. */
function held(): LocalItems {
  const items = new LocalItems()
  items.set(localId(A, 'a'), '1', stamp(1))
  items.set(localId(A, 'b'), '2', stamp(2))
  items.set(localId('https://b.test', 'a'), '3', stamp(3))
  return items
}

describe('the items of a record', () => {
  it('are found by origin and key, with their stamps', () => {
    const items = held()
    expect(items.get(A, 'b')).toBe('2')
    expect(items.get(A, 'c')).toBeUndefined()
    expect(items.get('https://c.test', 'a')).toBeUndefined()
    expect(items.find(localId('https://b.test', 'a'))).toMatchObject({ value: '3', stamp: stamp(3) })
    expect(items.origins()).toEqual([A, 'https://b.test'])
    expect([...items.of(A)]).toEqual([
      ['a', '1'],
      ['b', '2'],
    ])
    expect([...items.of('https://c.test')]).toEqual([])
    expect([...items.all()]).toEqual([
      { origin: A, key: 'a', value: '1', stamp: stamp(1) },
      { origin: A, key: 'b', value: '2', stamp: stamp(2) },
      { origin: 'https://b.test', key: 'a', value: '3', stamp: stamp(3) },
    ])
  })

  it('stay in their place when they get another value', () => {
    const items = held()
    items.set(localId(A, 'a'), 'new', { time: 9, writer: 'other' })
    expect([...items.of(A)]).toEqual([
      ['a', 'new'],
      ['b', '2'],
    ])
    expect(items.find(localId(A, 'a'))?.stamp).toEqual({ time: 9, writer: 'other' })
  })

  it('go one by one, and their origin with the last', () => {
    const items = held()
    items.delete(localId(A, 'nobody'))
    items.delete(localId('https://c.test', 'a'))
    items.delete(localId(A, 'a'))
    expect([items.get(A, 'a'), items.get(A, 'b'), items.origins().length]).toEqual([undefined, '2', 2])
    items.delete(localId(A, 'b'))
    expect(items.origins()).toEqual(['https://b.test'])
  })

  it.each([1_023, 1_024, 1_025, 100_000])('keep a text of %s characters', (length) => {
    const items = new LocalItems()
    items.set(localId(A, 'k'), '€'.repeat(length), stamp(1))
    expect(items.get(A, 'k')).toBe('€'.repeat(length))
  })
})
