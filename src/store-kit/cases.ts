/*
 * What every store has to do: one table, a row per case, in the order in which a new store is best built. It is long because
 * the list is, and no row knows another.
 */
import { type Entry, entryKey } from '../record/index.ts'
import {
  openStore,
  type SessionKey,
  type Store,
  type StoreOptions,
  type StoreProvider,
  type StoreVersion,
} from '../store/index.ts'
import { eventually, expect, expectCode, inTime } from './checks.ts'
import { cookieEntry, deadLetter, everyKind, localEntry, stampAt } from './entries.ts'

/** Options that the cases set. */
interface CaseOptions {
  readonly now?: () => number
  readonly maxSessionBytes?: number
  readonly retentionFloorMs?: number
  readonly retentionCeilingMs?: number
  readonly tombstoneMs?: number
}

/** An empty place for the sessions of one case. */
export interface StoreKitPlace {
  /**
   * What `openBroker({ store })` takes. A case opens it several times, as several processes would: all of them have to see the
   * same sessions.
   */
  readonly store: string | StoreProvider | StoreOptions
  /** Called after the case, when every store that it opened is closed. */
  close?(): Promise<void>
}

/** A requirement that every store has to meet, as a test. */
export interface StoreCase {
  /** What the store has to do, as a name for a test. */
  readonly name: string
  /** Runs the case on a fresh place. @throws AssertionError of `node:assert` where the store does something else */
  run(): Promise<void>
}

const DAY_MS = 24 * 60 * 60_000
const START = 1_800_000_000_000
let counter = 0

/**
 * Everything that a store has to do, as cases that any test runner can run. `storeKit` registers them with `describe` and
 * `it`.
 *
 * @param open - makes an empty place; it is called once for each case
 * @example
 * ```ts
 * import { randomUUID } from 'node:crypto'
 * import { storeCases } from 'onejar/store-kit'
 *
 * const [first] = storeCases(async () => ({ store: `sqlite:case-${randomUUID()}.db` }))
 * await first?.run()
 * ```
 */
export function storeCases(open: () => Promise<StoreKitPlace>): readonly StoreCase[] {
  const cases: StoreCase[] = []
  for (const [name, check] of Object.entries(CASES)) {
    cases.push({
      name,
      async run() {
        const place = await open()
        const opened: Store[] = []
        const openOne = async ({ now = Date.now, ...limits }: CaseOptions = {}): Promise<Store> => {
          const { store: source } = place
          const named = typeof source === 'string' || 'open' in source ? { target: source } : source
          const store = await openStore({ ...(named as StoreOptions), ...limits }, { clock: { now } })
          opened.push(store)
          return store
        }
        try {
          await check(async (options) => [await openOne(options), await openOne(options), someSession()])
        } finally {
          for (const store of opened) await store.close()
          await place.close?.()
        }
      },
    })
  }
  return cases
}

type Two = (options?: CaseOptions) => Promise<[Store, Store, SessionKey]>

const CASES: Readonly<Record<string, (two: Two) => Promise<void>>> = {
  async 'has nothing of a session that was never written'(two) {
    const [store, , session] = await two()
    expect(await store.load(session)).toEqual({
      entries: [],
      version: '',
      extent: 'snapshot',
      problems: [],
    })
    expect(await store.remove(session)).toBe(false)
  },

  async 'gives back every kind of entry, to another store too'(two) {
    const [a, b, session] = await two()
    const entries = everyKind('canary')
    expect(await a.commit(session, entries)).toMatchObject({ written: entries.length, changes: null })
    for (const store of [a, b]) {
      const loaded = await store.load(session)
      expect(sorted(loaded.entries)).toEqual(sorted(entries))
      expect(loaded.problems).toEqual([])
    }
  },

  async 'keeps texts that are not well-formed Unicode, empty and long texts, and unusual names'(two) {
    const [a, b, session] = await two()
    const entries = ['', '\ud800', 'a\u0000b', '💾', '__proto__', '{"}', 'x'.repeat(300_000)].flatMap(
      (text, at) => [localEntry(`${text}${at}`, 'v', at), localEntry(`value ${at}`, text, at)],
    )
    const snapshot = JSON.parse('{"__proto__":"p","constructor":"c"}') as Record<string, string>
    const odd: Entry = { kind: 'session-snapshot', id: 'o', stamp: stampAt(1), value: snapshot }
    await a.commit(session, [...entries, odd])
    const loaded = await b.load(session)
    expect(sorted(loaded.entries)).toEqual(sorted([...entries, odd]))
    expect(Object.keys(loaded.entries.find((entry) => entry.id === 'o')?.value ?? {})).toEqual([
      '__proto__',
      'constructor',
    ])
  },

  async 'keeps the entry with the later stamp, whichever is written first'(two) {
    const [a, b, session] = await two()
    await a.commit(session, [localEntry('k', 'late', 2), localEntry('t', 'by b', 1, 'b')])
    const result = await b.commit(session, [localEntry('k', 'early', 1), localEntry('t', 'by a', 1, 'a')])
    expect(result.written).toBe(0)
    expect(values(await b.load(session))).toEqual({ k: 'late', t: 'by b' })
    await b.commit(session, [localEntry('k', 'latest', 3)])
    expect(values(await a.load(session))).toEqual({ k: 'latest', t: 'by b' })
  },

  async 'decides equal stamps as the record does, in either order'(two) {
    const [a, b, session] = await two()
    const other = someSession()
    const x = localEntry('k', 'x', 1)
    const y = localEntry('k', 'y', 1)
    for (const [first, second, where] of [
      [x, y, session],
      [y, x, other],
    ] as const) {
      await a.commit(where, [first])
      await b.commit(where, [second])
      expect(values(await a.load(where))).toEqual({ k: 'y' })
    }
    await a.commit(session, [localEntry('k', null, 1)])
    await b.commit(session, [y])
    expect(values(await a.load(session))).toEqual({ k: null })
  },

  async 'orders writers as the record does'(two) {
    const [a, b, session] = await two()
    const writers = ['a', 'B', 'b', '~', '!', 'a1', 'Z', '_']
    for (const [at, writer] of writers.entries()) {
      await (at % 2 ? a : b).commit(session, [localEntry('k', `by ${writer}`, 1, writer)])
    }
    expect(values(await a.load(session))).toEqual({ k: 'by ~' })
  },

  async 'keeps a deletion deleted'(two) {
    const [a, b, session] = await two()
    await a.commit(session, [cookieEntry('sid', '1', 1)])
    await b.commit(session, [cookieEntry('sid', null, 2)])
    await a.commit(session, [cookieEntry('sid', '1', 1)])
    const { entries } = await a.load(session)
    expect(entries).toEqual([cookieEntry('sid', null, 2)])
  },

  async 'merges a delta that names an entry twice'(two) {
    const [a, , session] = await two()
    const result = await a.commit(session, [
      localEntry('k', 'new', 2),
      localEntry('k', 'old', 1),
      localEntry('k', 'new', 2),
    ])
    expect(result.written).toBe(1)
    expect(values(await a.load(session))).toEqual({ k: 'new' })
  },

  async 'changes nothing when a commit is repeated, or empty'(two) {
    const [a, b, session] = await two()
    const delta = [localEntry('k', '1', 1), localEntry('l', '2', 1)]
    const { version } = await a.commit(session, delta)
    const nothing = { version, written: 0, changes: null, refused: [] }
    expect(await a.commit(session, delta)).toEqual(nothing)
    expect(await b.commit(session, delta)).toEqual(nothing)
    expect(await b.commit(session, [])).toEqual(nothing)
    expect(await b.commit(someSession(), [])).toEqual({ ...nothing, version: '' })
  },

  async 'returns what has changed since a version, and only that'(two) {
    const [a, b, session] = await two()
    const { version: v1 } = await a.commit(session, [localEntry('k', '1', 1), localEntry('l', '1', 1)])
    expect(await b.changesSince(session, v1)).toEqual({
      entries: [],
      version: v1,
      extent: 'changes',
      problems: [],
    })
    const { version: v2 } = await b.commit(session, [localEntry('k', '2', 2)])
    const { version: v3 } = await b.commit(session, [localEntry('m', null, 3)])
    expect(new Set([v1, v2, v3]).size).toBe(3)
    const changes = await a.changesSince(session, v1)
    expect(changes).toMatchObject({ version: v3, extent: 'changes' })
    expect(values(changes)).toEqual({ k: '2', m: null })
    expect(values(await a.changesSince(session, v2))).toEqual({ m: null })
    expect(values(await a.changesSince(session, ''))).toEqual({ k: '2', l: '1', m: null })
  },

  async 'returns the changes of others with a commit'(two) {
    const [a, b, session] = await two()
    const { version } = await a.commit(session, [localEntry('k', 'a', 1)], { since: '' })
    const result = await b.commit(session, [localEntry('l', 'b', 1)], { since: '' })
    expect(values(result.changes)).toEqual({ k: 'a' })
    expect(result.changes).toMatchObject({ version: result.version, extent: 'changes' })
    const last = await a.commit(session, [localEntry('m', 'a', 2)], { since: version })
    expect(values(last.changes)).toEqual({ l: 'b' })
    const none = await a.commit(session, [localEntry('m', 'a', 3)], { since: last.version })
    expect(none.changes).toBeNull()
    const nothing = await b.commit(session, [], { since: none.version })
    expect(nothing).toEqual({ version: none.version, written: 0, changes: null, refused: [] })
  },

  async 'asks a reader of another history to commit all it holds'(two) {
    const [a, , session] = await two()
    await a.commit(session, [localEntry('k', '1', 1)])
    for (const version of ['another-history.3', 'nonsense', '.', '1']) {
      expect(await a.changesSince(session, version)).toMatchObject({
        extent: 'reset',
        entries: [{ value: '1' }],
      })
      const { changes } = await a.commit(session, [localEntry('k', '1', 1)], { since: version })
      expect(changes).toMatchObject({ extent: 'reset', entries: [{ value: '1' }] })
    }
    expect(await a.changesSince(someSession(), 'another-history.3')).toMatchObject({
      extent: 'reset',
      version: '',
    })
    const fresh = await a.commit(someSession(), [localEntry('k', '2', 1)], { since: 'another-history.3' })
    expect(fresh.changes).toMatchObject({ extent: 'reset', entries: [{ value: '2' }] })
  },

  async 'keeps sessions and tenants apart'(two) {
    const [a] = await two()
    const sessions = [
      { tenant: 'a', id: 'b/c' },
      { tenant: 'a/b', id: 'c' },
      { tenant: '', id: 'a/b/c' },
      { tenant: '*', id: '?' },
      { tenant: 'a', id: 'B/c' },
      { tenant: '{a}', id: 'é💾' },
    ]
    for (const [at, session] of sessions.entries()) await a.commit(session, [localEntry('k', String(at), 1)])
    for (const [at, session] of sessions.entries()) {
      expect(values(await a.load(session))).toEqual({ k: String(at) })
    }
  },

  async 'refuses invalid ids and stamps'(two) {
    const [a, , session] = await two()
    for (const bad of [
      { tenant: 't', id: '\ud800' },
      { tenant: 't', id: 'x'.repeat(2000) },
    ]) {
      await expectCode(a.load(bad), 'ONEJAR_BAD_INPUT')
    }
    for (const stamp of [
      { time: 1.5, writer: 'w' },
      { time: -1, writer: 'w' },
      { time: 1, writer: 'a b' },
    ]) {
      const entry = { ...localEntry('k', 'v', 1), stamp } as Entry
      await expectCode(a.commit(session, [entry]), 'ONEJAR_BAD_INPUT')
    }
  },

  async 'loses none of many writes at the same time'(two) {
    const [a, b, session] = await two()
    const writes = Array.from({ length: 60 }, (_, at) =>
      (at % 2 ? a : b).commit(session, [
        localEntry(`own ${at}`, String(at), at),
        localEntry('shared', String(at), at),
      ]),
    )
    const results = await Promise.all(writes)
    const loaded = values(await a.load(session))
    expect(Object.keys(loaded)).toHaveLength(61)
    expect(loaded['shared']).toBe('59')
    expect(new Set(results.map((result) => result.version)).size).toBe(60)
  },

  async 'notifies subscribers of what other stores write, and not of what they write themselves'(two) {
    const [a, b, session] = await two()
    const changes: (StoreVersion | null)[] = []
    const elsewhere: (StoreVersion | null)[] = []
    const endA = await a.subscribe(session, (version) => changes.push(version))
    await a.subscribe(someSession(), (version) => elsewhere.push(version))
    await a.commit(session, [localEntry('own', '1', 1)])
    const { version } = await b.commit(session, [localEntry('k', '1', 1)])
    await eventually(() => changes.at(-1), version)
    expect(changes).toEqual([version])
    await endA()
    await b.commit(session, [localEntry('k', '2', 2)])
    const heard = await hear(a, session)
    await b.commit(session, [localEntry('k', '3', 3)])
    await inTime(heard.changes, 'No change arrived')
    expect(changes).toEqual([version])
    expect(elsewhere).toEqual([])
  },

  async 'does not take its own write for an earlier change by others'(two) {
    const [a, b, session] = await two()
    const heard = await hear(a, session)
    await b.commit(session, [localEntry('k', 'b', 1)])
    await a.commit(session, [localEntry('l', 'a', 1)])
    await inTime(heard.changes, 'No change arrived')
  },

  async 'removes a session, and notifies those who have it loaded'(two) {
    const [a, b, session] = await two()
    const { version } = await a.commit(session, everyKind('x'))
    const heard = await hear(a, session)
    expect(await b.remove(session)).toBe(true)
    expect(await b.remove(session)).toBe(false)
    await inTime(heard.changes, 'No change arrived')
    const changes = await a.changesSince(session, version)
    expect(changes).toMatchObject({ extent: 'snapshot', entries: [] })
    expect(await collect(b)).toEqual([])
    const { version: next } = await a.commit(session, [localEntry('k', 'anew', 9)], {
      since: changes.version,
    })
    expect(values(await b.load(session))).toEqual({ k: 'anew' })
    expect(next).notToBe(version)
  },

  async 'lists sessions, all or of a tenant'(two) {
    const [a, b] = await two({ now: () => START })
    for (const tenant of ['one', 'two']) {
      for (const id of ['x', 'y'])
        await a.commit({ tenant, id }, [localEntry('k', id, 1), localEntry('l', null, 1)])
    }
    const infos = await collect(b)
    expect(infos.map((info) => `${info.session.tenant}/${info.session.id}`).sort()).toEqual([
      'one/x',
      'one/y',
      'two/x',
      'two/y',
    ])
    expect(infos[0]).toMatchObject({ entries: 2, createdAt: START, writtenAt: START })
    expect(infos[0]?.sizeBytes).toBeGreaterThan(50)
    expect((await collect(b, 'two')).map((info) => info.session.tenant)).toEqual(['two', 'two'])
  },

  async 'refuses a commit that is too large as a whole, and takes one that needs no more room'(two) {
    const [a, , session] = await two({ maxSessionBytes: 20_000 })
    await a.commit(session, [localEntry('k', 'x'.repeat(12_000), 1)])
    const refused = a.commit(session, [localEntry('small', 's', 1), localEntry('l', 'x'.repeat(12_000), 1)])
    await expectCode(refused, 'ONEJAR_SESSION_TOO_LARGE')
    expect(Object.keys(values(await a.load(session)))).toEqual(['k'])
    await a.commit(session, [localEntry('k', 'y'.repeat(15_000), 2)])
    await a.commit(session, [localEntry('k', null, 3)])
    await a.commit(session, [localEntry('l', 'z'.repeat(15_000), 3)])
    expect(Object.keys(values(await a.load(session))).sort()).toEqual(['k', 'l'])
  },

  async 'writes the part of a partial commit that fits: deletions, replacements, then the smallest entries'(
    two,
  ) {
    const [a, b, session] = await two({ maxSessionBytes: 20_000 })
    const long = 'x'.repeat(9000)
    await a.commit(session, [localEntry('k', long, 1), localEntry('gone', 'x'.repeat(5000), 1)])
    const flood = ['l1', 'l2'].map((key) => localEntry(key, long, 2))
    const late = localEntry('k', 'too late', 0)
    const delta = [...flood, late, localEntry('k', long.replaceAll('x', 'y'), 2), localEntry('gone', null, 2)]
    const { version, ...result } = await a.commit(session, [...delta, localEntry('small', 's', 2)], {
      partial: true,
    })
    expect(result).toMatchObject({ written: 4, refused: [{ value: long }] })
    const held = values(await b.load(session))
    expect(held).toMatchObject({ k: long.replaceAll('x', 'y'), gone: null, small: 's' })
    expect(Object.keys(held).filter((key) => key.startsWith('l'))).toHaveLength(1)
    // A commit that does not fit writes nothing and notifies nobody.
    const again = await a.commit(session, [localEntry('l3', long, 3)], { partial: true })
    expect(again).toMatchObject({ version, written: 0, refused: [{ value: long }] })
  },

  async 'makes room by forgetting deletions, and gives readers who may have missed one a snapshot'(two) {
    const [a, b, session] = await two({ maxSessionBytes: 20_000 })
    const many = Array.from({ length: 100 }, (_, at) => `k${at}`)
    const { version } = await a.commit(session, [localEntry('kept', '1', 1), localEntry('k0', '1', 1)])
    const deleted = await a.commit(
      session,
      many.map((key) => localEntry(key, null, 2)),
    )
    await a.commit(session, [localEntry('l', 'x'.repeat(17_000), 3)], { since: deleted.version })
    const late = await b.changesSince(session, version)
    expect(late.extent).toBe('snapshot')
    expect(Object.keys(values(late)).sort()).toEqual(['kept', 'l'])
    expect(await b.changesSince(session, deleted.version)).toMatchObject({ extent: 'changes' })
  },

  async 'makes room by dropping expired entries before it refuses a commit'(two) {
    let now = START
    const [a, , session] = await two({ maxSessionBytes: 20_000, now: () => now })
    const value = 'x'.repeat(3_500)
    const names = ['a', 'b', 'c', 'd']
    await a.commit(
      session,
      names.map((name) => cookieEntry(name, value, 1, { expiresAt: START + DAY_MS })),
    )
    now += 2 * DAY_MS
    await a.commit(session, [localEntry('l', 'x'.repeat(15_000), 1)])
    expect((await a.load(session)).entries).toHaveLength(1)
  },

  async 'forgets a session when its longest-lived cookie expires, within floor and ceiling'(two) {
    let now = START
    const limits = { retentionFloorMs: 10 * DAY_MS, retentionCeilingMs: 100 * DAY_MS, now: () => now }
    const [a, b, session] = await two(limits)
    const expiry = async () => (await collect(b))[0]?.expiresAt
    await a.commit(session, [localEntry('k', '1', 1)])
    expect(await expiry()).toBe(START + 10 * DAY_MS)
    await a.commit(session, [cookieEntry('c', '1', 1, { expiresAt: START + 50 * DAY_MS + 0.5 })])
    expect(await expiry()).toBe(START + 50 * DAY_MS + 1)
    await a.commit(session, [cookieEntry('d', '1', 1, { expiresAt: START + 500 * DAY_MS })])
    expect(await expiry()).toBe(START + 100 * DAY_MS)
    now += 90 * DAY_MS
    expect((await b.load(session)).entries).toHaveLength(3)
    expect(await expiry()).toBe(now + 100 * DAY_MS)
  },

  async 'purges expired cookies and old tombstones, and then gives late readers a snapshot'(two) {
    let now = stampMs() + 1000
    const [a, b, session] = await two({ tombstoneMs: 10 * DAY_MS, now: () => now })
    const { version } = await a.commit(session, [
      cookieEntry('short', '1', 1, { expiresAt: now + DAY_MS }),
      cookieEntry('long', '1', 1, { expiresAt: now + 200 * DAY_MS }),
      localEntry('k', '1', 1),
    ])
    const { version: later } = await a.commit(session, [localEntry('k', null, 2)])
    expect(await b.purge()).toEqual({ sessions: 0, entries: 0 })
    now += 11 * DAY_MS
    expect(await b.purge()).toEqual({ sessions: 0, entries: 2 })
    expect(await b.purge()).toEqual({ sessions: 0, entries: 0 })
    expect((await a.load(session)).entries.map((entry) => entry.id)).toEqual(['www.shop.example\n/\nlong'])
    expect(await a.changesSince(session, version)).toMatchObject({
      extent: 'snapshot',
      entries: [{ kind: 'cookie' }],
    })
    expect(await a.changesSince(session, later)).toMatchObject({ extent: 'changes', entries: [] })
  },

  async 'purges entries that hold their own expiry, and keeps the session until then'(two) {
    let now = stampMs() + 1000
    const limits = { retentionFloorMs: 10 * DAY_MS, retentionCeilingMs: 100 * DAY_MS, now: () => now }
    const [a, b, session] = await two(limits)
    await a.commit(session, [deadLetter('soon', now + DAY_MS, 1), deadLetter('late', now + 20 * DAY_MS, 1)])
    expect((await collect(b))[0]?.expiresAt).toBe(now + 20 * DAY_MS)
    now += 2 * DAY_MS
    expect(await b.purge()).toEqual({ sessions: 0, entries: 1 })
    expect((await a.load(session)).entries.map(({ id }) => id)).toEqual(['late'])
    await a.commit(session, [deadLetter('late', null, 2)])
    expect((await b.load(session)).entries).toMatchObject([{ id: 'late', value: null }])
  },

  async 'gives a lock to one holder at a time, with growing fences, and ends it in time'(two) {
    const [a, b, session] = await two()
    const first = await a.acquireLock(session, 'solve', 60_000)
    expect(first).toMatchObject({ session, purpose: 'solve' })
    expect(await b.acquireLock(session, 'solve', 60_000)).toBeNull()
    expect(await a.acquireLock(session, 'solve', 60_000)).toBeNull()
    const other = await b.acquireLock(session, 'another', 60_000)
    expect(other).notToBe(null)
    expect(await first?.extend(60_000)).toBe(true)
    const heard = await hear(b, session)
    await first?.release()
    await inTime(heard.changes, 'No change arrived')
    expect(await first?.extend(60_000)).toBe(false)
    const second = await b.acquireLock(session, 'solve', 60_000)
    expect(second!.fence).toBeGreaterThan(first!.fence)
    await first?.release()
    expect(await a.acquireLock(session, 'solve', 60_000)).toBeNull()
    await second?.release()
    await other?.release()
  },

  async 'refuses a late write under a lock that somebody else holds by now'(two) {
    const [a, b, session] = await two()
    const first = await a.acquireLock(session, 'solve', 60_000)
    await a.commit(session, [localEntry('k', 'first', 1)], { lock: first! })
    await first?.release()
    const second = await b.acquireLock(session, 'solve', 60_000)
    const late = a.commit(session, [localEntry('k', 'late', 3)], { lock: first! })
    await expectCode(late, 'ONEJAR_LOCK_LOST')
    await b.commit(session, [localEntry('k', 'second', 2)], { lock: second! })
    expect(values(await a.load(session))).toEqual({ k: 'second' })
  },

  async 'refuses a late write under a lock that somebody else had and gave back since'(two) {
    const [a, b, session] = await two()
    const first = await a.acquireLock(session, 'solve', 60_000)
    await first?.release()
    const second = await b.acquireLock(session, 'solve', 60_000)
    await b.commit(session, [localEntry('k', 'second', 2)], { lock: second! })
    await second?.release()
    const late = a.commit(session, [localEntry('k', 'late', 3)], { lock: first! })
    await expectCode(late, 'ONEJAR_LOCK_LOST')
    expect(values(await b.load(session))).toEqual({ k: 'second' })
  },

  async 'gives growing fences after a lock was given back and the clock was set back'(two) {
    let now = stampMs() + 1000
    const [a, b, session] = await two({ now: () => now })
    let last = 0
    for (const step of [0, -60_000, 0, -DAY_MS]) {
      now += step
      const lock = await (step === 0 ? a : b).acquireLock(session, 'solve', 60_000)
      expect(lock!.fence).toBeGreaterThan(last)
      last = lock!.fence
      await lock?.release()
    }
  },

  async 'lets exactly one of many at once have a lock'(two) {
    const [a, b, session] = await two()
    const tries = Array.from({ length: 20 }, (_, at) =>
      (at % 2 ? a : b).acquireLock(session, 'solve', 60_000),
    )
    expect((await Promise.all(tries)).filter((lock) => lock !== null)).toHaveLength(1)
  },

  async 'refuses every call after it was closed'(two) {
    const [a, b, session] = await two()
    await a.subscribe(session, () => {})
    await a.close()
    await a.close()
    for (const call of [
      () => a.load(session),
      () => a.commit(session, [localEntry('k', '1', 1)]),
      () => a.acquireLock(session, 'p', 1000),
      () => a.purge(),
      () => collect(a),
    ]) {
      await expectCode(call(), 'ONEJAR_CLOSED')
    }
    expect(await b.commit(session, [localEntry('k', '1', 1)])).toMatchObject({ written: 1 })
  },
}

/** A session of its own for each test. */
export function someSession(): SessionKey {
  return { tenant: 'tenant', id: `session-${counter++}` }
}

/** The values of the local items, by key; null for deleted ones. */
export function values(changes: { readonly entries: readonly Entry[] } | null): Record<string, unknown> {
  return Object.fromEntries(
    (changes?.entries ?? [])
      .filter((entry) => entry.kind === 'local')
      .map((entry) => [keyOf(entry), entry.value]),
  )
}

function keyOf(entry: Entry): string {
  return entry.id.slice(entry.id.indexOf('\n') + 1)
}

function sorted(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1))
}

function stampMs(): number {
  return stampAt(0).time / 1024
}

async function collect(store: Store, tenant?: string) {
  const infos = []
  for await (const info of store.list(tenant === undefined ? {} : { tenant })) infos.push(info)
  return infos
}

/** Subscribes; `changes` resolves with the version of the next change. */
async function hear(store: Store, session: SessionKey): Promise<{ changes: Promise<StoreVersion | null> }> {
  const heard = Promise.withResolvers<StoreVersion | null>()
  const end = await store.subscribe(session, heard.resolve)
  return { changes: heard.promise.finally(end) }
}
