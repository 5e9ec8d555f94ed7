import { type Clock, OnejarError } from '../core/index.ts'
import { unfitness } from './codecs/fit-entry.ts'
import type { Cookie, RequestContext } from './cookie.ts'
import { type CookieChange, CookieJar, refuse } from './cookies/index.ts'
import {
  cookieId,
  type Delta,
  type Entry,
  type EntryKind,
  type EntryOf,
  type EntryValues,
  entryExpiresAt,
  localId,
} from './entry.ts'
import { mergeEntries } from './merge.ts'
import { type OtherKind, RecordTable } from './record-table.ts'
import { type LogicalTime, StampClock } from './stamp.ts'

/** Who made a change. Compared by identity: a listener leaves out the changes that it made itself. */
export interface ChangeSource {
  readonly name: string
}

/** The origin of changes that were there before a listener subscribed. */
const HELD: ChangeSource = { name: 'held' }

export type ChangeListener = (delta: Delta, source: ChangeSource) => void

export interface SessionRecordOptions {
  /** Identifies this process (or context) among all writers of the session. */
  readonly writer: string
  readonly clock: Clock
  /** Third-party cookies; Chromium blocks them by default. */
  readonly thirdParty?: 'blocked' | 'allowed'
  /** Called for an entry that the record cannot hold, with the reason; nothing of it is taken. */
  readonly onUnfit?: ((write: Write, reason: string, source: ChangeSource) => void) | undefined
}

/** A change before it has a stamp: a value, or null for a deletion. */
export type Write = {
  readonly [K in EntryKind]: { readonly kind: K; readonly id: string; readonly value: EntryValues[K] | null }
}[EntryKind]

/** Tombstones and expired values older than this are forgotten; tombstones earlier when there are many (see `Tombstones`). */
export const TOMBSTONE_LIFE_MS = 30 * 24 * 3_600_000
/** How often a change looks for them. */
const PURGE_EVERY_MS = 24 * 3_600_000

/**
 * The canonical record of one session: a last-writer-wins element map, each entry held once, in the form
 * that the hot path asks for. Every change passes through `write` or `merge`, gets a stamp, and is reported to the
 * listeners, once per call, before the call returns. Old tombstones and expired entries are dropped on the way.
 * No I/O; not shared between threads.
 */
export class SessionRecord {
  readonly #table: RecordTable
  #listeners: readonly ChangeListener[] = []
  readonly #stamps: StampClock
  readonly #clock: Clock
  readonly #jar: CookieJar
  readonly #onUnfit: SessionRecordOptions['onUnfit']
  #purgedAt = Number.NEGATIVE_INFINITY

  constructor(options: SessionRecordOptions) {
    this.#clock = options.clock
    this.#onUnfit = options.onUnfit
    this.#stamps = new StampClock(options.writer, options.clock)
    this.#jar = new CookieJar({
      clock: options.clock,
      ticks: this.#stamps,
      thirdParty: options.thirdParty ?? 'blocked',
    })
    this.#table = new RecordTable(this.#jar)
  }

  // Cookies

  /** The `Cookie` header for a request, as a byte string; empty when no cookie matches. */
  cookieHeader(url: URL, context?: RequestContext): string {
    return this.#jar.header(url, context)
  }

  /** The cookies that `cookieHeader` sends, in its order. */
  matchingCookies(url: URL, context?: RequestContext): Cookie[] {
    return this.#jar.matching(url, context)
  }

  /** All live cookies, oldest first. */
  cookies(): Cookie[] {
    return this.#jar.all()
  }

  /** The live cookie with this id (see `cookieId`). */
  cookie(id: string): Cookie | undefined {
    return this.#jar.get(id)
  }

  /**
   * Applies the `Set-Cookie` lines of one response, in order, by Chromium's rules.
   *
   * @returns what the rules made of each line
   */
  receive(
    lines: readonly string[],
    url: URL,
    context: RequestContext | undefined,
    source: ChangeSource,
    dateHeader?: string | null,
  ): CookieChange[] {
    if (lines.length === 0) return []
    const delta: Entry[] = []
    const options = dateHeader ? { dateHeader } : undefined
    const results = lines.map((line) => {
      const change = this.#jar.plan(line, url, context, options)
      // Setting an equal cookie anew changes nothing, but counts as its use when cookies have to go.
      if (change.accepted && change.unchanged && change.put) this.#jar.put(change.put)
      else if (change.accepted) {
        const { put } = change
        if (put !== null && !this.#fits({ kind: 'cookie', id: cookieId(put), value: put }, source)) {
          return refuse('not-kept')
        }
        for (const gone of change.remove)
          this.#put({ kind: 'cookie', id: cookieId(gone), value: null }, delta)
        if (change.put) this.#put({ kind: 'cookie', id: cookieId(change.put), value: change.put }, delta)
      }
      return change
    })
    this.#tell(delta, source)
    return results
  }

  // localStorage

  localItem(origin: string, key: string): string | undefined {
    return this.#table.locals.get(origin, key)
  }

  /** The live localStorage items of an origin. */
  localItems(origin: string): ReadonlyMap<string, string> {
    return this.#table.locals.of(origin)
  }

  /** The origins that have localStorage items. */
  localOrigins(): string[] {
    return this.#table.locals.origins()
  }

  // Everything

  /** The value of an entry, or undefined when there is none or it was deleted. */
  value<K extends EntryKind>(kind: K, id: string): EntryValues[K] | undefined {
    const entry = this.#table.get(kind, id) as EntryOf<K> | undefined
    return (entry?.value ?? undefined) as EntryValues[K] | undefined
  }

  /** The ids and values of all live entries of a kind, in no order; what has expired is not among them. */
  *valuesOf<K extends OtherKind>(kind: K): IterableIterator<[id: string, value: EntryValues[K]]> {
    const now = this.#clock.now()
    for (const entry of this.#table.of(kind)) {
      if (entry.value === null) continue
      if ((entryExpiresAt(entry) ?? Number.POSITIVE_INFINITY) > now)
        yield [entry.id, entry.value as EntryValues[K]]
    }
  }

  /** All entries, tombstones included, in no order. Made afresh: costs what the record holds. */
  entries(): IterableIterator<Entry> {
    return this.#table.all()
  }

  /** A new logical time, later than all that this record has given or seen. */
  tick(): LogicalTime {
    return this.#stamps.tick()
  }

  /**
   * Writes values (or deletions) with new stamps. Left out are deletions of nothing, items of localStorage that stay the same,
   * and what does not fit.
   */
  write(writes: Iterable<Write>, source: ChangeSource): Delta {
    const delta: Entry[] = []
    for (const write of writes) {
      if (write.value === null && (this.#table.get(write.kind, write.id)?.value ?? null) === null) continue
      if (write.kind === 'local' && this.#table.locals.find(write.id)?.value === write.value) continue
      if (this.#fits(write, source)) this.#put(write, delta)
    }
    this.#tell(delta, source)
    return delta
  }

  /**
   * Takes in another writer's entries; the later stamp wins. Total: any delta merges with any record, in any order, any
   * number of times, to the same end.
   *
   * @returns the entries that won
   */
  merge(incoming: Delta, source: ChangeSource): Delta {
    for (const entry of incoming) this.#stamps.observe(entry.stamp.time)
    const won = mergeEntries(this.#table, incoming)
    this.#tell(won, source)
    return won
  }

  /** Like `subscribe`, but the listener is called with the current entries first. */
  follow(listener: ChangeListener): () => void {
    const held = [...this.entries()]
    if (held.length > 0) listener(held, HELD)
    return this.subscribe(listener)
  }

  /** Calls back after each change, synchronously, with what changed. Returns a function that unsubscribes. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener)
    }
  }

  /** What could not be read from a store again is not written. */
  #fits(write: Write, source: ChangeSource): boolean {
    const reason = unfitness(write)
    if (reason !== undefined) this.#onUnfit?.(write, reason, source)
    return reason === undefined
  }

  #put(write: Write, delta: Entry[]): void {
    const replaced = this.#table.get(write.kind, write.id)?.stamp.time
    const entry = { ...write, stamp: this.#stamps.stamp(replaced) } as Entry
    this.#table.set(entry)
    delta.push(entry)
  }

  #tell(delta: Delta, source: ChangeSource): void {
    if (delta.length === 0) return
    this.#purge()
    for (const listener of this.#listeners) listener(delta, source)
  }

  /** Forgets old tombstones and what expired long ago. Local: every writer comes to the same by itself. */
  #purge(): void {
    const now = this.#clock.now()
    if (Math.abs(now - this.#purgedAt) < PURGE_EVERY_MS) return
    this.#purgedAt = now
    this.#table.purge(now - TOMBSTONE_LIFE_MS)
  }
}

/** The write that sets or removes one localStorage item. */
export function localWrite(origin: string, key: string, value: string | null): Write {
  if (!/^https?:\/\/[^/\s]+$/.test(origin)) {
    throw new OnejarError('ONEJAR_BAD_INPUT', 'A storage origin has the form https://host[:port]')
  }
  return { kind: 'local', id: localId(origin, key), value }
}
