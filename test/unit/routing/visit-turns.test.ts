import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { type SharedStore, VisitTurns } from '../../../src/routing/visits/visit-turns.ts'
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
function turns(closing = new AbortController().signal, more: Partial<SharedStore> = {}) {
  const shared: SharedStore = {
    acquireLock: (purpose, ttlMs) => store.acquireLock(SESSION, purpose, ttlMs),
    subscribe: (onNews) => store.subscribe(SESSION, onNews),
    catchUp: async () => {
      caughtUp++
    },
    flush: async () => {
      flushed++
    },
    ...more,
  }
  return new VisitTurns(shared, closing)
}
/** The time passes, on both clocks. */
const pass = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(0)
  for (const end = now + ms; now < end; ) {
    now += 500
    await vi.advanceTimersByTimeAsync(500)
  }
}

describe('a turn', () => {
  it('is had at once when nobody visits, with what others wrote before, and ends with what this process wrote', async () => {
    const turn = await turns().take(ORIGIN)
    expect([caughtUp, flushed]).toEqual([1, 0])
    expect(await turn.holds()).toBe(true)
    await turn.end()
    expect([caughtUp, flushed]).toEqual([1, 1])
  })

  it('of another process is waited for; other origins are free', async () => {
    const first = await turns().take(ORIGIN)
    let second = false
    const waiting = turns()
      .take(ORIGIN)
      .then((turn) => {
        second = true
        return turn
      })
    await (await turns().take('https://other.example')).end()
    await pass(60_000)
    expect(second).toBe(false)
    await first.end()
    await pass(1_000)
    expect(await (await waiting).holds()).toBe(true)
  })

  it('is kept up as long as it lasts', async () => {
    const turn = await turns().take(ORIGIN)
    await pass(5 * 60_000)
    expect(await turn.holds()).toBe(true)
    expect(await store.acquireLock(SESSION, `visit ${ORIGIN}`, 1_000)).toBeNull()
  })

  it('of a process that died is given to the next after ten seconds', async () => {
    const dead = await store.acquireLock(SESSION, `visit ${ORIGIN}`, 10_000)
    expect(dead).not.toBeNull()
    const waiting = turns().take(ORIGIN)
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
    const late = await turns(undefined, { acquireLock }).take(ORIGIN)
    let lost = false
    late.lost.then(() => {
      lost = true
    })
    const waiting = turns().take(ORIGIN)
    await pass(11_000)
    const next = await waiting
    expect(await late.holds()).toBe(false)
    stopped = false
    expect(await late.holds()).toBe(false)
    await pass(0)
    expect(lost).toBe(true)
    await late.end()
    expect(await next.holds()).toBe(true)
  })

  it('is not waited for when the session is closed', async () => {
    const closing = new AbortController()
    await turns().take(ORIGIN)
    const waiting = turns(closing.signal).take(ORIGIN)
    const outcome = expect(waiting).rejects.toThrow('closed')
    await pass(0)
    closing.abort(new Error('closed'))
    await outcome
  })

  it('is had without a lock while the store is away', async () => {
    const alone = turns(undefined, { acquireLock: () => Promise.reject(away()) })
    const [one, two] = [await alone.take(ORIGIN), await alone.take(ORIGIN)]
    expect([await one.holds(), await two.holds()]).toEqual([true, true])
    await Promise.all([one.end(), two.end()])
    const broken = turns(undefined, { acquireLock: () => Promise.reject(new Error('a defect')) })
    await expect(broken.take(ORIGIN)).rejects.toThrow('a defect')
  })
})

function away(): OnejarError {
  return new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store is away')
}
