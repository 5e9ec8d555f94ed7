import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type BrokerWarning, openBroker } from '../../../src/index.ts'
import { generateKey, openStore, type StoreOptions, type StoreProblem } from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { errorOf } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer, type RedisServerOptions } from '../../support/redis-server.ts'
import { TcpGate } from '../../support/tcp-gate.ts'

const SITE = 'https://shop.example/'
const keys = generateKey()
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function start(options: RedisServerOptions = {}): Promise<{ server: RedisServer; admin: Redis }> {
  const server = await RedisServer.start(options)
  cleanups.push(() => server.stop())
  const admin = new Redis(server.url)
  admin.on('error', () => {})
  cleanups.push(() => admin.disconnect())
  return { server, admin }
}

async function open(target: string, more: Partial<StoreOptions> = {}) {
  const warnings: BrokerWarning[] = []
  const broker = await openBroker({
    store: { target, keys, ...more },
    identity: null,
    onWarning: (warning) => warnings.push(warning),
  })
  cleanups.push(() => broker.close().catch(() => {}))
  return { broker, warnings, states: () => warnings.map(({ state }) => state) }
}

const soon = (check: () => unknown) => eventually(check)

describe('a Redis that answers late', () => {
  it('costs requests nothing, and the flush as long as it takes', async () => {
    const { server } = await start()
    const gate = await TcpGate.start(server.port)
    cleanups.push(() => gate.stop())
    await using site = await startHttpServer((request, response) => {
      response.writeHead(200, { 'set-cookie': `n=${request.url?.slice(1)}; Path=/` }).end('fine')
    })
    const { broker, warnings } = await open(`redis://127.0.0.1:${gate.port}`, { timeoutMs: 50_000 })
    const session = await broker.session('a')
    gate.hold()
    for (let at = 0; at < 50; at++) await (await session.fetch(`${site.origin}/${at}`)).text()
    let flushed = false
    const flush = session.flush().then(() => {
      flushed = true
    })
    await (await session.fetch(`${site.origin}/50`)).text()
    expect(flushed).toBe(false)
    gate.letGo()
    await flush
    await using store = await openStore({ target: server.url, keys })
    const { entries } = await store.load({ tenant: 'default', id: 'a' })
    expect(entries).toMatchObject([{ value: { name: 'n', value: expect.stringMatching(/^(?:49|50)$/) } }])
    expect(warnings).toEqual([])
  })

  it('later than it may: it counts as away, and what it did nevertheless is not done twice', async () => {
    const { server } = await start()
    const gate = await TcpGate.start(server.port)
    cleanups.push(() => gate.stop())
    const { broker, states } = await open(`redis://127.0.0.1:${gate.port}`, { timeoutMs: 300 })
    const other = await open(server.url)
    const [session, theirs] = [await broker.session('a'), await other.broker.session('a')]
    await session.cookies.set('a=1', SITE)
    await session.flush()
    for (let round = 2; round < 5; round++) {
      gate.hold()
      await session.cookies.set(`a=${round}`, SITE)
      expect(await errorOf(session.flush())).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
      await theirs.cookies.set(`b=${round}`, SITE)
      await theirs.flush()
      gate.letGo()
      await soon(() => expect(states().at(-1)).toBe('back'))
      await session.flush()
      await soon(() => expect(theirs.cookies.header(SITE)).toBe(`a=${round}; b=${round}`))
      await soon(() => expect(session.cookies.header(SITE)).toBe(`a=${round}; b=${round}`))
    }
    expect(states()).toEqual(['away', 'back', 'away', 'back', 'away', 'back'])
  })
})

describe('a Redis that forgets or refuses', () => {
  it('evicts what it likes: a session is whole or gone, never half without a word', async () => {
    const { server, admin } = await start({
      config: { maxmemory: '3mb', 'maxmemory-policy': 'allkeys-random', 'maxmemory-samples': 10 },
    })
    const problems: StoreProblem[] = []
    await using store = await openStore(
      { target: server.url, keys },
      { onProblem: (problem) => problems.push(problem) },
    )
    const sessions = Array.from({ length: 600 }, () => someSession())
    for (const session of sessions) {
      const entries = ['a', 'b', 'c'].map((key) => localEntry(key, 'x'.repeat(1500), 1))
      await store.commit(session, entries)
    }
    const evicted = Number(/evicted_keys:(\d+)/.exec(await admin.info('stats'))?.[1])
    expect(evicted).toBeGreaterThan(100)
    const counts = new Map<number, number>()
    for (const session of sessions) {
      const { length } = (await store.load(session)).entries
      counts.set(length, (counts.get(length) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual([0, 3])
    expect(problems.length).toBeGreaterThan(0)
    expect(new Set(problems.map(({ reason }) => reason))).toEqual(new Set(['torn']))
    // Whoever still has one brings it back whole.
    const gone = sessions[0]!
    await store.commit(
      gone,
      ['a', 'b', 'c'].map((key) => localEntry(key, 'y', 2)),
    )
    expect(values(await store.load(gone))).toEqual({ a: 'y', b: 'y', c: 'y' })
  })

  it('is still reading its data: those who ask wait for it, and nobody is told', async () => {
    const slow = { 'key-load-delay': 1000, 'loading-process-events-interval-bytes': 1024 }
    const { server, admin } = await start({ config: slow })
    const before = await open(server.url)
    await (await before.broker.session('a')).cookies.set('a=1', SITE)
    await before.broker.close()
    const fill = admin.pipeline()
    for (let at = 0; at < 2000; at++) fill.set(`filler:${at}`, 'x'.repeat(500))
    await fill.exec()
    await admin.call('SAVE')
    await server.kill()
    const ready = server.start()
    const fresh = () =>
      new Redis(server.url, { enableReadyCheck: false, retryStrategy: () => null, lazyConnect: true })
    await soon(async () => {
      const client = fresh()
      client.on('error', () => {})
      try {
        await client.connect()
        await expect(client.get('x')).rejects.toThrow(/LOADING/)
      } finally {
        client.disconnect()
      }
    })
    const { broker, warnings } = await open(server.url, { timeoutMs: 30_000, whenAway: 'refuse' })
    const session = await broker.session('a')
    expect(session.cookies.header(SITE)).toBe('a=1')
    expect(warnings).toEqual([])
    await ready
  })

  it('is a replica that may not be written: work goes on in memory until it may', async () => {
    const { server, admin } = await start()
    const { server: replica, admin: operator } = await start({
      config: { replicaof: `127.0.0.1 ${server.port}` },
    })
    await soon(async () => expect(await operator.info('replication')).toContain('master_link_status:up'))
    const before = await open(server.url)
    await (await before.broker.session('a')).cookies.set('old=1', SITE)
    await before.broker.close()
    await soon(async () => expect(await operator.dbsize()).toBe(await admin.dbsize()))
    const { broker, warnings, states } = await open(replica.url)
    const session = await broker.session('a')
    await session.cookies.set('new=1', SITE)
    await soon(() => expect(states()).toEqual(['away']))
    expect(warnings[0]?.reason).toContain('READONLY')
    await operator.replicaof('NO', 'ONE')
    await soon(() => expect(states()).toEqual(['away', 'back']))
    await session.flush()
    await soon(() => expect(session.cookies.header(SITE)).toMatch(/(?=.*old=1)(?=.*new=1)/))
  })

  it('wants a password all at once: work goes on in memory until it has it, or wants none', async () => {
    const { server, admin } = await start()
    const { broker, warnings, states } = await open(server.url)
    const session = await broker.session('a')
    await session.cookies.set('a=1', SITE)
    await session.flush()
    await admin.config('SET', 'requirepass', 'canary-word')
    await admin.call('CLIENT', 'KILL', 'SKIPME', 'yes')
    await session.cookies.set('b=1', SITE)
    expect(await errorOf(session.flush())).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    // The first thing to be seen may be that the connection is gone; why it cannot be had again is told once it is known.
    await soon(() => expect(warnings.at(-1)?.reason).toContain('NOAUTH'))
    expect(states()[0]).toBe('away')
    expect(warnings.length).toBeLessThan(3)
    await admin.config('SET', 'requirepass', '')
    await soon(() => expect(states().at(-1)).toBe('back'))
    expect(warnings.length).toBeLessThan(4)
    await session.flush()
    const other = await open(server.url)
    expect((await other.broker.session('a')).cookies.header(SITE)).toBe('a=1; b=1')
  })

  it('grants a user next to nothing: what it needs is enough, and what it lacks is said', async () => {
    const { server, admin } = await start()
    const needed =
      '+evalsha +eval +hset +hget +hmget +hgetall +hlen +hdel +zadd +zcard +zrem +zrangebyscore +del'
        .concat(' +exists +pexpire +pttl +time +publish +subscribe +unsubscribe +scan +ping +select')
        .split(' ')
    await admin.call('ACL', 'SETUSER', 'narrow', 'on', '>word', '~onejar:*', '&onejar:*', ...needed)
    await admin.call('ACL', 'SETUSER', 'reader', 'on', '>word', '~*', '&*', '+@read')
    const said = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const url = (user: string) => server.url.replace('://', `://${user}:word@`)
    const [one, two] = [await open(url('narrow')), await open(url('narrow'))]
    const [a, b] = [await one.broker.session('a'), await two.broker.session('a')]
    await a.cookies.set('a=1', SITE)
    await a.flush()
    await soon(() => expect(b.cookies.header(SITE)).toBe('a=1'))
    await using store = await openStore({ target: url('narrow'), keys })
    const ids: string[] = []
    for await (const { session } of store.list()) ids.push(session.id)
    expect(ids).toEqual(['a'])
    await store.purge()
    expect(await store.remove({ tenant: 'default', id: 'a' })).toBe(true)
    expect([...one.warnings, ...two.warnings]).toEqual([])
    expect(await errorOf(open(url('reader')))).toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
      message: expect.stringContaining('NOPERM'),
    })
    // A library has nothing to say on the console.
    expect(said).not.toHaveBeenCalled()
    said.mockRestore()
  })
})

describe('a machine whose clock is wrong', () => {
  it('goes back an hour, or is an hour ahead of another: the later write wins all the same', async () => {
    const { server } = await start()
    let offset = 0
    const clock = { now: () => Date.now() + offset }
    const ahead = { now: () => Date.now() + 3_600_000 }
    const options = { store: { target: server.url, keys }, identity: null }
    await using here = await openBroker(options, { clock })
    await using there = await openBroker(options, { clock: ahead })
    const [a, b] = [await here.session('a'), await there.session('a')]
    await a.cookies.set('k=1', SITE)
    await a.flush()
    offset = -3_600_000
    await a.cookies.set('k=2', SITE)
    await a.flush()
    await soon(() => expect(b.cookies.header(SITE)).toBe('k=2'))
    await b.cookies.set('k=3', SITE)
    await b.flush()
    await soon(() => expect(a.cookies.header(SITE)).toBe('k=3'))
    await a.cookies.set('k=4', SITE)
    await a.flush()
    await soon(() => expect(b.cookies.header(SITE)).toBe('k=4'))
    await using late = await openBroker(options)
    expect((await late.session('a')).cookies.header(SITE)).toBe('k=4')
  })
})
