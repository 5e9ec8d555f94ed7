import { describe, expect, it } from 'vitest'
import { type Entry, entryKey, mergeInto, newer } from '../../../src/record/index.ts'

type Value = string | null | object | number
const made = (value: Value, time = 1, writer = 'a', id = 'k'): Entry =>
  ({ kind: 'indexeddb-snapshot', id, stamp: { time, writer }, value }) as Entry

describe('of two entries with one key', () => {
  it.each<[string, Entry, Entry]>([
    ['the later one wins', made('a', 2), made('b', 1)],
    ['the later one wins, whoever wrote it', made('a', 2, 'a'), made('b', 1, 'b')],
    ['the greater writer wins at one time', made('a', 1, 'b'), made('b', 1, 'a')],
    ['the later value wins over a deletion', made('a', 2), made(null, 1)],
    ['the later deletion wins over a value', made(null, 2), made('a', 1)],
    // With one stamp, which only a broken clock gives: any order will do that is the same everywhere.
    ['a deletion wins at one stamp', made(null), made('z')],
    ['a deletion wins at one stamp over whatever it is', made(null), made({ z: 1 })],
    ['numbers are told apart in lists', made([12]), made([1, 2])],
    ['the greater text wins at one stamp', made('b'), made('a')],
    ['the greater member wins', made({ a: 1, b: 2 }), made({ b: 1, a: 1 })],
    ['the first member that differs decides', made({ b: 1, a: 2 }), made({ a: 1, b: 9 })],
    ['a list is looked at in its order', made([1, 2]), made([1, 10])],
    ['a list within an object is looked at', made({ a: [{ b: null }] }), made({ a: [{ b: 1 }] })],
    ['an object is no list', made({ a: 1 }), made([1])],
    ['the name of a member counts', made({ b: 1 }), made({ a: 1 })],
  ])('%s', (_, winner, loser) => {
    expect(newer(winner, loser)).toBe(true)
    expect(newer(loser, winner)).toBe(false)
    for (const order of [
      [winner, loser],
      [loser, winner],
    ]) {
      const held = new Map<string, Entry>()
      mergeInto(held, order)
      expect([...held.values()]).toEqual([winner])
    }
  })

  it.each<[string, Value, Value]>([
    ['texts', 'a', 'a'],
    ['nothing', null, null],
    ['the order of members', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['members that are not there', { a: 1, b: undefined }, { a: 1 }],
    ['what JSON has no word for', [undefined], [null]],
  ])('that say the same neither wins: %s', (_, one, other) => {
    expect(newer(made(one), made(other))).toBe(false)
    expect(newer(made(other), made(one))).toBe(false)
  })
})

describe('mergeInto', () => {
  it('gives what the map has because of the delta, in its order, and each key once', () => {
    const held = new Map([made('old', 5, 'a', 'x'), made('newest', 9, 'a', 'y')].map((e) => [entryKey(e), e]))
    const delta = [
      made('1', 6, 'a', 'x'),
      made('2', 6, 'a', 'z'),
      made('late', 8, 'a', 'y'),
      made('3', 7, 'a', 'x'),
    ]
    expect(mergeInto(held, delta)).toEqual([delta[1], delta[3]])
    expect([...held.values()].map(({ value }) => value)).toEqual(['3', 'newest', '2'])
    expect(mergeInto(held, delta)).toEqual([])
  })

  it('keeps the entry itself that says the same', () => {
    const first = made('v')
    const held = new Map([[entryKey(first), first]])
    expect(mergeInto(held, [structuredClone(first)])).toEqual([])
    expect(held.get(entryKey(first))).toBe(first)
  })
})
