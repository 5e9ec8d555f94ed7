import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Broker, openBroker } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { IDENTITY } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

const SESSIONS = 50
/** Longer than a busy machine takes to start Redis again. */
const HELD_MS = 110_000
const CHALLENGE =
  '<!doctype html><title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>'

let redis: RedisServer
let server: TestServer
let broker: Broker
/** From then on requests are answered at once. */
let letGo: () => void
const warnings: Error[] = []
const noteWarning = (warning: Error) => {
  if (warning.name === 'MaxListenersExceededWarning') warnings.push(warning)
}

beforeEach(async () => {
  warnings.length = 0
  process.on('warning', noteWarning)
  redis = await RedisServer.start()
  const holding = Promise.withResolvers<void>()
  letGo = holding.resolve
  server = await startHttpServer((request, response) => {
    if (request.url === '/gate') {
      response.writeHead(403, {
        'content-type': 'text/html',
        server: 'cloudflare',
        'cf-mitigated': 'challenge',
      })
      response.end(CHALLENGE)
    } else void holding.promise.then(() => response.writeHead(200).end('done'))
  })
  broker = await openBroker({
    store: { target: redis.url },
    queue: { url: redis.url, noWorkerMs: 60_000 },
    keys: generateKey(),
    identity: IDENTITY,
    browser: false,
    retry: false,
    robots: false,
    onWarning: () => {},
  })
})
afterEach(async () => {
  await broker?.close().catch(() => {})
  await server?.close()
  await redis?.stop()
  process.off('warning', noteWarning)
})

it('a restart of Redis, while 50 sessions hold locks, write, and wait for workers, leaks no listener', async () => {
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, (_, at) => broker.session(`s${at}`)))
  const post = { method: 'POST', body: 'x', timeoutMs: HELD_MS } as const
  const kept = sessions.map((session) => session.fetch(server.origin, { ...post, idempotencyKey: 'k' }))
  const solving = sessions.map((session) =>
    session.fetch(`${server.origin}/gate`).catch((error) => error.code),
  )
  await eventually(async () => expect(await jobs()).toBe(SESSIONS))
  const write = (name: string) =>
    Promise.allSettled(
      sessions.map((session) => {
        session.cookies.set(`${name}=1; Path=/; Max-Age=3600`, 'https://shop.example/')
        return session.flush()
      }),
    )
  await write('before')
  await redis.kill()
  const during = [write('during'), write('again')]
  await eventually(() => expect(broker.storeHealth.state).toBe('away'))
  await redis.start()
  await eventually(() => expect(broker.storeHealth).toMatchObject({ state: 'up', pendingEntries: 0 }))
  await Promise.all(during)
  letGo()
  await Promise.all(kept)
  await broker.close()
  await Promise.all(solving)
  expect(warnings.map(({ stack }) => stack)).toEqual([])
})

/** How many solves wait for a worker. */
async function jobs(): Promise<number> {
  const { Redis } = await import('ioredis')
  const client = new Redis(redis.url)
  const waiting = await client.keys('*:wait')
  const counts = await Promise.all(waiting.map((key) => client.llen(key)))
  client.disconnect()
  return counts.reduce((sum, count) => sum + count, 0)
}
