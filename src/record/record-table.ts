import { LazyMap } from '../core/index.ts'
import type { CookieJar } from './cookies/index.ts'
import { type Entry, type EntryKind, entryExpiresAt, entryKey, localId } from './entry.ts'
import { LocalItems } from './local-items.ts'
import type { EntryTable } from './merge.ts'
import { timeToMs } from './stamp.ts'
import { Tombstones } from './tombstones.ts'

/** The kinds that are kept as entries; cookies and items of localStorage have an index of their own. */
export type OtherKind = Exclude<EntryKind, 'cookie' | 'local'>

/**
 * The entries of a record, each kept once: live cookies in the jar and live items of localStorage in their own index,
 * the form that is asked for most; the rest, and what was deleted, as entries.
 */
export class RecordTable implements EntryTable {
  readonly locals = new LocalItems()
  readonly #jar: CookieJar
  readonly #rest = new LazyMap<string, Entry>()
  /** Which deletions are remembered; undefined where nothing was deleted yet. */
  #tombstones: Tombstones | undefined

  constructor(jar: CookieJar) {
    this.#jar = jar
  }

  get(kind: EntryKind, id: string): Entry | undefined {
    if (kind === 'cookie') {
      const live = this.#jar.find(id)
      if (live) return { kind, id, stamp: live.stamp, value: live.plain() }
    } else if (kind === 'local') {
      const item = this.locals.find(id)
      if (item) return { kind, id, stamp: item.stamp, value: item.value }
    }
    return this.#rest.get(entryKey({ kind, id }))
  }

  set(entry: Entry): void {
    const { kind, id, stamp, value } = entry
    if (value === null) {
      this.#rest.set(entryKey(entry), entry)
      this.#tombstones ??= new Tombstones()
      for (const gone of this.#tombstones.add(entry)) this.#rest.delete(gone)
    } else {
      this.#tombstones?.delete(entry)
      if (kind !== 'cookie' && kind !== 'local') this.#rest.set(entryKey(entry), entry)
      else if (this.#rest.size > 0) this.#rest.delete(entryKey(entry))
    }
    if (kind === 'cookie') {
      if (value === null) this.#jar.delete(id)
      else this.#jar.put(value, stamp)
    } else if (kind === 'local') {
      if (value === null) this.locals.delete(id)
      else this.locals.set(id, value, stamp)
    }
  }

  /** All entries, tombstones included. */
  *all(): IterableIterator<Entry> {
    for (const live of this.#jar.held()) {
      yield { kind: 'cookie', id: live.id, stamp: live.stamp, value: live.plain() }
    }
    for (const { origin, key, value, stamp } of this.locals.all()) {
      yield { kind: 'local', id: localId(origin, key), stamp, value }
    }
    yield* this.#rest.values()
  }

  /** The entries of a kind that has no index of its own, tombstones included. */
  *of(kind: OtherKind): IterableIterator<Entry> {
    for (const entry of this.#rest.values()) if (entry.kind === kind) yield entry
  }

  /** Forgets what was deleted or has expired before this instant, in epoch milliseconds. */
  purge(before: number): void {
    for (const [key, entry] of this.#rest) {
      const endedAt = entry.value === null ? timeToMs(entry.stamp.time) : entryExpiresAt(entry)
      if (endedAt === null || endedAt >= before) continue
      this.#rest.delete(key)
      this.#tombstones?.delete(entry)
    }
    for (const live of [...this.#jar.held()]) {
      if (live.expiresAt !== null && live.expiresAt < before) this.#jar.delete(live.id)
    }
  }
}
