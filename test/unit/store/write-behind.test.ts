import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import type { Delta, Entry } from '../../../src/record/index.ts'
import {
  type CommitOptions,
  type LinkHandlers,
  openStore,
  type Store,
  type StoredChanges,
  type StoreStatus,
  WriteBehind,
  type WriteBehindOptions,
} from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'

/** Its timer runs from the first session on. */
const HOUSEKEEPER = 1

/** A memory store that can go away, and that tells what was asked of it. */
async function mutableStore(maxSessionBytes = 1_000_000) {
  const inner = await openStore({ target: 'memory', maxSessionBytes })
  const commits: Entry[][] = []
  /** `lost`: sessions that cannot be written although others can. */
  const control = { away: false, gate: Promise.resolve(), commits, attempts: 0, lost: new Set<string>() }
  const store = Object.create(inner) as Store
  const reach = async () => {
    control.attempts++
    await control.gate
    if (control.away) throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store is away')
  }
  store.commit = async (session, delta: Delta, options?: CommitOptions) => {
    await reach()
    if (control.lost.has(session.id)) throw new Error('what is stored of it is beyond help')
    const result = await inner.commit(session, delta, options)
    commits.push([...delta])
    return result
  }
  store.load = async (session) => {
    await reach()
    return inner.load(session)
  }
  store.changesSince = async (session, version) => {
    await reach()
    if (control.lost.has(session.id)) throw new Error('what is stored of it is beyond help')
    return inner.changesSince(session, version)
  }
  store.subscribe = (session, onChange) => inner.subscribe(session, onChange)
  return { inner, store, control }
}

async function setUp(options: WriteBehindOptions = {}, maxSessionBytes?: number) {
  const made = await mutableStore(maxSessionBytes)
  const statuses: StoreStatus[] = []
  const queue = new WriteBehind(made.store, { onStatus: (status) => statuses.push(status), ...options })
  const changes: StoredChanges[] = []
  const recall = vi.fn<() => Delta>(() => [])
  const handlers: LinkHandlers = { onChange: (change) => changes.push(change), recall }
  const session = someSession()
  return { ...made, queue, statuses, changes, recall, handlers, session, link: queue.link(session, handlers) }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the write-behind queue', () => {
  it('comes to an end with a session that the store refuses by its name', async () => {
    const { queue, handlers, statuses } = await setUp()
    const link = queue.link({ tenant: 'default', id: '\ud800' }, handlers)
    await expect(link.load()).rejects.toMatchObject({ code: 'ONEJAR_BAD_INPUT' })
    await link.close()
    await queue.flush()
    expect([queue.health.waitingSessions, statuses]).toEqual([0, []])
  })

  it('writes after the delay, once, the latest of each entry', async () => {
    const { link, control, inner, session } = await setUp()
    link.push([localEntry('k', 'old', 1)])
    link.push([localEntry('k', 'new', 2), localEntry('l', '1', 1)])
    link.push([localEntry('k', 'older', 0)])
    await vi.advanceTimersByTimeAsync(49)
    expect(control.commits).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(control.commits.map((delta) => delta.length)).toEqual([2])
    expect(values(await inner.load(session))).toEqual({ k: 'new', l: '1' })
  })

  it('writes at once when there is enough', async () => {
    const { link, control } = await setUp({ maxBatch: 3 })
    for (let at = 0; at < 3; at++) link.push([localEntry(`k${at}`, 'v', at)])
    await vi.advanceTimersByTimeAsync(0)
    expect(control.commits.map((delta) => delta.length)).toEqual([3])
  })

  it('lets what comes during a write wait for company again', async () => {
    const { link, control } = await setUp()
    const gate = Promise.withResolvers<void>()
    control.gate = gate.promise
    link.push([localEntry('a', '1', 1)])
    await vi.advanceTimersByTimeAsync(50)
    link.push([localEntry('b', '1', 1)])
    gate.resolve()
    await vi.advanceTimersByTimeAsync(49)
    expect(control.commits).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(50)
    expect(control.commits).toHaveLength(2)
  })

  it('has no timer when there is nothing to do, but for the one that purges', async () => {
    const { link, queue } = await setUp()
    expect(vi.getTimerCount()).toBe(HOUSEKEEPER)
    link.push([])
    expect(vi.getTimerCount()).toBe(HOUSEKEEPER)
    link.push([localEntry('k', '1', 1)])
    expect(vi.getTimerCount()).toBe(HOUSEKEEPER + 1)
    await vi.advanceTimersByTimeAsync(50)
    expect(vi.getTimerCount()).toBe(HOUSEKEEPER)
    link.push([localEntry('k', '2', 2)])
    await queue.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('flushes what was pushed before, also during a write', async () => {
    const { link, control, inner, session } = await setUp()
    const gate = Promise.withResolvers<void>()
    control.gate = gate.promise
    link.push([localEntry('a', '1', 1)])
    const first = link.flush()
    await vi.advanceTimersByTimeAsync(1)
    link.push([localEntry('b', '1', 1)])
    const second = link.flush()
    gate.resolve()
    await Promise.all([first, second])
    expect(values(await inner.load(session))).toEqual({ a: '1', b: '1' })
    await link.flush()
    expect(control.commits).toHaveLength(2)
  })

  it('makes whoever pushes wait when the queue is full', async () => {
    const { link, control } = await setUp({ maxQueued: 2, maxBatch: 100 })
    const gate = Promise.withResolvers<void>()
    control.gate = gate.promise
    expect(link.push([localEntry('a', '1', 1), localEntry('b', '1', 1)])).toBeUndefined()
    expect(link.push([localEntry('b', '2', 2)])).toBeUndefined()
    const room = link.push([localEntry('c', '1', 1)])
    expect(room).toBeInstanceOf(Promise)
    gate.resolve()
    await room
    await link.flush()
    expect(control.commits.flat()).toHaveLength(3)
  })

  it('goes on while the store is away, says so once, tries with growing pauses, and reconciles', async () => {
    const { link, queue, control, inner, session, statuses } = await setUp({
      minRetryMs: 100,
      maxRetryMs: 1000,
    })
    control.away = true
    link.push([localEntry('a', '1', 1)])
    await vi.advanceTimersByTimeAsync(50)
    expect(queue.health.state).toBe('away')
    link.push([localEntry('a', '2', 2), localEntry('b', '1', 1)])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(statuses.map((status) => status.state)).toEqual(['away'])
    // 100, 200, 400, 800 and then 1,000 ms each, a quarter more or less.
    expect(control.attempts).toBeGreaterThan(8)
    expect(control.attempts).toBeLessThan(20)
    await expect(link.flush()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    expect(link.unsaved()).toHaveLength(2)
    control.away = false
    await vi.advanceTimersByTimeAsync(1300)
    expect(statuses.map((status) => status.state)).toEqual(['away', 'back'])
    expect(queue.health.state).toBe('up')
    expect(values(await inner.load(session))).toEqual({ a: '2', b: '1' })
    expect(link.unsaved()).toEqual([])
    expect(vi.getTimerCount()).toBe(HOUSEKEEPER)
  })

  it('says once why a store that is there again will not have it', async () => {
    const { queue, link, control, statuses } = await setUp()
    control.away = true
    link.push([localEntry('a', '1', 1)])
    await vi.advanceTimersByTimeAsync(200)
    const refusal = (why: string) =>
      new OnejarError('ONEJAR_STORE_UNAVAILABLE', why, { details: { outage: false } })
    for (const why of ['NOAUTH', 'NOPERM']) queue.failed(refusal(why), null)
    control.away = false
    await vi.advanceTimersByTimeAsync(6500)
    expect(statuses.map((status) => status.state)).toEqual(['away', 'refused', 'back'])
  })

  it('brings all sessions up to date on return', async () => {
    const { queue, control, inner, handlers } = await setUp()
    control.away = true
    const sessions = Array.from({ length: 300 }, () => someSession())
    const links = sessions.map((session) => queue.link(session, handlers))
    for (const link of links) link.push([localEntry('k', 'v', 1)])
    await vi.advanceTimersByTimeAsync(5000)
    control.away = false
    await vi.advanceTimersByTimeAsync(15_000)
    for (const session of sessions) expect(values(await inner.load(session))).toEqual({ k: 'v' })
  })

  it('is held up by no session that cannot be written, tells of it once, and writes it when it can', async () => {
    const { link, queue, control, inner, session, statuses, handlers } = await setUp()
    control.lost.add(session.id)
    const others = Array.from({ length: 20 }, () => someSession())
    const links = others.map((other) => queue.link(other, handlers))
    link.push([localEntry('k', 'v', 1)])
    await vi.advanceTimersByTimeAsync(50)
    expect(queue.health).toMatchObject({ state: 'away', pendingEntries: 1, waitingSessions: 1 })
    let slowest = 0
    for (let round = 1; round <= 50; round++) {
      for (const each of links) each.push([localEntry('k', `${round}`, round)])
      const startedAt = performance.now()
      for (const each of links) while (each.unsaved().length > 0) await vi.advanceTimersByTimeAsync(10)
      slowest = Math.max(slowest, performance.now() - startedAt)
      await vi.advanceTimersByTimeAsync(200)
    }
    // The first pause after the failure, and the time that entries wait for company.
    expect(slowest).toBeLessThanOrEqual(260)
    expect(statuses.map((status) => status.state)).toEqual(['away'])
    expect(queue.health).toMatchObject({ state: 'away', pendingEntries: 1, waitingSessions: 1 })
    control.lost.clear()
    await vi.advanceTimersByTimeAsync(6500)
    expect(statuses.map((status) => status.state)).toEqual(['away', 'back'])
    expect(values(await inner.load(session))).toEqual({ k: 'v' })
    expect(queue.health).toMatchObject({ state: 'up', pendingEntries: 0, waitingSessions: 0 })
    expect(vi.getTimerCount()).toBe(HOUSEKEEPER)
  })

  it('brings a third of the sessions back at once when their node of a cluster returns', async () => {
    const { queue, control, inner, statuses, handlers } = await setUp()
    const sessions = Array.from({ length: 900 }, () => someSession())
    for (const [at, { id }] of sessions.entries()) if (at % 3 === 0) control.lost.add(id)
    const links = sessions.map((session) => queue.link(session, handlers))
    for (const [at, link] of links.entries()) {
      link.push([localEntry('k', 'v', 1)])
      if (at % 100 === 0) await vi.advanceTimersByTimeAsync(60)
    }
    await vi.advanceTimersByTimeAsync(10_000)
    expect(links.filter((link) => link.unsaved().length > 0)).toHaveLength(300)
    expect(statuses.map((status) => status.state)).toEqual(['away'])
    control.lost.clear()
    await vi.advanceTimersByTimeAsync(6500)
    expect(statuses.map((status) => status.state)).toEqual(['away', 'back'])
    for (const session of sessions) expect(values(await inner.load(session))).toEqual({ k: 'v' })
  })

  it('writes the others when it is closed, whatever the first one meets', async () => {
    const { link, queue, control, inner, session, handlers } = await setUp()
    control.lost.add(session.id)
    const others = Array.from({ length: 600 }, () => someSession())
    link.push([localEntry('k', 'v', 1)])
    for (const other of others) queue.link(other, handlers).push([localEntry('k', 'v', 1)])
    await expect(queue.close()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    for (const other of others) expect(values(await inner.load(other))).toEqual({ k: 'v' })
  })

  it('takes the room from those who cannot be written, not from those who can', async () => {
    const { link, queue, control, inner, session, recall, handlers } = await setUp({ maxQueued: 10 })
    control.lost.add(session.id)
    const held = Array.from({ length: 9 }, (_, at) => localEntry(`k${at}`, 'v', at))
    recall.mockImplementation(() => held)
    link.push(held)
    await vi.advanceTimersByTimeAsync(50)
    const other = someSession()
    const otherLink = queue.link(other, { ...handlers, recall: () => [] })
    otherLink.push([localEntry('a', '1', 1)])
    // The first success tells that it is not the store as a whole.
    await vi.advanceTimersByTimeAsync(500)
    expect(otherLink.unsaved()).toEqual([])
    expect(otherLink.push([localEntry('b', '1', 1), localEntry('c', '1', 1)])).toBeUndefined()
    await vi.advanceTimersByTimeAsync(500)
    expect(values(await inner.load(other))).toEqual({ a: '1', b: '1', c: '1' })
    control.lost.clear()
    await vi.advanceTimersByTimeAsync(6500)
    expect(Object.keys(values(await inner.load(session)))).toHaveLength(9)
  })

  it('remembers which session to ask when too much waits for a store that is away', async () => {
    const { link, control, inner, session, recall } = await setUp({ maxQueued: 10 })
    const held = new Map<string, Entry>()
    recall.mockImplementation(() => [...held.values()])
    control.away = true
    for (let at = 0; at < 50; at++) {
      const entry = localEntry(`k${at}`, 'v', at)
      held.set(entry.id, entry)
      await link.push([entry])
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(link.unsaved()).toHaveLength(50)
    expect(recall).toHaveBeenCalled()
    control.away = false
    await vi.advanceTimersByTimeAsync(15_000)
    expect(Object.keys(values(await inner.load(session)))).toHaveLength(50)
  })

  it('gives the changes that a write brings, and catches up on demand', async () => {
    const { link, inner, session, changes } = await setUp()
    await link.load()
    await inner.commit(session, [localEntry('theirs', '1', 1)])
    link.push([localEntry('ours', '1', 1)])
    await link.flush()
    expect(changes.map(values)).toEqual([{ theirs: '1' }])
    await inner.commit(session, [localEntry('theirs', '2', 2)])
    await link.catchUp()
    expect(changes.map(values)).toEqual([{ theirs: '1' }, { theirs: '2' }])
    await link.catchUp()
    expect(changes).toHaveLength(2)
  })

  it('commits all that the session holds to a store that lost its history', async () => {
    const { link, inner, session, recall, changes } = await setUp()
    await inner.commit(session, [localEntry('a', '1', 1)])
    await link.load()
    recall.mockReturnValue([localEntry('a', '1', 1), localEntry('b', '1', 1)])
    const store = link as unknown as { version: string }
    expect(store.version).not.toBe('')
    const fresh = await openStore('memory')
    Object.assign(inner, { commit: fresh.commit.bind(fresh), load: fresh.load.bind(fresh) })
    link.push([localEntry('c', '1', 1)])
    await link.flush()
    expect(changes.at(-1)).toMatchObject({ extent: 'reset' })
    expect(values(await fresh.load(session))).toEqual({ a: '1', b: '1', c: '1' })
  })

  it('only reads where there is nothing to write', async () => {
    const { link, inner, control, session, changes } = await setUp()
    await link.load()
    await inner.commit(session, [localEntry('theirs', '1', 1)])
    await link.catchUp()
    expect(changes.map(values)).toEqual([{ theirs: '1' }])
    await link.catchUp()
    expect(changes).toHaveLength(1)
    // A write would wait for whoever writes just then, and make them wait.
    expect(control.commits).toEqual([])
  })

  it('brings a session that could not be loaded its entries later', async () => {
    const { link, inner, control, session, changes } = await setUp()
    await inner.commit(session, [localEntry('k', '1', 1)])
    control.away = true
    await expect(link.load()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    await vi.advanceTimersByTimeAsync(1000)
    control.away = false
    await vi.advanceTimersByTimeAsync(15_000)
    expect(changes.map(values)).toEqual([{ k: '1' }])
  })

  it('writes what the store takes, and tells what it refuses', async () => {
    const refused: Entry[] = []
    const { link, inner, session } = await setUp(
      { onRefused: (_session, entries) => refused.push(...entries) },
      20_000,
    )
    const small = Array.from({ length: 20 }, (_, at) => localEntry(`k${at}`, 'v', at))
    link.push([localEntry('flood', 'x'.repeat(30_000), 1), ...small])
    await link.flush()
    expect(refused.map((entry) => entry.id)).toEqual(['https://shop.example\nflood'])
    expect(Object.keys(values(await inner.load(session)))).toHaveLength(20)
    await link.flush()
    expect(refused).toHaveLength(1)
  })

  it('refuses pushes after it was closed, and tells when entries were lost', async () => {
    const { link, queue, control, handlers } = await setUp()
    control.away = true
    link.push([localEntry('k', '1', 1)])
    await expect(queue.close()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    expect(() => link.push([localEntry('k', '1', 1)])).toThrow(
      expect.objectContaining({ code: 'ONEJAR_CLOSED' }),
    )
    expect(() => queue.link(someSession(), handlers)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_CLOSED' }),
    )
    expect(vi.getTimerCount()).toBe(0)
  })
})
