import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Entry, entryKey } from '../../src/record/entry.ts'
import { mergeInto, newer } from '../../src/record/merge.ts'

// Few times, writers and keys, so that ties and clashes are the rule.
const stamp = fc.record({ time: fc.integer({ min: 0, max: 4 }), writer: fc.constantFrom('a', 'b') })
const value = fc.oneof(
  fc.constant(null),
  fc.record({ kind: fc.constant('local' as const), value: fc.constantFrom('', 'x', 'y', '\ud800', '"') }),
  fc.record({
    kind: fc.constant('indexeddb-snapshot' as const),
    value: fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.parse(JSON.stringify(json))),
  }),
  fc.record({
    kind: fc.constant('route' as const),
    value: fc.record({
      transport: fc.constantFrom('http' as const, 'page' as const),
      reason: fc.constantFrom('r', 's'),
      until: fc.constantFrom(0, 1),
    }),
  }),
)
const entry: fc.Arbitrary<Entry> = fc
  .tuple(fc.constantFrom('k', 'l'), stamp, fc.constantFrom('local', 'indexeddb-snapshot', 'route'), value)
  .map(([id, stamp, kind, drawn]) =>
    drawn === null ? { kind, id, stamp, value: null } : { kind: drawn.kind, id, stamp, value: drawn.value },
  )
  .map((made) => made as Entry)

/** Two or three entries with one key. */
const clashing = (count: number) =>
  fc
    .array(entry, { minLength: count, maxLength: count })
    .chain((entries) => fc.constantFrom(...entries).map(({ kind, id }) => ({ kind, id, entries })))
    .map(({ kind, id, entries }) => entries.map((one) => ({ ...one, kind, id }) as Entry))

function merged(...deltas: readonly (readonly Entry[])[]): Map<string, Entry> {
  const map = new Map<string, Entry>()
  for (const delta of deltas) mergeInto(map, delta)
  return map
}

/** A map's content without its order. */
function content(map: Map<string, Entry>): [string, Entry][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The last writer of two entries with one key: what a record that holds one has after the other. */
function lastOf(held: Entry | undefined, incoming: Entry): Entry | undefined {
  return merged(held ? [held] : [], [incoming]).get(entryKey(incoming))
}

describe('the last writer', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(clashing(2), ([a, b]) => {
        expect(lastOf(a, b!)).toEqual(lastOf(b, a!))
      }),
    )
  })

  it('is associative', () => {
    fc.assert(
      fc.property(clashing(3), ([a, b, c]) => {
        expect(lastOf(lastOf(a, b!), c!)).toEqual(lastOf(a, lastOf(b, c!)!))
      }),
    )
  })

  it('is idempotent, and keeps the entry that is there', () => {
    fc.assert(
      fc.property(clashing(1), ([a]) => {
        expect(lastOf(undefined, a!)).toBe(a)
        expect(lastOf(a, structuredClone(a!))).toBe(a)
      }),
    )
  })
})

describe('newer', () => {
  it('is a strict total order on entries that differ', () => {
    fc.assert(
      fc.property(clashing(3), ([a, b, c]) => {
        expect(newer(a!, a!)).toBe(false)
        expect(newer(a!, b!) && newer(b!, a!)).toBe(false)
        if (newer(a!, b!) && newer(b!, c!)) expect(newer(a!, c!)).toBe(true)
      }),
    )
  })
})

describe('mergeInto', () => {
  const deltas = fc.array(fc.array(entry, { maxLength: 6 }), { maxLength: 6 })

  it('gives the same map for any order and any repetition of deltas', () => {
    const shuffled = deltas.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length, maxLength: 2 * all.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([once, again]) => {
        expect(content(merged(...again))).toEqual(content(merged(...once)))
        expect(content(merged(again.flat().reverse()))).toEqual(content(merged(...once)))
      }),
    )
  })

  it('gives the same map when halves are merged first and then joined', () => {
    fc.assert(
      fc.property(deltas, deltas, (left, right) => {
        const joined = merged([...merged(...left).values()], [...merged(...right).values()])
        expect(content(joined)).toEqual(content(merged(...left, ...right)))
      }),
    )
  })

  it('returns exactly what the map holds because of the delta', () => {
    fc.assert(
      fc.property(deltas, fc.array(entry, { maxLength: 8 }), (before, delta) => {
        const map = merged(...before)
        const old = new Map(map)
        const accepted = mergeInto(map, delta)
        const changed = [...map].filter(([key, now]) => old.get(key) !== now)
        expect(content(new Map(accepted.map((one) => [entryKey(one), one])))).toEqual(
          content(new Map(changed)),
        )
        expect(accepted).toHaveLength(changed.length)
        expect(mergeInto(map, delta)).toEqual([])
      }),
    )
  })
})
