import { describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { MemoryBackend, MemorySpace } from '../../../src/store/memory-backend.ts'
import type { StoreProvider } from '../../../src/store-kit/index.ts'
import * as kit from '../../../src/store-kit/index.ts'

/** A provider over a memory of its own, and what its backends do differently. */
function brought(change: (backend: MemoryBackend) => void = () => {}): StoreProvider {
  const space = new MemorySpace()
  return {
    async open({ limits, clock }) {
      const backend = new MemoryBackend(space, limits, clock)
      change(backend)
      return backend
    },
  }
}

/** The names of the cases that a store does not pass. */
async function failing(change: (backend: MemoryBackend) => void): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of kit.storeCases(async () => ({ store: brought(change) }))) {
    await run().catch(() => failed.push(name))
  }
  return failed
}

describe('the kit for stores', () => {
  it('passes a store that is right', async () => {
    expect(await failing(() => {})).toEqual([])
  })

  it.each<[string, string, (backend: MemoryBackend) => void]>([
    [
      'forgets the order of stamps',
      'keeps the later stamp, whichever comes first',
      (backend) => {
        const commit = backend.commit.bind(backend)
        backend.commit = (name, plan) =>
          commit(name, { ...plan, rows: plan.rows.map((row) => ({ ...row, time: 1, writer: 'w' })) })
      },
    ],
    [
      'does not number its changes',
      'tells what has changed since a version, and only that',
      (backend) => {
        const read = backend.read.bind(backend)
        backend.read = (name) => read(name, '')
      },
    ],
    [
      'gives a lock to everybody',
      'lets exactly one of many at once have a lock',
      (backend) => {
        backend.acquireLock = async () => ({ fence: 1, token: 't' })
      },
    ],
    [
      'keeps what is removed',
      'removes a session, and tells those who have it loaded',
      (backend) => {
        backend.remove = async () => true
      },
    ],
  ])(
    'fails one that %s',
    async (_what, name, change) => {
      expect(await failing(change)).toContain(name)
    },
    60_000,
  )

  it('registers its cases with a test runner', async () => {
    const heard: string[] = []
    kit.storeKit({
      name: 'mine',
      open: async () => ({ store: brought() }),
      describe: (name, suite) => {
        heard.push(name)
        suite()
      },
      it: (name) => heard.push(name),
    })
    expect(heard[0]).toBe('the store kit: mine')
    expect(heard).toHaveLength(kit.storeCases(async () => ({ store: brought() })).length + 1)
  })
})

describe('a store that is brought along', () => {
  it('keeps the sessions of a broker, sealed', async () => {
    const bodies: string[] = []
    const provider = brought((backend) => {
      const commit = backend.commit.bind(backend)
      backend.commit = (name, plan) => {
        bodies.push(name, ...plan.rows.map(({ body }) => Buffer.from(body).toString('latin1')))
        return commit(name, plan)
      }
    })
    const keys = Buffer.alloc(32, 7).toString('base64')
    for (const expected of ['', 'sid=canary']) {
      const broker = await openBroker({ store: provider, keys })
      const session = await broker.session('alice')
      expect(session.cookies.header('https://shop.example/')).toBe(expected)
      session.cookies.set('sid=canary; Path=/; Secure; Max-Age=3600', 'https://shop.example/')
      await broker.close()
    }
    expect(bodies.length).toBeGreaterThan(1)
    expect(bodies.join()).not.toMatch(/canary|alice/)
  })

  it('is an instance of a class, or one among the options of a store', async () => {
    class Mine {
      readonly #space = new MemorySpace()
      async open({ limits, clock, timeoutMs, keyPrefix }: kit.StoreContext) {
        expect({ timeoutMs, keyPrefix }).toEqual({ timeoutMs: 700, keyPrefix: 'shop' })
        return new MemoryBackend(this.#space, limits, clock)
      }
    }
    const store = { target: new Mine(), encryption: 'off' as const, timeoutMs: 700, keyPrefix: 'shop' }
    const broker = await openBroker({ store })
    await broker.close()
    const plain = await openBroker({ store: brought(), keys: Buffer.alloc(32, 7).toString('base64') })
    await plain.close()
  })

  it('is refused when it is none, and a slip in the options of a store is still told', async () => {
    await expect(openBroker({ store: 5 as never })).rejects.toThrow(/open\(\)/)
    await expect(openBroker({ store: { taget: 'memory' } as never })).rejects.toThrow(/nearest is target/)
  })

  it('fails with a typed error, whatever it fails with', async () => {
    const failure = Object.assign(new Error('table is gone'), { code: 'E42' })
    const broken: StoreProvider = { open: () => Promise.reject(failure) }
    const keys = Buffer.alloc(32, 7).toString('base64')
    await expect(openBroker({ store: broken, keys })).rejects.toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
      cause: failure,
    })
    const later = brought((backend) => {
      backend.read = () => Promise.reject(failure)
      // biome-ignore lint/correctness/useYield: it fails before it has anything to give
      backend.list = async function* () {
        throw failure
      }
    })
    const broker = await openBroker({ store: later, keys })
    const listed = broker.list()[Symbol.asyncIterator]().next()
    await expect(listed).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE', cause: failure })
    await broker.close()
  })
})
