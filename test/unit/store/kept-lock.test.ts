import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepLock } from '../../../src/store/kept-lock.ts'

const TTL_MS = 10_000

let extensions: number
let released: number
let extend: () => Promise<boolean>

beforeEach(() => {
  extensions = 0
  released = 0
  extend = async () => true
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

async function held() {
  const lock = await keepLock(
    async () => ({
      session: { tenant: 't', id: 's' },
      purpose: 'test',
      fence: 1,
      extend: () => {
        extensions++
        return extend()
      },
      release: async () => {
        released++
      },
    }),
    TTL_MS,
  )
  if (!lock) throw new Error('nobody else has it')
  return lock
}

describe('a lock that is kept', () => {
  it('is extended well within its time, and nobody has to be asked whether it holds', async () => {
    const lock = await held()
    await vi.advanceTimersByTimeAsync(3 * TTL_MS)
    const asked = extensions
    expect(asked).toBeGreaterThanOrEqual(9)
    expect(await lock.holds()).toBe(true)
    expect(extensions).toBe(asked)
  })

  it('is extended no more once it is given back', async () => {
    const lock = await held()
    await lock.release()
    await vi.advanceTimersByTimeAsync(3 * TTL_MS)
    expect([extensions, released]).toEqual([0, 1])
  })

  it('is asked for after a stop that was longer than it lasts', async () => {
    const lock = await held()
    lock.stop()
    await vi.advanceTimersByTimeAsync(TTL_MS)
    expect(await lock.holds(), 'nobody else has acquired it').toBe(true)
    expect(extensions).toBe(1)
    extend = async () => false
    await vi.advanceTimersByTimeAsync(TTL_MS)
    expect(await lock.holds()).toBe(false)
    await lock.lost
  })

  it('holds while the store is away, until its time is over', async () => {
    const lock = await held()
    extend = () => Promise.reject(new Error('away'))
    await vi.advanceTimersByTimeAsync(TTL_MS - 1)
    expect(await lock.holds()).toBe(true)
    await vi.advanceTimersByTimeAsync(1)
    expect(await lock.holds()).toBe(false)
    extend = async () => true
    expect(await lock.holds(), 'nobody acquired it, and the store is back').toBe(true)
  })
})

it('is not had while somebody else holds it', async () => {
  expect(await keepLock(async () => null, TTL_MS)).toBeNull()
})
