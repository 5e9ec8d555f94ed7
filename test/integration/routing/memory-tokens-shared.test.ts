import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { type MemoryTokenSite, startMemoryTokenSite } from '../../support/memory-token-site.ts'
import { RedisServer } from '../../support/redis-server.ts'

const CHILD = fileURLToPath(new URL('../../support/token-process.ts', import.meta.url))
const KEYS = Buffer.alloc(32, 7).toString('base64url')

let redis: RedisServer
let site: MemoryTokenSite
let folder: ReturnType<typeof temporaryFolder>
let said: string
let ending: Array<() => Promise<unknown>>
beforeEach(async () => {
  redis = await RedisServer.start({ persistent: true, config: { loglevel: 'debug' } })
  site = await startMemoryTokenSite()
  folder = temporaryFolder()
  said = ''
  ending = []
})
afterEach(async () => {
  for (const end of ending.reverse()) await end()
  await site.close()
  await redis.stop()
  folder[Symbol.dispose]()
})

/** Another process of the session: what it answers to a line. */
async function startProcess(share: boolean): Promise<(line: string) => Promise<string>> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--no-warnings', CHILD, redis.url, share ? 'share' : 'own'],
    {
      env: { ...process.env, ONEJAR_HOME: folder.path, ONEJAR_KEYS: KEYS },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`the process has ended: ${said}`)
    said += value
    return value as string
  }
  ending.push(async () => {
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.stdin?.end()
    await closed
  })
  expect(await next()).toBe('ready')
  return (line) => {
    child.stdin?.write(`${line}\n`)
    return next()
  }
}

async function startLoggedIn(share: boolean) {
  const broker = await memoryBroker({ store: { target: redis.url, keys: KEYS }, shareMemoryTokens: share })
  ending.push(() => broker.close())
  const session = await broker.session('shared')
  const page = await session.page()
  await page.goto(`${site.origin}/home`)
  await page.evaluate('shown')
  await page.evaluate('logIn()')
  const get = async (n: number) => (await session.fetch(`${site.origin}/api/${n}`)).status
  expect(await get(0)).toBe(200)
  await page.close()
  await session.flush()
  return (count: number) => Promise.all(Array.from({ length: count }, (_, n) => get(n)))
}

describe('three processes of a session whose token is in the memory of a page', { timeout: 180_000 }, () => {
  it('have it renewed once for 1,000 callers where they may tell each other, and nothing keeps it', async () => {
    site.lifeMs = null
    const client = new Redis(redis.url)
    // See `killed-worker.test.ts`.
    await client.ping()
    const monitor = await client.monitor()
    let commands = ''
    monitor.on('monitor', (_time: string, args: string[]) => {
      commands += args.join(' ')
    })
    ending.push(async () => {
      monitor.disconnect()
      client.disconnect()
    })
    const here = await startLoggedIn(true)
    const others = await Promise.all([startProcess(true), startProcess(true)])
    const crowd = async (count: number) => {
      const asked = others.map((ask) => ask(`${site.origin}/api ${count}`))
      return new Set([...(await here(count)).map(String), ...(await Promise.all(asked))])
    }
    expect(await crowd(1)).toEqual(new Set(['200']))
    expect(site.counts.refreshes).toBe(0)
    site.revoke()
    expect(await crowd(334)).toEqual(new Set(['200']))
    expect(site.counts).toMatchObject({ refreshes: 1, spentTwice: 0 })

    expect(commands).toMatch(/messages/)
    const kept = readdirSync(redis.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(redis.folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path).toString('latin1'))
    expect(kept.length).toBeGreaterThan(0)
    for (const secret of site.secrets)
      for (const text of [commands, said, redis.log, ...kept]) expect(text.includes(secret)).toBe(false)
  })

  it('have a page each where they may not, one after the other: no refresh token is spent twice', async () => {
    const here = await startLoggedIn(false)
    const other = await startProcess(false)
    site.revoke()
    const [mine, theirs] = await Promise.all([here(50), other(`${site.origin}/api 50`)])
    expect([new Set(mine), theirs]).toEqual([new Set([200]), '200'])
    expect(site.counts).toMatchObject({ refreshes: 2, spentTwice: 0 })
  })
})

describe('shareMemoryTokens', () => {
  it('is refused where what is sent would be kept or could be read', async () => {
    const stores = [
      'memory',
      `sqlite:${folder.path}/store.db`,
      { target: redis.url, encryption: 'off' },
    ] as const
    for (const store of stores)
      expect(await errorOf(memoryBroker({ store, shareMemoryTokens: true }))).toMatchObject({
        code: 'ONEJAR_BAD_OPTIONS',
        message: expect.stringContaining('shareMemoryTokens'),
      })
  })
})
