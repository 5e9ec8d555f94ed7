import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openStore, WriteBehind } from '../../../src/store/index.ts'
import { cookieEntry, localEntry } from '../../../src/store-kit/entries.ts'
import { someSession } from '../../conformance/store/store-kit.ts'

const START = 1_790_000_000_000
const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000
const noNews = { onChange: () => {}, recall: () => [] }

beforeEach(() => {
  vi.useFakeTimers({ now: START })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A store, and how often it was purged. */
async function countedStore() {
  const store = await openStore('memory')
  const purge = vi.spyOn(store, 'purge')
  return { store, purge }
}

describe('the housekeeper', () => {
  it('has expired cookies, old deletions and forgotten sessions dropped while others are worked on', async () => {
    const { store } = await countedStore()
    const [mixed, forgotten, current] = [someSession(), someSession(), someSession()]
    await store.commit(mixed, [
      cookieEntry('expired', '1', 1, { expiresAt: START + DAY_MS }),
      cookieEntry('long', '1', 1, { expiresAt: START + 100 * DAY_MS }),
      localEntry('deleted', null, 1),
      localEntry('kept', '1', 1),
    ])
    await store.commit(forgotten, [localEntry('k', '1', 1)])
    vi.setSystemTime(START + 40 * DAY_MS)
    await using queue = new WriteBehind(store)
    queue.link(current, noNews)
    await vi.advanceTimersByTimeAsync(80_000)
    const held = await store.load(mixed)
    expect(held.entries.map(({ id }) => id.split('\n').at(-1)).sort()).toEqual(['kept', 'long'])
    // Nothing is left to be dropped: the session whose time was up is gone too.
    expect(await store.purge()).toEqual({ sessions: 0, entries: 0 })
  })

  it('is not waited for longer than two seconds by one that ends while a purge is under way, and says nothing afterwards', async () => {
    const { store, purge } = await countedStore()
    const purged = Promise.withResolvers<{ sessions: number; entries: number }>()
    purge.mockReturnValue(purged.promise)
    const reports: unknown[] = []
    const queue = new WriteBehind(store, { onPurged: (report) => reports.push(report) })
    queue.link(someSession(), noNews)
    await vi.advanceTimersByTimeAsync(80_000)
    expect(purge).toHaveBeenCalledTimes(1)
    const closed = vi.fn()
    const closing = queue.close().then(closed)
    await vi.advanceTimersByTimeAsync(1_900)
    expect(closed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(200)
    expect(closed).toHaveBeenCalled()
    await closing
    purged.resolve({ sessions: 1, entries: 1 })
    await vi.advanceTimersByTimeAsync(1)
    expect(reports).toEqual([])
  })

  it('purges once an hour, a quarter more or less, from the first session to the end', async () => {
    const { store, purge } = await countedStore()
    const queue = new WriteBehind(store)
    await vi.advanceTimersByTimeAsync(5 * HOUR_MS)
    expect(purge).not.toHaveBeenCalled()
    queue.link(someSession(), noNews)
    await vi.advanceTimersByTimeAsync(10 * HOUR_MS)
    expect(purge.mock.calls.length).toBeGreaterThanOrEqual(8)
    expect(purge.mock.calls.length).toBeLessThanOrEqual(14)
    const calls = purge.mock.calls.length
    await queue.close()
    await vi.advanceTimersByTimeAsync(10 * HOUR_MS)
    expect(purge).toHaveBeenCalledTimes(calls)
  })

  it('does it in one of the processes that share a store', async () => {
    const { store, purge } = await countedStore()
    const queues = Array.from({ length: 20 }, () => new WriteBehind(store))
    for (const queue of queues) queue.link(someSession(), noNews)
    await vi.advanceTimersByTimeAsync(80_000)
    expect(purge).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10 * HOUR_MS)
    expect(purge.mock.calls.length).toBeLessThanOrEqual(21)
    for await (const info of store.list()) throw new Error(`a session was made: ${info.session.id}`)
    await Promise.all(queues.map((queue) => queue.close()))
  })

  it('leaves a purge that fails to the next time', async () => {
    const { store, purge } = await countedStore()
    purge.mockRejectedValue(new Error('away'))
    await using queue = new WriteBehind(store)
    queue.link(someSession(), noNews)
    await vi.advanceTimersByTimeAsync(3 * HOUR_MS)
    expect(purge.mock.calls.length).toBeGreaterThanOrEqual(2)
  })
})
