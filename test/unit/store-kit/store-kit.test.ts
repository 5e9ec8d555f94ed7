import { describe, expect, it } from 'vitest'
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
      'keeps the entry with the later stamp, whichever is written first',
      (backend) => {
        const commit = backend.commit.bind(backend)
        backend.commit = (name, plan) =>
          commit(name, { ...plan, rows: plan.rows.map((row) => ({ ...row, time: 1, writer: 'w' })) })
      },
    ],
    [
      'does not number its changes',
      'returns what has changed since a version, and only that',
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
      'removes a session, and notifies those who have it loaded',
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
