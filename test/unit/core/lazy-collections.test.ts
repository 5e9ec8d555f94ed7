import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LazyMap, LazySet } from '../../../src/core/index.ts'

const step = fc.tuple(fc.constantFrom('set', 'delete', 'clear'), fc.nat(3), fc.nat(9))

it('a LazyMap does what a Map does', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const [lazy, map] = [new LazyMap<number, number>(), new Map<number, number>()]
      for (const [what, key, value] of steps) {
        if (what === 'set') expect(lazy.set(key, value)).toBe(lazy)
        else if (what === 'delete') expect(lazy.delete(key)).toBe(map.delete(key))
        else lazy.clear()
        if (what === 'set') map.set(key, value)
        else if (what === 'clear') map.clear()
        expect([lazy.size, lazy.get(key), lazy.has(key)]).toEqual([map.size, map.get(key), map.has(key)])
        expect([[...lazy], [...lazy.keys()], [...lazy.values()]]).toEqual([
          [...map],
          [...map.keys()],
          [...map.values()],
        ])
      }
    }),
  )
})

it('a LazySet does what a Set does', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const [lazy, set] = [new LazySet<number>(), new Set<number>()]
      for (const [what, value] of steps) {
        if (what === 'set') expect(lazy.add(value)).toBe(lazy)
        else if (what === 'delete') expect(lazy.delete(value)).toBe(set.delete(value))
        else lazy.clear()
        if (what === 'set') set.add(value)
        else if (what === 'clear') set.clear()
        expect([lazy.size, lazy.has(value), [...lazy]]).toEqual([set.size, set.has(value), [...set]])
      }
    }),
  )
})

it('is emptied while somebody goes through it', () => {
  const set = new LazySet<number>().add(1).add(2)
  const seen: number[] = []
  for (const value of set) {
    seen.push(value)
    set.delete(1)
    set.delete(2)
  }
  expect(seen).toEqual([1])
})
