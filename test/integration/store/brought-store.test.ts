import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { MemoryBackend, MemorySpace } from '../../../src/store/memory-backend.ts'
import type { StoreContext, StoreProvider } from '../../../src/store-kit/index.ts'

const run = promisify(execFile)

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
      async open({ limits, clock, timeoutMs, keyPrefix }: StoreContext) {
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

  it('is named on the command line by its module', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onejar-brought-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const source = new URL('../../../src/store/', import.meta.url)
    const path = join(folder, 'store.mjs')
    // Rows in SQLite, so that several processes see the same.
    writeFileSync(
      path,
      `import { SqliteBackend } from '${new URL('sqlite/sqlite-backend.ts', source).href}'
const options = { timeoutMs: 5000, durability: 'process', maxFileBytes: null }
export default {
  open: ({ limits, clock }) => SqliteBackend.open(${JSON.stringify(join(folder, 'rows.db'))}, options, limits, clock),
}
`,
    )
    const keys = Buffer.alloc(32, 7).toString('base64')
    const broker = await openBroker({ store: `module:${path}`, keys })
    const session = await broker.session('alice')
    session.cookies.set('sid=1; Path=/; Secure; Max-Age=3600', 'https://shop.example/')
    await broker.close()
    const onejar = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))
    const env = { ...process.env, ONEJAR_KEYS: keys, ONEJAR_HOME: folder }
    const ls = await run(process.execPath, [onejar, 'sessions', 'ls', '--store', 'module:store.mjs'], {
      env,
      cwd: folder,
    })
    expect(ls.stdout).toContain('alice')
    for (const [text, why] of [
      ['export const open = 1', 'default export'],
      ['syntax error', 'cannot be loaded'],
    ] as const) {
      const bad = join(folder, `${why.slice(0, 3)}.mjs`)
      writeFileSync(bad, text)
      const refused = openBroker({ store: `module:${bad}`, keys })
      await expect(refused).rejects.toMatchObject({
        code: 'ONEJAR_BAD_OPTIONS',
        message: expect.stringContaining(why),
      })
    }
  })
})
