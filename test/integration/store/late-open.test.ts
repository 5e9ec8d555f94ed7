import { afterEach, describe, expect, it, vi } from 'vitest'
import { type BrokerOptions, type BrokerWarning, openBroker } from '../../../src/index.ts'
import { generateKey, openStore, type StoreOptions } from '../../../src/store/index.ts'
import { errorOf, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { freePort, RedisServer } from '../../support/redis-server.ts'

const SITE = 'https://shop.example/'
const keys = generateKey()
const cleanups: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function open(target: string, more: Partial<StoreOptions> = {}, options: BrokerOptions = {}) {
  const warnings: BrokerWarning[] = []
  const broker = await openBroker({
    store: { target, keys, timeoutMs: 2000, ...more },
    identity: null,
    onWarning: (warning) => warnings.push(warning),
    ...options,
  })
  cleanups.push(() => broker.close().catch(() => {}))
  return { broker, warnings }
}

/** A server that is not there yet. */
async function downServer(config = {}): Promise<RedisServer> {
  const server = await RedisServer.start({ persistent: true, config })
  cleanups.push(() => server.stop())
  await server.kill()
  return server
}

const states = (warnings: readonly BrokerWarning[]) => warnings.map(({ state }) => state)
const soon = (check: () => unknown) => eventually(check)

describe('a broker that is opened while its Redis is away', () => {
  it('works in memory after one warning, and finds its sessions and the others when the server comes', async () => {
    const server = await RedisServer.start({ persistent: true })
    cleanups.push(() => server.stop())
    const before = await open(server.url)
    const stored = await before.broker.session('alice')
    await stored.cookies.set('old=1', SITE)
    await stored.cookies.set('both=old', SITE)
    await before.broker.close()
    await server.kill()

    const { broker, warnings } = await open(server.url)
    expect(warnings).toMatchObject([
      { type: 'store', state: 'away', reason: expect.stringContaining('ECONNREFUSED') },
    ])
    const alice = await broker.session('alice')
    const bob = await broker.session('bob')
    await alice.cookies.set('new=1', SITE)
    await alice.cookies.set('both=new', SITE)
    await bob.cookies.set('b=1', SITE)
    expect(alice.cookies.header(SITE)).toBe('new=1; both=new')
    expect(broker.storeHealth).toMatchObject({
      state: 'away',
      awaySinceAt: expect.closeTo(warnings[0]?.at ?? 0, -3),
      pendingEntries: 3,
      waitingSessions: 2,
    })
    expect(await errorOf(alice.flush())).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    expect(states(warnings)).toEqual(['away'])

    await server.start()
    await soon(() => expect(states(warnings)).toEqual(['away', 'back']))
    await Promise.all([alice.flush(), bob.flush()])
    await soon(() => expect(alice.cookies.header(SITE)).toMatch(/^(?=.*old=1)(?=.*new=1)(?=.*both=new)/))
    expect(broker.storeHealth).toEqual({
      state: 'up',
      awaySinceAt: null,
      attempts: 0,
      pendingEntries: 0,
      waitingSessions: 0,
    })
    const next = await open(server.url)
    const same = await next.broker.session('alice')
    expect(
      same.cookies
        .all()
        .map(({ name, value }) => `${name}=${value}`)
        .sort(),
    ).toEqual(['both=new', 'new=1', 'old=1'])
    expect((await next.broker.session('bob')).cookies.header(SITE)).toBe('b=1')
    await same.cookies.set('news=1', SITE)
    await soon(() => expect(alice.cookies.header(SITE)).toContain('news=1'))
  })

  it('finds the server with the next session, when nothing waits to be written', async () => {
    const server = await downServer()
    const { broker, warnings } = await open(server.url)
    await server.start()
    await broker.session('alice')
    expect(states(warnings)).toEqual(['away', 'back'])
    expect(broker.storeHealth.state).toBe('up')
  })

  it('says what is lost when it is closed before the server is back', async () => {
    const server = await downServer()
    const { broker } = await open(server.url)
    const session = await broker.session('alice')
    await session.cookies.set('a=1', SITE)
    expect(await errorOf(broker.close())).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    const idle = await open(server.url)
    await idle.broker.session('alice')
    await idle.broker.close()
  })

  it('says why it cannot use the server that came up, and goes on in memory', async () => {
    const server = await downServer({ requirepass: 'canary-word' })
    const { broker, warnings } = await open(server.url)
    const session = await broker.session('alice')
    await session.cookies.set('a=1', SITE)
    await server.start()
    await soon(() => expect(states(warnings)).toEqual(['away', 'problem']))
    expect(warnings[1]?.reason).toMatch(/^ONEJAR_STORE_UNAVAILABLE: .*NOAUTH/)
    expect(await errorOf(session.flush())).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    await session.cookies.set('b=1', SITE)
    expect(session.cookies.header(SITE)).toBe('a=1; b=1')
    expect(states(warnings)).toEqual(['away', 'problem'])
    expect(broker.storeHealth).toMatchObject({ state: 'away', pendingEntries: 2 })
  })

  it('opens many sessions in the time of one', async () => {
    const server = await downServer()
    const { broker, warnings } = await open(server.url)
    const sessions = await Promise.all(Array.from({ length: 1000 }, (_, at) => broker.session(`s${at}`)))
    await Promise.all(sessions.map((session, at) => session.cookies.set(`a=${at}`, SITE)))
    await server.start()
    await soon(() => expect(states(warnings)).toEqual(['away', 'back']))
    await Promise.all(sessions.map((session) => session.flush()))
    await using store = await openStore({ target: server.url, keys })
    let found = 0
    for await (const { entries } of store.list()) found += entries
    expect(found).toBe(1000)
  })

  it('warns through the process when nobody listens', async () => {
    const server = await downServer()
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      await using _ = await openBroker({ store: { target: server.url, keys }, identity: null })
      expect(warned.mock.calls).toEqual([[expect.stringContaining('in memory'), 'OnejarWarning']])
    } finally {
      warned.mockRestore()
    }
  })
})

describe('a broker is refused, whether its Redis is there or not', () => {
  it('with whenAway: refuse', async () => {
    const server = await downServer()
    expect(await errorOf(open(server.url, { whenAway: 'refuse' }))).toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
      details: { outage: true },
    })
  })

  it('with options that are wrong however long one waits', async () => {
    const down = await downServer()
    for (const more of [{ keys: 'short' }, { timeoutMs: 0 }, { whenAway: 'later' as 'refuse' }]) {
      expect(await errorOf(open(down.url, more))).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
    }
    for (const target of ['redis://', 'redis://a,b', `redis-cluster://127.0.0.1:${down.port}/3`]) {
      expect(await errorOf(open(target))).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
    }
  })

  it('with a password, a database or a kind of server that is wrong', async () => {
    const guarded = await RedisServer.start({ config: { requirepass: 'canary-word' } })
    const plain = await RedisServer.start()
    cleanups.push(
      () => guarded.stop(),
      () => plain.stop(),
    )
    const refusals = {
      [guarded.url]: /NOAUTH/,
      [guarded.url.replace('://', '://:canary-other@')]: /WRONGPASS/,
      [`${plain.url}/99`]: /DB index is out of range/,
      [plain.url.replace('redis:', 'redis-cluster:')]: /cluster support disabled/,
    }
    for (const [target, reason] of Object.entries(refusals)) {
      const error = await errorOf(open(target))
      expect(error).toMatchObject({
        code: 'ONEJAR_STORE_UNAVAILABLE',
        message: expect.stringMatching(reason),
      })
      expect(error.message).not.toContain('canary')
    }
  })

  it('with a file that cannot be written', async () => {
    using folder = temporaryFolder()
    expect(await errorOf(open(folder.path))).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
  })

  it('but not where a name or a port says nothing for now', async () => {
    const { warnings } = await open(`redis://127.0.0.1:${await freePort()}`)
    const cluster = await open(`redis-cluster://127.0.0.1:${await freePort()}`)
    expect(states([...warnings, ...cluster.warnings])).toEqual(['away', 'away'])
  })
})
