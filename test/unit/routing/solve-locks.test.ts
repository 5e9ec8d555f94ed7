import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { type SharedStore, SolveLocks } from '../../../src/routing/solving/solve-locks.ts'
import { openStore, type Store } from '../../../src/store/index.ts'

const SESSION = { tenant: 't', id: 's' }
const ORIGIN = 'https://shop.example'

let store: Store
let now: number
let caughtUp: number
let flushed: number
beforeEach(async () => {
  now = 1_764_000_000_000
  caughtUp = 0
  flushed = 0
  store = await openStore({ target: 'memory' }, { clock: { now: () => now } })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(async () => {
  vi.useRealTimers()
  await store.close()
})

/** One process. */
function locks(closing = new AbortController().signal, more: Partial<SharedStore> = {}) {
  const shared: SharedStore = {
    acquireLock: (purpose, ttlMs) => store.acquireLock(SESSION, purpose, ttlMs),
    subscribe: (onChange) => store.subscribe(SESSION, onChange),
    catchUp: async () => {
      caughtUp++
    },
    flush: async () => {
      flushed++
    },
    ...more,
  }
  return new SolveLocks(shared, closing)
}
/** The time passes, on both clocks. */
const pass = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(0)
  for (const end = now + ms; now < end; ) {
    now += 500
    await vi.advanceTimersByTimeAsync(500)
  }
}

describe('a lock', () => {
  it('is had at once when nobody visits, with what others wrote before, and ends with what this process wrote', async () => {
    const lock = await locks().acquire(ORIGIN)
    expect([caughtUp, flushed]).toEqual([1, 0])
    expect(await lock.holds()).toBe(true)
    await lock.release()
    expect([caughtUp, flushed]).toEqual([1, 1])
  })

  it('of another process is waited for; other origins are free', async () => {
    const first = await locks().acquire(ORIGIN)
    let second = false
    const waiting = locks()
      .acquire(ORIGIN)
      .then((lock) => {
        second = true
        return lock
      })
    await (await locks().acquire('https://other.example')).release()
    await pass(60_000)
    expect(second).toBe(false)
    await first.release()
    await pass(1_000)
    expect(await (await waiting).holds()).toBe(true)
  })

  it('is kept up as long as it lasts', async () => {
    const lock = await locks().acquire(ORIGIN)
    await pass(5 * 60_000)
    expect(await lock.holds()).toBe(true)
    expect(await store.acquireLock(SESSION, `visit ${ORIGIN}`, 1_000)).toBeNull()
  })

  it('of a process that died is given to the next after ten seconds', async () => {
    const dead = await store.acquireLock(SESSION, `visit ${ORIGIN}`, 10_000)
    expect(await dead?.extend(10_000)).toBe(true)
    const waiting = locks().acquire(ORIGIN)
    await pass(11_000)
    expect(await (await waiting).holds()).toBe(true)
  })

  it('of a process that was stopped for long is lost, and it knows before it writes', async () => {
    let stopped = true
    const acquireLock: SharedStore['acquireLock'] = async (purpose, ttlMs) => {
      const lock = await store.acquireLock(SESSION, purpose, ttlMs)
      const extend = (ms: number) =>
        stopped ? Promise.reject(away()) : (lock?.extend(ms) ?? Promise.resolve(false))
      return lock && { ...lock, extend }
    }
    const late = await locks(undefined, { acquireLock }).acquire(ORIGIN)
    let lost = false
    late.lost.then(() => {
      lost = true
    })
    const waiting = locks().acquire(ORIGIN)
    await pass(11_000)
    const next = await waiting
    expect(await late.holds()).toBe(false)
    stopped = false
    expect(await late.holds()).toBe(false)
    await pass(0)
    expect(lost).toBe(true)
    await late.release()
    expect(await next.holds()).toBe(true)
  })

  it('is not waited for when the session is closed', async () => {
    const closing = new AbortController()
    await locks().acquire(ORIGIN)
    const waiting = locks(closing.signal).acquire(ORIGIN)
    const outcome = expect(waiting).rejects.toThrow('closed')
    await pass(0)
    closing.abort(new Error('closed'))
    await outcome
  })

  it('is had without a lock while the store is away', async () => {
    const alone = locks(undefined, { acquireLock: () => Promise.reject(away()) })
    const [one, two] = [await alone.acquire(ORIGIN), await alone.acquire(ORIGIN)]
    expect([await one.holds(), await two.holds()]).toEqual([true, true])
    await Promise.all([one.release(), two.release()])
    const broken = locks(undefined, { acquireLock: () => Promise.reject(new Error('a defect')) })
    await expect(broken.acquire(ORIGIN)).rejects.toThrow('a defect')
  })
})

function away(): OnejarError {
  return new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store is away')
}
