import { canBeToken } from '../../credentials/index.ts'
import type { DatabasePlace, SessionRecord } from '../../record/index.ts'
import { memberAt, textMembers, unescapedPart } from './text-members.ts'

/** Of an origin, in its order: what is beyond is not looked at. */
const MAX_DATABASES = 16
const MAX_STORES = 64
const MAX_RECORDS = 5_000
/** Of all values together, as JSON; and of those whose members are looked at, since they hold a part of the token. */
const MAX_CHARS = 4 * 1024 * 1024
const MAX_SEARCHED_CHARS = 256 * 1024
const MAX_DEPTH = 32

interface StoreRecord {
  readonly key: string | number | null
  /** The value: a text, or JSON. */
  readonly text: string
}

interface Room {
  records: number
  chars: number
  searched: number
}

/**
 * Where a token stands in the IndexedDB databases that the record keeps of an origin; undefined where it does not, or beyond what is
 * looked at.
 */
export function placeInDatabases(
  record: Pick<SessionRecord, 'value'>,
  origin: string,
  token: string,
): DatabasePlace | undefined {
  const part = unescapedPart(token)
  const room: Room = { records: MAX_RECORDS, chars: MAX_CHARS, searched: MAX_SEARCHED_CHARS }
  for (const database of listOf(record.value('indexeddb-snapshot', origin)).slice(0, MAX_DATABASES)) {
    for (const store of listOf(memberOf(database, 'stores')).slice(0, MAX_STORES)) {
      const [name, storeName] = [memberOf(database, 'name'), memberOf(store, 'name')]
      if (typeof name !== 'string' || typeof storeName !== 'string') continue
      for (const { key, text } of recordsOf(store, room)) {
        if (!text.includes(part)) continue
        room.searched -= text.length
        if (room.searched < 0) return undefined
        const found = textMembers(text).find((member) => member.text === token)
        if (found) return { origin, database: name, store: storeName, key, path: found.path }
      }
    }
  }
  return undefined
}

/** The token at a place, as the record keeps it now; undefined where there is none (any more). */
export function valueInDatabases(
  record: Pick<SessionRecord, 'value'>,
  { origin, database, store, key, path }: DatabasePlace,
): string | undefined {
  const named = (all: unknown, name: string) => listOf(all).find((one) => memberOf(one, 'name') === name)
  const databases = listOf(record.value('indexeddb-snapshot', origin)).slice(0, MAX_DATABASES)
  const found = named(memberOf(named(databases, database), 'stores'), store)
  const room: Room = { records: MAX_RECORDS, chars: MAX_CHARS, searched: 0 }
  for (const one of recordsOf(found, room)) {
    if (one.key !== key) continue
    const value = memberAt(one.text, path)
    return value !== undefined && canBeToken(value) ? value : undefined
  }
  return undefined
}

/** The records of a store whose keys can be named, in the form that Playwright keeps them in. */
function* recordsOf(store: unknown, room: Room): Generator<StoreRecord> {
  const all = listOf(memberOf(store, 'records'))
  const keyPath = memberOf(store, 'keyPath')
  for (const one of all) {
    if (--room.records < 0) return
    const value = memberOf(one, 'value') ?? decoded(memberOf(one, 'valueEncoded'), 0)
    if (value === undefined) continue
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    room.chars -= text.length
    if (room.chars < 0) return
    const key = typeof keyPath === 'string' ? memberAlong(value, keyPath) : memberOf(one, 'key')
    // What is alone in its store needs no name.
    if (typeof key === 'string' || typeof key === 'number') yield { key, text }
    else if (all.length === 1) yield { key: null, text }
  }
}

/** A value that JSON has no form for, as Playwright writes it: what JSON has of it. */
function decoded(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  const [list, members] = [memberOf(value, 'a'), memberOf(value, 'o')]
  if (Array.isArray(list)) return list.map((one) => decoded(one, depth + 1) ?? null)
  if (!Array.isArray(members)) return undefined
  const pairs = members.map((one) => [memberOf(one, 'k'), decoded(memberOf(one, 'v'), depth + 1)] as const)
  return Object.fromEntries(pairs.filter((pair): pair is [string, unknown] => typeof pair[0] === 'string'))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

function memberAlong(value: unknown, keyPath: string): unknown {
  return keyPath.split('.').reduce(memberOf, value)
}
