import { type Entry, type EntryKind, entryKey } from './entry.ts'
import { compareStamps } from './stamp.ts'

/**
 * Whether `a` was written after `b`: by stamp. Two different entries with the same stamp can only come from a writer
 * that broke its clock, but the order has to be total all the same: a deletion wins, then the greater canonical JSON.
 * False when both say the same.
 */
export function newer(a: Entry, b: Entry): boolean {
  const order = compareStamps(a.stamp, b.stamp)
  if (order !== 0) return order > 0
  if (a.value === null || b.value === null) return b.value !== null
  return a.value !== b.value && canonicalJson(a.value) > canonicalJson(b.value)
}

/** Where entries are looked up and put by kind and id. */
export interface EntryTable {
  get(kind: EntryKind, id: string): Entry | undefined
  set(entry: Entry): void
}

/** A map keyed by `entryKey`. */
interface EntryMap {
  get(key: string): Entry | undefined
  set(key: string, entry: Entry): unknown
}

/** Merges a delta into a map keyed by `entryKey`, in place. See `mergeEntries`. */
export function mergeInto(map: EntryMap, delta: Iterable<Entry>): Entry[] {
  const table: EntryTable = {
    get: (kind, id) => map.get(entryKey({ kind, id })),
    set: (entry) => void map.set(entryKey(entry), entry),
  }
  return mergeEntries(table, delta)
}

/**
 * Merges a delta into a table, in place: the last writer of each entry wins. Commutative, associative and idempotent, so that
 * deltas may arrive in any order and any number of times; an entry that says the same stays itself. Returns what the table now holds because of it, in the order of the delta: an
 * entry that another one of the same delta supersedes is not among them. Costs what the delta costs.
 */
export function mergeEntries(table: EntryTable, delta: Iterable<Entry>): Entry[] {
  const accepted = new Map<string, Entry>()
  for (const entry of delta) {
    const current = table.get(entry.kind, entry.id)
    if (current !== undefined && !newer(entry, current)) continue
    table.set(entry)
    const key = entryKey(entry)
    accepted.delete(key)
    accepted.set(key, entry)
  }
  return [...accepted.values()]
}

/** JSON with the members of each object in code-unit order, so that equal values have equal texts. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
}
