import { describe, expect, it } from 'vitest'
import { OnejarError, systemClock } from '../../../src/core/index.ts'
import { type Delta, type Entry, mergeInto } from '../../../src/record/index.ts'
import { createPlainSealer } from '../../../src/store/encryption.ts'
import { EntryStore } from '../../../src/store/entry-store.ts'
import { type Store, type StoredChanges, WriteBehind } from '../../../src/store/index.ts'
import { MemoryBackend, MemorySpace } from '../../../src/store/memory-backend.ts'
import { DEFAULT_LIMITS } from '../../../src/store/retention.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { eventually } from '../../support/eventually.ts'

/** A store whose commits wait for a gate and whose subscriptions can fail, and another on the same data. */
async function guardedStore() {
  const space = new MemorySpace()
  const open = () =>
    new EntryStore({
      backend: new MemoryBackend(space, DEFAULT_LIMITS, systemClock),
      sealer: createPlainSealer(),
      limits: DEFAULT_LIMITS,
    })
  const [inner, other] = [open(), open()]
  const control = { gate: Promise.resolve(), deaf: false }
  const store = Object.create(inner) as Store
  store.load = (session) => inner.load(session)
  store.commit = async (session, delta: Delta, options) => {
    const { gate } = control
    await gate
    return inner.commit(session, delta, options)
  }
  store.changesSince = async (session, version) => {
    const { gate } = control
    await gate
    return inner.changesSince(session, version)
  }
  store.subscribe = async (session, onChange) => {
    if (control.deaf) throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The subscriber is away')
    return inner.subscribe(session, onChange)
  }
  return { inner: other, store, control }
}

/** A session that holds what it wrote and the changes it got. */
function holder(queue: WriteBehind, session = someSession()) {
  const entries = new Map<string, Entry>()
  const changes: StoredChanges[] = []
  const link = queue.link(session, {
    onChange: (change) => {
      changes.push(change)
      mergeInto(entries, change.entries)
    },
    recall: () => [...entries.values()],
  })
  const write = (...delta: Entry[]) => {
    mergeInto(entries, delta)
    link.push(delta)
  }
  return { session, link, changes, write, held: () => values({ entries: [...entries.values()] }) }
}

describe('a flush', () => {
  it('is not over before the entries are in the store, however many ask at once', async () => {
    const { inner, store, control } = await guardedStore()
    await using queue = new WriteBehind(store)
    const { link, session, write } = holder(queue)
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    control.gate = first.promise
    write(localEntry('a', '1', 1))
    const under = link.flush()
    await Promise.resolve()
    control.gate = second.promise
    write(localEntry('b', '1', 1))
    const seen: unknown[] = []
    const look = async () => {
      await link.flush()
      seen.push(values(await inner.load(session))['b'])
    }
    const flushes = [look(), look(), look()]
    first.resolve()
    await under
    await eventually(() => expect(link.unsaved()).toHaveLength(1))
    second.resolve()
    await Promise.all(flushes)
    expect(seen).toEqual(['1', '1', '1'])
  })
})

describe('following a session', () => {
  it('gives what was written between reading it and following it', async () => {
    const { inner, store } = await guardedStore()
    await using queue = new WriteBehind(store)
    const { link, session, held } = holder(queue)
    await link.load()
    await inner.commit(session, [localEntry('between', '1', 1)])
    await link.follow()
    await eventually(() => expect(held()).toEqual({ between: '1' }))
  })

  it('is made up for when it failed, without an outage of the store', async () => {
    const { inner, store, control } = await guardedStore()
    await using queue = new WriteBehind(store)
    const { link, session, write, held } = holder(queue)
    await link.load()
    control.deaf = true
    await expect(link.follow()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    control.deaf = false
    write(localEntry('ours', '1', 1))
    await link.flush()
    await inner.commit(session, [localEntry('theirs', '1', 1)])
    await eventually(() => expect(held()).toEqual({ ours: '1', theirs: '1' }))
  })

  it('is followed again when nothing more is written', async () => {
    const { inner, store, control } = await guardedStore()
    await using queue = new WriteBehind(store)
    const { link, session, held } = holder(queue)
    await link.load()
    control.deaf = true
    await expect(link.follow()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    control.deaf = false
    await inner.commit(session, [localEntry('theirs', '1', 1)])
    await eventually(() => expect(held()).toEqual({ theirs: '1' }))
    // Read once because it was behind; from here on only who follows hears of it.
    await inner.commit(session, [localEntry('more', '1', 1)])
    await eventually(() => expect(held()).toEqual({ theirs: '1', more: '1' }))
  })
})

describe('a session that was removed elsewhere', () => {
  it('is forgotten in a way that a write under way elsewhere survives', async () => {
    const { inner, store } = await guardedStore()
    await using queue = new WriteBehind(store)
    const { link, session, write, held } = holder(queue)
    await link.load()
    write(localEntry('gone', '1', 1), localEntry('again', '1', 1))
    await link.flush()
    await inner.remove(session)
    await link.catchUp()
    expect(held()).toEqual({ gone: null, again: null })
    // Written before the removal was known there, and stamped after what was removed.
    await inner.commit(session, [localEntry('again', '2', 2, 'b')])
    await link.catchUp()
    expect(held()).toEqual({ gone: null, again: '2' })
    expect(values(await inner.load(session))).toEqual({ again: '2' })
  })
})

describe('a session that is written with a lock', () => {
  it('writes nothing more once another has the lock, and that is no outage of the store', async () => {
    const { inner, store } = await guardedStore()
    await using queue = new WriteBehind(store)
    const { link, session, write } = holder(queue)
    await link.load()
    const mine = await inner.acquireLock(session, 'browser', 60_000)
    if (mine === null) throw new Error('nobody else has it')
    link.fence(mine)
    write(localEntry('held', '1', 1))
    await link.flush()
    // It lapsed, as of a process that was stopped.
    await mine.release()
    const theirs = await inner.acquireLock(session, 'browser', 60_000)
    expect(theirs?.fence).toBeGreaterThan(mine.fence)
    write(localEntry('late', '1', 2))
    await link.flush()
    write(localEntry('later', '1', 3))
    await link.catchUp()
    await link.close()
    expect(values(await inner.load(session))).toEqual({ held: '1' })
    expect(queue.health).toMatchObject({ state: 'up', pendingEntries: 0 })
  })
})
