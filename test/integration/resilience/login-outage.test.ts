import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type BrokerOptions,
  openBroker,
  type Reauthentication,
  type SessionEvent,
} from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { collect, errorOf, IDENTITY } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

type Hook = (what: Reauthentication) => Promise<void>

let redis: RedisServer
let site: TestServer
let logins: number
const keys = generateKey()
beforeEach(async () => {
  logins = 0
  redis = await RedisServer.start({ persistent: true })
  site = await startHttpServer((request, response) => {
    if (request.url === '/login') {
      logins++
      response.writeHead(204, { 'set-cookie': `member=${logins}; Path=/` }).end()
    } else if (request.headers.cookie?.includes('member=')) response.end('welcome')
    else response.writeHead(401).end('who are you?')
  })
})
afterEach(async () => {
  await Promise.all([redis.stop(), site.close()])
})

/** A process of its own, as far as the store can tell. */
async function openOne(reauthenticate: Hook, timeoutMs = 1_000) {
  const options: BrokerOptions = {
    store: { target: redis.url, timeoutMs },
    keys,
    identity: IDENTITY,
    robots: false,
    onWarning: () => {},
    reauthenticate,
  }
  const broker = await openBroker(options)
  const session = await broker.session('shared')
  const events: SessionEvent[] = collect(session.events())
  const started = () =>
    eventually(() => expect(events.some(({ type }) => type === 'reauthentication')).toBe(true))
  const get = async (waitMs = 30_000) => (await session.fetch(site.origin, { timeoutMs: waitMs })).text()
  return { broker, session, get, started, [Symbol.asyncDispose]: () => broker.close() }
}

const logIn: Hook = async ({ session, url }) => {
  await session.fetch(new URL('/login', url))
}

/** A login that takes until it is let go. */
function heldLogIn() {
  const held = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const hook: Hook = async (what) => {
    entered.resolve()
    await held.promise
    await logIn(what)
  }
  return { hook, entered: entered.promise, letGo: held.resolve }
}

/** Resolves when the server has been asked for something again and again: somebody waits for a lock. */
async function waiting() {
  const client = new Redis(redis.url)
  const calls = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1])
  const before = await calls()
  await eventually(async () => expect(await calls()).toBeGreaterThan(before + 2))
  client.disconnect()
}

/** Resolves when this process has asked the store often enough in vain for whoever waits in it to have done so. */
async function noticed({ broker }: Awaited<ReturnType<typeof openOne>>) {
  for (let n = 0; n < 5; n++) {
    const list = broker.list()[Symbol.asyncIterator]()
    expect((await errorOf(list.next())).code).toBe('ONEJAR_STORE_UNAVAILABLE')
  }
}

describe('a login whose store goes away', () => {
  it.each([
    ['is gone', () => redis.kill(), () => redis.start()],
    ['hangs', async () => redis.pause(), async () => redis.resume()],
  ])('goes on when it %s, and the request is sent again', async (_, trouble, end) => {
    const login = heldLogIn()
    await using one = await openOne(login.hook)
    const call = one.get()
    await login.entered
    await trouble()
    login.letGo()
    expect(await call).toBe('welcome')
    expect(logins).toBe(1)
    await end()
    // Closed before, what was not written would be an error of closing.
    await eventually(() => one.session.flush())
  })

  it('is waited for by another process, which finds it when the store is back', async () => {
    const login = heldLogIn()
    await using one = await openOne(login.hook)
    await using other = await openOne(logIn, 200)
    const first = one.get()
    await login.entered
    const second = other.get()
    await other.started()
    await waiting()
    redis.pause()
    await noticed(other)
    expect(logins).toBe(0)
    redis.resume()
    login.letGo()
    expect(await Promise.all([first, second])).toEqual(['welcome', 'welcome'])
    expect(logins).toBe(1)
  })

  it('keeps nobody longer than they want', async () => {
    const login = heldLogIn()
    await using one = await openOne(login.hook)
    await using other = await openOne(logIn, 200)
    const startedAt = performance.now()
    const first = errorOf(one.get(4_000))
    await login.entered
    const second = errorOf(other.get(4_000))
    await other.started()
    await waiting()
    redis.pause()
    const codes = [(await first).code, (await second).code]
    const ms = performance.now() - startedAt
    redis.resume()
    login.letGo()
    expect(codes).toEqual(['ONEJAR_TIMEOUT', 'ONEJAR_TIMEOUT'])
    expect(ms).toBeLessThan(8_000)
  })
})
