import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openStore } from '../../../src/store/index.ts'
import { memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const HOUR = 3_600_000
const JUMPS: readonly [string, number][] = [
  ['back', -HOUR],
  ['forward', HOUR],
]

/** Sets the clock of this process. */
function setClock(byMs: number): void {
  const real = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => real() + byMs)
}
afterEach(() => vi.restoreAllMocks())

describe('a clock that is set while somebody waits', () => {
  it.each(JUMPS)('keeps a Retry-After of a second, %s', async (_, jump) => {
    const asked: number[] = []
    await using server = await startHttpServer((_request, response) => {
      asked.push(performance.now())
      if (asked.length === 1) response.writeHead(429, { 'retry-after': '1' })
      response.end()
    })
    await using broker = await memoryBroker()
    const session = await broker.session('a', { retry: false })
    expect((await session.fetch(server.origin)).status).toBe(429)
    setClock(jump)
    expect((await session.fetch(server.origin, { timeoutMs: 30_000 })).status).toBe(200)
    const [first = 0, second = 0] = asked
    expect(second - first).toBeGreaterThan(950)
  })

  it.each(JUMPS)('keeps a Crawl-delay of a second, %s', async (_, jump) => {
    const asked: number[] = []
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/robots.txt') response.end('User-agent: *\nCrawl-delay: 1\n')
      else {
        asked.push(performance.now())
        response.end()
      }
    })
    await using broker = await memoryBroker({ robots: {} })
    const session = await broker.session('a')
    await (await session.fetch(server.origin)).text()
    setClock(jump)
    await (await session.fetch(server.origin, { timeoutMs: 30_000 })).text()
    const [first = 0, second = 0] = asked
    expect(second - first).toBeGreaterThan(950)
  })

  it.each(['memory', 'sqlite'])(
    'keeps no lock of a process that died for longer than it was taken: %s',
    async (kind) => {
      using folder = temporaryFolder()
      let now = 1_800_000_000_000
      const target = kind === 'memory' ? 'memory' : join(folder.path, 'store.db')
      await using store = await openStore(
        { target, keys: randomBytes(32).toString('base64') },
        { clock: { now: () => now } },
      )
      const session = { tenant: 't', id: 's' }
      const dead = await store.acquireLock(session, 'work', 1_000)
      expect(await dead?.extend(1_000)).toBe(true)
      now -= HOUR
      expect(await store.acquireLock(session, 'work', 1_000)).toBeNull()
      now += 1_001
      const next = await store.acquireLock(session, 'work', 1_000)
      expect([await dead?.extend(1_000), await next?.extend(1_000)]).toEqual([false, true])
    },
  )
})
