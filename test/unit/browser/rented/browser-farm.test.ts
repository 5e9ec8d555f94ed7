import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BrowserOptions, OpenedBrowser } from '../../../../src/browser/index.ts'
import type { LiveBrowser } from '../../../../src/browser/live-browser.ts'
import { BrowserFarm } from '../../../../src/browser/rented/browser-farm.ts'
import { UserCode } from '../../../../src/core/index.ts'
import { errorOf } from '../../../support/broker.ts'

/** A browser that answers until it is killed. */
class FakeBrowser extends EventEmitter {
  readonly address: string
  connected = true

  constructor(address: string) {
    super()
    this.address = address
  }

  isConnected() {
    return this.connected
  }

  async newBrowserCDPSession() {
    return Object.assign(new EventEmitter(), {
      send: async () => {
        if (!this.connected) throw new Error('gone')
        return {}
      },
      detach: async () => {},
    })
  }

  async close() {
    this.kill()
  }

  kill() {
    if (!this.connected) return
    this.connected = false
    this.emit('disconnected')
  }
}

/** A binding as far as a farm looks at one. */
class FakeContext {
  readonly #live: LiveBrowser
  idle = true
  opened = 0
  heaviestBytes = 0

  constructor(live: LiveBrowser) {
    this.#live = live
    live.bindings.add(this as never)
  }

  async close() {
    this.#live.bindings.delete(this as never)
  }
}

/** Who rents out, and what became of each browser. */
class FakeRental {
  readonly browsers: FakeBrowser[] = []
  readonly releases: number[] = []
  calls = 0
  peak = 0
  /** What a call does instead; undefined to hand out a browser. */
  instead: ((at: number, signal: AbortSignal) => unknown) | undefined
  /** Addresses that cannot be connected to. */
  readonly dead = new Set<string>()
  release: (at: number) => unknown = () => {}

  readonly lease = (at: number) => {
    this.releases[at] ??= 0
    return {
      url: `ws://farm.example/${at}?token=secret`,
      release: () => {
        this.releases[at] = (this.releases[at] ?? 0) + 1
        return this.release(at)
      },
    }
  }

  readonly endpoint = async ({ signal }: { signal: AbortSignal }) => {
    const at = this.calls++
    const other = this.instead?.(at, signal)
    if (other !== undefined) return other as never
    const lease = this.lease(at)
    this.peak = Math.max(this.peak, this.releases.filter((times) => times === 0).length)
    return lease
  }

  readonly open = async ({ cdpEndpoint = '' }: BrowserOptions): Promise<OpenedBrowser> => {
    const address = new URL(cdpEndpoint).pathname
    if (this.dead.has(address)) throw new Error('not reached')
    const browser = new FakeBrowser(address)
    this.browsers.push(browser)
    return { browser: browser as never, shared: true, abandon: () => browser.kill() }
  }
}

const told: string[] = []
const farms: BrowserFarm[] = []
function farmOf(rental: FakeRental, options: BrowserOptions = {}): BrowserFarm {
  const farm = new BrowserFarm({
    options: { ...options, endpoint: rental.endpoint },
    open: rental.open,
    headerOrigins: [],
    userCode: new UserCode((callback) => told.push(callback)),
    onLacking: () => {},
    onFailed: (error) => told.push(String((error as Error).message)),
    random: { next: () => 0.5 },
  })
  farms.push(farm)
  return farm
}

const contextIn = async (live: LiveBrowser) => new FakeContext(live)
const addressOf = (live: LiveBrowser) => (live.browser as unknown as FakeBrowser).address

beforeEach(() => {
  vi.useFakeTimers()
  told.length = 0
})
afterEach(async () => {
  const closing = Promise.all(farms.splice(0).map((farm) => farm.close()))
  await vi.advanceTimersByTimeAsync(60_000)
  await closing
  vi.useRealTimers()
})

describe('browsers that are rented', () => {
  it('are never more than the cap, and have as many contexts each', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental, { maxEndpoints: 3 })
    await Promise.all(Array.from({ length: 9 }, () => farm.use(contextIn)))
    const contexts = await Promise.all(
      Array.from({ length: 3 }, () => farm.use(async (live) => live.bindings.size)),
    )
    expect([rental.calls, rental.peak]).toEqual([3, 3])
    expect(contexts).toEqual([3, 3, 3])
  })

  it('is one at a time unless something else is said', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental)
    await Promise.all(Array.from({ length: 4 }, () => farm.use(contextIn)))
    expect(rental.calls).toBe(1)
  })

  it('are given back once each when all is closed', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental, { maxEndpoints: 2 })
    await Promise.all([farm.use(contextIn), farm.use(contextIn)])
    await Promise.all([farm.close(), farm.close()])
    expect(rental.releases).toEqual([1, 1])
    expect((await errorOf(farm.use(contextIn))).code).toBe('ONEJAR_CLOSED')
  })

  it('is given back once where it dies, and not used again; its work is done in another one', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental, { maxEndpoints: 2 })
    const seen: string[] = []
    const working = farm.use(async (live) => {
      seen.push(addressOf(live))
      if (seen.length > 1) return 'done'
      rental.browsers[0]?.kill()
      throw new Error('gone in the middle')
    })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await working).toBe('done')
    expect(seen).toEqual(['/0', '/1'])
    expect(rental.releases).toEqual([1, 0])
  })

  it('is not blamed for what fails in a browser that answers', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental)
    const failing = farm.use(async () => {
      throw new TypeError('of the caller')
    })
    await expect(failing).rejects.toThrow('of the caller')
    expect([rental.calls, ...rental.releases]).toEqual([1, 0])
  })

  it('is another one where one cannot be reached', async () => {
    const rental = new FakeRental()
    rental.dead.add('/0')
    const using = farmOf(rental).use(async (live) => addressOf(live))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await using).toBe('/1')
    expect(rental.releases).toEqual([1, 0])
  })

  it('keeps its place until it was given back: a slow release() delays the next one', async () => {
    const rental = new FakeRental()
    const released = Promise.withResolvers<void>()
    rental.release = (at) => (at === 0 ? released.promise : undefined)
    const farm = farmOf(rental)
    await farm.use(contextIn)
    rental.browsers[0]?.kill()
    const next = farm.use(async (live) => addressOf(live))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(rental.calls).toBe(1)
    released.resolve()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await next).toBe('/1')
  })

  it('is given back when it had no page open for a while, and another one is rented when there is need', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental, { endpointIdleMs: 10_000 })
    const context = await farm.use(contextIn)
    context.idle = false
    await vi.advanceTimersByTimeAsync(30_000)
    expect(rental.releases).toEqual([0])
    context.idle = true
    await vi.advanceTimersByTimeAsync(30_000)
    expect(rental.releases).toEqual([1])
    expect(farm.running).toBe(false)
    expect(await farm.use(async (live) => addressOf(live))).toBe('/1')
  })

  it('is kept where pages were opened and closed between two looks', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental, { endpointIdleMs: 10_000 })
    const context = await farm.use(contextIn)
    for (let n = 0; n < 10; n++) {
      context.opened++
      await vi.advanceTimersByTimeAsync(5_000)
    }
    expect(rental.releases).toEqual([0])
  })

  it('tells once of a release() that throws', async () => {
    const rental = new FakeRental()
    rental.release = () => {
      throw new Error('of the user')
    }
    const farm = farmOf(rental, { maxEndpoints: 2 })
    await Promise.all([farm.use(contextIn), farm.use(contextIn)])
    await farm.close()
    expect(rental.releases).toEqual([1, 1])
    expect(told).toEqual(['browser.endpoint release'])
  })
})

describe('endpoint()', () => {
  it('is called after longer and longer pauses while it fails, and whoever would have to wait long is told', async () => {
    const rental = new FakeRental()
    rental.instead = () => Promise.reject(new Error('no browser is free'))
    const farm = farmOf(rental)
    const at: number[] = []
    const instead = rental.instead
    rental.instead = (...call) => {
      at.push(performance.now())
      return instead(...call)
    }
    const first = errorOf(farm.use(contextIn))
    await vi.advanceTimersByTimeAsync(5_000)
    const error = await first
    expect(error.code).toBe('ONEJAR_BROWSER_FAILED')
    expect(String((error.cause as Error).cause)).toContain('no browser is free')
    const pauses = at.slice(1).map((time, n) => time - (at[n] as number))
    expect(pauses).toEqual([250, 500, 1_000])
    for (let n = 0; n < 3; n++) {
      const next = errorOf(farm.use(contextIn))
      await vi.advanceTimersByTimeAsync(20_000)
      await next
    }
    const told = await errorOf(Promise.race([farm.use(contextIn), vi.advanceTimersByTimeAsync(0)]))
    expect(told.retryAfterMs).toBeGreaterThan(5_000)
  })

  it('is called soon again after a browser that did its work', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental)
    for (let n = 0; n < 8; n++) {
      const using = farm.use(contextIn)
      await vi.advanceTimersByTimeAsync(1_000)
      ;(await using).heaviestBytes = 1
      rental.browsers[n]?.kill()
    }
    expect(rental.calls).toBe(8)
  })

  it('is called after longer and longer pauses where its browsers die before they did any work', async () => {
    const rental = new FakeRental()
    const farm = farmOf(rental)
    await farm.use(contextIn)
    const pauses: number[] = []
    for (let n = 0; n < 4; n++) {
      rental.browsers[n]?.kill()
      const killedAt = performance.now()
      const using = farm.use(async () => performance.now() - killedAt)
      await vi.advanceTimersByTimeAsync(5_000)
      pauses.push(await using)
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000])
  })

  it('is refused at once what is no lease, which is given back where that is possible', async () => {
    const rental = new FakeRental()
    rental.instead = (at) => ({ ...rental.lease(at), url: undefined })
    const farm = farmOf(rental)
    expect((await errorOf(farm.use(contextIn))).code).toBe('ONEJAR_BAD_OPTIONS')
    expect((await errorOf(farm.use(contextIn))).code).toBe('ONEJAR_BAD_OPTIONS')
    expect([rental.calls, ...rental.releases]).toEqual([1, 1])
  })

  it('that hangs holds up nobody longer than they say, and its place is kept', async () => {
    const rental = new FakeRental()
    const answer = Promise.withResolvers<unknown>()
    let given: AbortSignal | undefined
    rental.instead = (_, signal) => {
      given = signal
      return answer.promise
    }
    const farm = farmOf(rental, { launchTimeoutMs: 20_000 })
    const ending = new AbortController()
    const mine = farm.use(contextIn, ending.signal)
    mine.catch(() => {})
    ending.abort(new Error('given up'))
    await expect(mine).rejects.toThrow('given up')
    const other = errorOf(farm.use(contextIn))
    await vi.advanceTimersByTimeAsync(20_000)
    expect((await other).code).toBe('ONEJAR_BROWSER_FAILED')
    expect([given?.aborted, rental.calls]).toEqual([true, 1])
    // It comes after all: nobody waits for it any more.
    answer.resolve(rental.lease(0))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(rental.releases).toEqual([1])
    rental.instead = undefined
    expect(await farm.use(async (live) => addressOf(live))).toBe('/1')
  })

  it('that resolves after everything was closed has its browser given back, once', async () => {
    const rental = new FakeRental()
    const answer = Promise.withResolvers<unknown>()
    rental.instead = () => answer.promise
    const farm = farmOf(rental)
    const waiting = errorOf(farm.use(contextIn))
    const closing = farm.close()
    await vi.advanceTimersByTimeAsync(5_000)
    await closing
    expect((await waiting).code).toBe('ONEJAR_CLOSED')
    answer.resolve(rental.lease(0))
    await vi.advanceTimersByTimeAsync(0)
    expect(rental.releases).toEqual([1])
  })

  it('that fails while another browser is there takes nothing from those who can use that', async () => {
    const rental = new FakeRental()
    rental.instead = (at) => (at === 0 ? undefined : Promise.reject(new Error('no more')))
    const farm = farmOf(rental, { maxEndpoints: 3 })
    await farm.use(contextIn)
    expect(await farm.use(async (live) => addressOf(live))).toBe('/0')
    expect(rental.calls).toBe(2)
  })
})
