import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openBroker, type Session, type SessionEvent } from '../../../src/index.ts'
import { openStore } from '../../../src/store/index.ts'
import { collect, errorOf, IDENTITY, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

const URL_A = 'https://a.example/'
const soon = (check: () => void) => eventually(check)
const headerOf = (session: Session) => session.cookies.header(URL_A)

/** A second process with the session `shared` on a store. */
async function startProcess(store: string) {
  const script = fileURLToPath(new URL('../../support/session-process.ts', import.meta.url))
  const child = spawn(process.execPath, [script, store], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => (await lines.next()).value as string
  expect(await next()).toBe('ready')
  return {
    async ask(line: string): Promise<string> {
      child.stdin.write(`${line}\n`)
      return next()
    },
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      await gone
    },
  }
}

describe('two brokers on one SQLite store', () => {
  it('in one process see each other’s writes and deletions', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    await using one = await openBroker({ store, identity: IDENTITY })
    await using two = await openBroker({ store, identity: IDENTITY })
    const [a, b] = [await one.session('shared'), await two.session('shared')]
    await a.cookies.set('a=1', URL_A)
    await a.flush()
    await soon(() => expect(headerOf(b)).toBe('a=1'))
    await b.cookies.set('b=2', URL_A)
    await b.cookies.clear({ name: 'a' })
    await b.flush()
    await soon(() => expect(headerOf(a)).toBe('b=2'))
    await Promise.all([a, b].map((session, index) => session.localStorage(URL_A).set(`k${index}`, 'v')))
    await Promise.all([a.flush(), b.flush()])
    for (const session of [a, b]) {
      await eventually(async () => expect(await session.localStorage(URL_A).entries()).toHaveLength(2))
    }
  })

  it('list a session that was written a moment ago', async () => {
    using folder = temporaryFolder()
    await using broker = await openBroker({ store: join(folder.path, 'onejar.db'), identity: IDENTITY })
    const listed = async (tenant?: string) => {
      const ids: string[] = []
      for await (const { session } of broker.list(tenant === undefined ? {} : { tenant }))
        ids.push(session.id)
      return ids.sort()
    }
    for (const [id, tenant] of [['a'], ['b'], ['c', 'other']] as const) {
      const session = await broker.session(id, tenant === undefined ? {} : { tenant })
      session.cookies.set('a=1; Max-Age=3600', URL_A)
      expect(await listed(tenant)).toContain(id)
    }
    expect(await listed()).toEqual(['a', 'b', 'c'])
    expect(await listed('other')).toEqual(['c'])
  })

  it('in two processes see each other’s writes', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    await using broker = await openBroker({ store, identity: null })
    await using other = await startProcess(store)
    const session = await broker.session('shared')
    expect(await other.ask(`set ${URL_A} there=1`)).toBe('done')
    await soon(() => expect(headerOf(session)).toBe('there=1'))
    await session.cookies.set('here=1', URL_A)
    await session.flush()
    await eventually(async () => expect(await other.ask(`header ${URL_A}`)).toBe('there=1; here=1'))
  })

  it('forgets what another process removed', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    await using broker = await openBroker({ store, identity: null })
    const session = await broker.session('shared')
    await session.cookies.set('a=1', URL_A)
    await session.flush()
    await using direct = await openStore(store)
    await direct.remove({ tenant: 'default', id: 'shared' })
    await soon(() => expect(headerOf(session)).toBe(''))
  })
})

describe('a store that is away', () => {
  it('is told of once, work goes on in memory, and is in the store when it is back', async () => {
    const redis = await RedisServer.start({ persistent: true })
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'set-cookie': 'worked=1; Max-Age=600' }).end('fine')
    })
    const warnings: SessionEvent[] = []
    const store = { target: redis.url, timeoutMs: 500, keys: 'a'.repeat(64) }
    try {
      await using broker = await openBroker({
        store,
        identity: null,
        onWarning: (warning) => warnings.push(warning),
      })
      const session = await broker.session('a')
      const events = collect(session.events())
      const told = () => events.filter(({ type }) => type === 'store')
      await redis.kill()
      for (let i = 0; i < 20; i++) {
        expect(await (await session.fetch(server.origin)).text()).toBe('fine')
        await session.cookies.set(`n${i}=1`, URL_A)
      }
      expect((await errorOf(session.flush())).code).toBe('ONEJAR_STORE_UNAVAILABLE')
      const other = await broker.session('opened-while-away')
      await other.cookies.set('late=1', URL_A)
      expect(told()).toMatchObject([{ state: 'away', reason: expect.stringContaining('in memory') }])
      expect(warnings).toMatchObject([{ type: 'store', state: 'away' }])
      await redis.start()
      await soon(() => expect(told()).toMatchObject([{ state: 'away' }, { state: 'back' }]))
      await Promise.all([session.flush(), other.flush()])
      expect(warnings).toHaveLength(2)
      await using next = await openBroker({ store, identity: null })
      const same = await next.session('a')
      expect(same.cookies.header(server.origin)).toBe('worked=1')
      expect(same.cookies.all()).toHaveLength(21)
      const late = await next.session('opened-while-away')
      expect(headerOf(late)).toBe('late=1')
      // A session that was opened while the store was away hears of others once it is back.
      await late.cookies.set('news=1', URL_A)
      await late.flush()
      await soon(() => expect(headerOf(other)).toBe('late=1; news=1'))
    } finally {
      await redis.stop()
    }
  })
})

describe("persist: 'before-response'", () => {
  it('has in the store what a response changed when the response is there', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    await using server = await startHttpServer((request, response) => {
      response.writeHead(200, { 'set-cookie': `n=${request.url?.slice(1)}; Max-Age=600; Path=/` }).end()
    })
    await using broker = await openBroker({ store, identity: null, persist: 'before-response' })
    const session = await broker.session('a')
    await using direct = await openStore(store)
    for (let i = 0; i < 20; i++) {
      await session.request(`${server.origin}/${i}`).then(({ body }) => body.dump())
      const { entries } = await direct.load({ tenant: 'default', id: 'a' })
      expect(entries).toMatchObject([{ kind: 'cookie', value: { name: 'n', value: String(i) } }])
    }
  })

  it('gives no response when the store cannot take it', async () => {
    const redis = await RedisServer.start()
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'set-cookie': 'a=1' }).end('x'.repeat(100_000))
    })
    const store = { target: redis.url, timeoutMs: 300, keys: 'a'.repeat(64) }
    const broker = await openBroker({ store, identity: null, persist: 'before-response' })
    try {
      const session = await broker.session('a')
      await redis.kill()
      expect((await errorOf(session.fetch(server.origin))).code).toBe('ONEJAR_STORE_UNAVAILABLE')
      expect(session.cookies.header(server.origin)).toBe('a=1')
      // What could not be written is lost with the broker, and that is said.
      expect((await errorOf(broker.close())).code).toBe('ONEJAR_STORE_UNAVAILABLE')
      await server.drained()
    } finally {
      await redis.stop()
    }
  })
})
