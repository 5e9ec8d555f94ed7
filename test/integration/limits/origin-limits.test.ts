import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { startLimited } from './limited-process.ts'

/** A site that answers when it is told to, or at once, and knows how many wait at most. */
async function aSite(isHeld = false) {
  const waiting: (() => void)[] = []
  const seen = { most: 0, starts: [] as number[] }
  const site = await startHttpServer((_, response) => {
    seen.starts.push(performance.now())
    waiting.push(() => response.end('hello'))
    seen.most = Math.max(seen.most, waiting.length)
    if (!isHeld) setTimeout(() => waiting.shift()?.(), 5)
  })
  return Object.assign(site, { seen, answer: () => waiting.shift()?.() })
}

describe('limits of an origin', () => {
  it('hold for all sessions of a broker together, and for no other origin', async () => {
    await using site = await aSite()
    await using free = await aSite()
    await using broker = await memoryBroker({ originLimits: [{ origin: site.origin, concurrency: 2 }] })
    const sessions = await Promise.all(['a', 'b', 'c'].map((id) => broker.session(id)))
    const ask = (origin: string) =>
      Promise.all(Array.from({ length: 30 }, async (_, i) => (await sessions[i % 3]?.fetch(origin))?.text()))
    expect(new Set((await Promise.all([ask(site.origin), ask(free.origin)])).flat())).toEqual(
      new Set(['hello']),
    )
    expect(site.seen.most).toBe(2)
    expect(free.seen.most).toBeGreaterThan(2)
  })

  it('hold a request within its own time, and its signal ends the wait', async () => {
    await using site = await aSite(true)
    await using broker = await memoryBroker({ originLimits: [{ concurrency: 1 }], retry: false })
    const session = await broker.session('a')
    const first = session.fetch(site.origin)
    while (site.seen.starts.length < 1) await new Promise((resolve) => setImmediate(resolve))
    const abort = new AbortController()
    const late = errorOf(session.fetch(site.origin, { timeoutMs: 50 }))
    const aborted = errorOf(session.fetch(site.origin, { signal: abort.signal }))
    const last = session.fetch(site.origin)
    expect(await late).toMatchObject({
      code: 'ONEJAR_TIMEOUT',
      message: expect.stringContaining('originLimits'),
    })
    abort.abort()
    expect((await aborted).code).toBe('ONEJAR_ABORTED')
    expect(site.seen.starts).toHaveLength(1)
    site.answer()
    expect(await (await first).text()).toBe('hello')
    while (site.seen.starts.length < 2) await new Promise((resolve) => setImmediate(resolve))
    site.answer()
    expect(await (await last).text()).toBe('hello')
    expect(site.seen.starts).toHaveLength(2)
  })

  it('count retries, and end with the session', async () => {
    let requests = 0
    await using site = await startHttpServer((_, response) => {
      requests++
      response.writeHead(503).end()
    })
    const rate = { requests: 2, perMs: 3_600_000 }
    await using broker = await memoryBroker({ originLimits: [{ rate }], retry: { firstDelayMs: 1 } })
    const session = await broker.session('a')
    const failed = errorOf(session.fetch(site.origin))
    while (requests < 2) await new Promise((resolve) => setImmediate(resolve))
    await session.release()
    expect((await failed).code).toBe('ONEJAR_CLOSED')
    expect(requests).toBe(2)
  })
})

describe('limits that are shared by processes', () => {
  it('hold on SQLite, also when one of them is killed', async () => {
    using folder = temporaryFolder()
    await using site = await aSite()
    const store = join(folder.path, 'onejar.db')
    const killed = startLimited(store, site.origin, 200)
    const others = [1, 2].map(() => startLimited(store, site.origin, 10))
    await killed.began
    killed.kill()
    // Its places come free by themselves.
    expect(await Promise.all(others.map(({ ended }) => ended))).toEqual(['10', '10'])
    expect(site.seen.most).toBeLessThanOrEqual(2)
  })

  it('hold on Redis, for brokers of several tenants', async () => {
    await using stack = new AsyncDisposableStack()
    const redis = await RedisServer.start()
    stack.defer(() => redis.stop())
    await using site = await aSite()
    const keys = Buffer.alloc(32, 7).toString('base64')
    const originLimits = [{ concurrency: 2, shared: true }]
    const sessions = await Promise.all(
      ['a', 'b', 'c'].map(async (tenant) => {
        const broker = stack.use(await memoryBroker({ store: redis.url, keys, originLimits }))
        return broker.session('one', { tenant })
      }),
    )
    await Promise.all(
      Array.from({ length: 12 }, async (_, i) => (await sessions[i % 3]?.fetch(site.origin))?.text()),
    )
    expect(site.seen.starts).toHaveLength(12)
    expect(site.seen.most).toBe(2)
  })
})
