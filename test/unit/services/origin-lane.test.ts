import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { originLimitsSchema, windowsOf } from '../../../src/services/limits/limit-plan.ts'
import { OriginLane } from '../../../src/services/limits/origin-lane.ts'
import { OriginLimits } from '../../../src/services/limits/origin-limits.ts'
import { eventually } from '../../support/eventually.ts'

const ORIGIN = 'https://shop.example'
const forever = () => new AbortController().signal

/** Locks as a store has them, whose time the test moves. */
function aStore() {
  const held = new Map<string, number>()
  let isUp = true
  const store = {
    async acquireLock(_session: unknown, purpose: string, ttlMs: number) {
      if (!isUp) throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'away')
      if ((held.get(purpose) ?? 0) > performance.now()) return null
      held.set(purpose, performance.now() + ttlMs)
      return { extend: async () => true, release: async () => void held.delete(purpose) }
    },
  } as never
  return { shared: { store, isUp: () => isUp }, held, goAway: () => (isUp = false) }
}

/** Work that ends when the test says so. */
function jobs(...lanes: OriginLane[]) {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const run = (name: string, session = 'a', signal = forever(), lane = lanes[0] as OriginLane) =>
    lane.run(session, signal, () => {
      begun.push(name)
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
    })
  return { begun, run, end: (name: string) => ends.get(name)?.() }
}
const until = (begun: readonly string[], count: number) => eventually(() => expect(begun.length).toBe(count))

describe('a limit of requests at once', () => {
  it('holds the others until one has ended, failed ones too', async () => {
    const lane = new OriginLane(ORIGIN, { concurrency: 2, shared: false }, undefined)
    const { begun, run, end } = jobs(lane)
    const all = ['1', '2', '3'].map((name) => run(name))
    const failing = lane.run('a', forever(), () => Promise.reject(new TypeError('no')))
    const after = run('5')
    await until(begun, 2)
    end('1')
    await until(begun, 3)
    end('2')
    await expect(failing).rejects.toThrow('no')
    await until(begun, 4)
    end('3')
    end('5')
    expect(await Promise.all(all)).toEqual(['1', '2', '3'])
    expect(await after).toBe('5')
    expect(lane.isIdle).toBe(true)
  })

  it('lets each session have its own in its order, however many another one has', async () => {
    const lane = new OriginLane(ORIGIN, { concurrency: 1, shared: false }, undefined)
    const { begun, run, end } = jobs(lane)
    for (const name of ['a0', 'a1', 'a2', 'a3', 'a4']) void run(name, 'a')
    for (const name of ['b0', 'b1']) void run(name, 'b')
    for (let count = 1; count <= 7; count++) {
      await until(begun, count)
      end(begun.at(-1) as string)
    }
    expect(begun.indexOf('b0')).toBeLessThan(3)
    expect(begun.indexOf('b1')).toBeLessThan(5)
    expect(begun.filter((name) => name.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4'])
  })

  it('lets go of what does not wait any more, and of that alone', async () => {
    const lane = new OriginLane(ORIGIN, { concurrency: 1, shared: false }, undefined)
    const { begun, run, end } = jobs(lane)
    const abort = new AbortController()
    const first = run('1', 'a', abort.signal)
    await until(begun, 1)
    const second = run('2', 'a', abort.signal)
    const third = run('3')
    abort.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    // What is being sent has to look at the signal by itself.
    expect(begun).toEqual(['1'])
    end('1')
    expect(await first).toBe('1')
    await until(begun, 2)
    end('3')
    expect(await third).toBe('3')
  })
})

describe('a rate', () => {
  it('lets no more begin in any window, however they come', async () => {
    const perMs = 300
    const lane = new OriginLane(ORIGIN, { rate: { requests: 3, perMs }, shared: false }, undefined)
    const starts: number[] = []
    await Promise.all(
      Array.from({ length: 10 }, () =>
        lane.run('a', forever(), async () => void starts.push(performance.now())),
      ),
    )
    // On a busy machine work begins later than it was let through; without the limit all begin at once.
    for (let at = 3; at < starts.length; at++)
      expect((starts[at] as number) - (starts[at - 3] as number)).toBeGreaterThan(perMs / 2)
  })

  it('that is high is kept in shorter windows, which never hold more than asked for', () => {
    expect(windowsOf({ requests: 32, perMs: 1_000 })).toEqual({ requests: 32, perMs: 1_000 })
    for (const requests of [33, 100, 1_000, 9_999]) {
      const windows = windowsOf({ requests, perMs: 60_000 })
      expect(Math.ceil(60_000 / windows.perMs) * windows.requests).toBeLessThanOrEqual(requests)
    }
  })

  it('ends a wait with its signal', async () => {
    const lane = new OriginLane(ORIGIN, { rate: { requests: 1, perMs: 3_600_000 }, shared: false }, undefined)
    await lane.run('a', forever(), async () => {})
    const abort = new AbortController()
    const waiting = lane.run('a', abort.signal, async () => {})
    abort.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
  })
})

describe('limits that are shared', () => {
  it('hold for several processes together, and are given back', async () => {
    const { shared, held } = aStore()
    const lanes = [1, 2].map(() => new OriginLane(ORIGIN, { concurrency: 2, shared: true }, shared))
    const { begun, run, end } = jobs(...lanes)
    const all = ['1', '2', '3', '4'].map((name, at) => run(name, 'a', forever(), lanes[at % 2]))
    await until(begun, 2)
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun).toHaveLength(2)
    for (let count = 2; count <= 4; count++) {
      await until(begun, count)
      end(begun[count - 2] as string)
    }
    end(begun[3] as string)
    await Promise.all(all)
    expect(held.size).toBe(0)
  })

  it('hold a rate together', async () => {
    const { shared } = aStore()
    const perMs = 80
    const lanes = [1, 2, 3].map(
      () => new OriginLane(ORIGIN, { rate: { requests: 2, perMs }, shared: true }, shared),
    )
    const starts: number[] = []
    await Promise.all(
      Array.from({ length: 9 }, (_, at) =>
        (lanes[at % 3] as OriginLane).run('a', forever(), async () => void starts.push(performance.now())),
      ),
    )
    expect((starts.at(-1) as number) - (starts[0] as number)).toBeGreaterThanOrEqual(4 * perMs - 10)
  })

  it('are each process’s own while the store is away', async () => {
    const { shared, goAway } = aStore()
    goAway()
    const lane = new OriginLane(
      ORIGIN,
      { concurrency: 1, rate: { requests: 5, perMs: 10 }, shared: true },
      shared,
    )
    expect(await lane.run('a', forever(), async () => 'sent')).toBe('sent')
  })
})

describe('the limits of origins', () => {
  const store = { store: {}, health: { state: 'up' } } as never
  const plans = (given: object[]) => originLimitsSchema.parse(given)

  it('are those of the entry that names the origin, else of the first that names none', async () => {
    const limits = new OriginLimits(
      plans([{ concurrency: 3 }, { origin: `${ORIGIN}/path?q`, concurrency: 1 }]),
      store,
    )
    const lane = limits.lane(ORIGIN)
    expect(limits.lane(ORIGIN)).toBe(lane)
    expect(limits.lane('https://other.example')).not.toBe(lane)
    expect(
      new OriginLimits(plans([{ origin: ORIGIN, concurrency: 1 }]), store).lane('https://other.example'),
    ).toBe(undefined)
  })

  it('are refused where they say nothing, or nonsense', () => {
    for (const bad of [
      {},
      { concurrency: 0 },
      { rate: { requests: 1 } },
      { origin: 'ftp://a', concurrency: 1 },
    ])
      expect(originLimitsSchema.safeParse([bad]).success).toBe(false)
  })
})
