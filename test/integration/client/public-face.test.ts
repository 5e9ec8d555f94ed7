import { join } from 'node:path'
import { request as undiciRequest } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Broker, type BrokerWarning, openBroker, type Session } from '../../../src/index.ts'
import { collect, errorOf, IDENTITY, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const ORIGIN = 'https://a.test'

let broker: Broker
let session: Session
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(() => broker.close())

const loose = (value: unknown) => value as never

function trap(): never {
  throw new Error('a trap')
}

describe('what has not the form it should have', () => {
  const calls: [string, (session: Session, broker: Broker) => unknown, string][] = [
    ['cookies.set', (s) => s.cookies.set(loose(42), ORIGIN), 'line'],
    ['cookies.set', (s) => s.cookies.set('a=1', ORIGIN, loose('x')), 'context'],
    ['cookies.header', (s) => s.cookies.header(ORIGIN, loose({ kind: 'xhr' })), 'context.kind'],
    ['cookies.matching', (s) => s.cookies.matching(ORIGIN, loose(1)), 'context'],
    ['cookies.clear', (s) => s.cookies.clear(loose({ nme: 'a' })), 'the nearest is name'],
    ['cookies.clear', (s) => s.cookies.clear(loose({ name: 1 })), 'name'],
    ['storage.set', (s) => s.localStorage(ORIGIN).set('k', loose(1)), 'value'],
    ['storage.set', (s) => s.localStorage(ORIGIN).set(loose(null), 'v'), 'key'],
    ['storage.get', (s) => s.localStorage(ORIGIN).get(loose(1)), 'key'],
    ['storage.delete', (s) => s.localStorage(ORIGIN).delete(loose({})), 'key'],
    ['bindings.add', (s) => s.tokenBindings.add(loose(null)), 'origin'],
    [
      'bindings.add',
      (s) => s.tokenBindings.add(loose({ origin: ORIGIN, header: 'x', source: { cookie: 'a' }, pge: '' })),
      'the nearest is page',
    ],
    ['bindings.remove', (s) => s.tokenBindings.remove(ORIGIN, loose(1)), 'header'],
    ['quarantine', (s) => s.quarantine('x', { forMs: Number.POSITIVE_INFINITY }), 'forMs'],
    ['quarantine', (s) => s.quarantine('x', { forMs: Number.NaN }), 'forMs'],
    ['quarantine', (s) => s.quarantine('x', { forMs: -1 }), 'forMs'],
    ['quarantine', (s) => s.quarantine('x', { forMs: loose('1000') }), 'forMs'],
    ['quarantine', (s) => s.quarantine('x'.repeat(1025)), 'reason'],
    ['quarantine', (s) => s.quarantine(loose(undefined)), 'reason'],
    ['quarantine', (s) => s.quarantine('x', loose({ forMS: 1 })), 'the nearest is forMs'],
    ['quarantine', (s) => s.quarantine('x', loose(1000)), 'options'],
    ['page', (s) => s.page(loose({ url: ORIGIN })), 'url'],
    ['export', (s) => s.export(loose('harr')), 'format'],
    ['export', (s) => s.export(loose(undefined)), 'format'],
    ['import', (s) => s.import('{}', loose('harr')), 'format'],
    ['broker.session', (_, b) => b.session(loose(3)), 'id'],
    ['broker.session', (_, b) => b.session('b', { identity: { userAgent: 'a\nb' } }), 'identity.userAgent'],
    ['broker.session', (_, b) => b.session('b', loose({ tennant: 'x' })), 'the nearest is tenant'],
    ['broker.pool', (_, b) => b.pool(loose({ maxSession: 3 })), 'the nearest is maxSessions'],
    ['broker.pool', (_, b) => b.pool(loose({ session: { prxy: '' } })), 'the nearest is proxy'],
    ['broker.list', (_, b) => b.list(loose({ tenent: 'x' })), 'the nearest is tenant'],
    ['broker.list', (_, b) => b.list(loose({ tenant: 1 })), 'tenant'],
    ['broker.remove', (_, b) => b.remove(loose(undefined)), 'id'],
    ['broker.remove', (_, b) => b.remove('a', loose({ tenant: null })), 'tenant'],
    ['broker.rotateProxies', (_, b) => b.rotateProxies(loose([{ proxis: [] }])), 'the nearest is proxies'],
    ['broker.rotateProxies', (_, b) => b.rotateProxies([], loose({ keepClearance: 'yes' })), 'keepClearance'],
    ['broker.rotateProxies', (_, b) => b.rotateProxies([], loose({ keep: true })), 'keep'],
    ['broker.rotateProxies', (_, b) => b.rotateProxies([], loose('x')), 'options'],
    ['broker.session', (_, b) => b.session('\ud800'), 'id'],
    ['broker.session', (_, b) => b.session('b', { tenant: 'x\udc00' }), 'tenant'],
    ['pool.lease', (_, b) => b.pool().lease({ id: '\ud800' }), 'id'],
    ['deadLetters.retry', (s) => s.deadLetters.retry(loose(Symbol('x'))), 'id'],
    ['deadLetters.retry', (s) => s.deadLetters.retry('x', loose({ timeout: 1 })), 'the nearest is timeoutMs'],
    ['deadLetters.remove', (s) => s.deadLetters.remove(loose({ toString: null })), 'id'],
    ['pool.use', (_, b) => b.pool().use(loose('x')), 'work'],
    ['pool.lease', (_, b) => b.pool().lease(loose({ timeoutMs: '1' })), 'timeoutMs'],
    ['pool.lease', (_, b) => b.pool().lease(loose({ id: 1 })), 'id'],
  ]
  it.each(calls)('is refused with its path: %s %s', async (_what, call, path) => {
    const error = await errorOf(async () => call(session, broker))
    expect([error.code, error.retry]).toEqual(['ONEJAR_BAD_OPTIONS', 'never'])
    expect(error.message).toContain(path)
  })

  const traps = { get: trap, has: trap, ownKeys: trap }
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const hostile = [
    revoked.proxy,
    new Proxy({}, traps),
    Object.defineProperty({}, 'url', { get: trap, enumerable: true }),
    Object.defineProperty({ text: 'x' }, 'origin', { get: trap, enumerable: true }),
  ]
  it.each<[string, (session: Session, broker: Broker, value: never) => unknown]>([
    ['fetch', (s, _, value) => s.fetch(ORIGIN, value)],
    ['fetch, in expect', (s, _, value) => s.fetch(ORIGIN, { expect: value })],
    ['fetch, in extract', (s, _, value) => s.fetch(ORIGIN, { extract: { a: value } })],
    ['fetch, in context', (s, _, value) => s.fetch(ORIGIN, { context: value })],
    ['fetch, in signal', (s, _, value) => s.fetch(ORIGIN, { signal: value })],
    ['fetch, in retry', (s, _, value) => s.fetch(ORIGIN, { retry: value })],
    ['request', (s, _, value) => s.request(ORIGIN, value)],
    ['cookies.clear', (s, _, value) => s.cookies.clear(value)],
    ['quarantine', (s, _, value) => s.quarantine('x', value)],
    ['bindings.add', (s, _, value) => s.bindings.add(value)],
    ['import', (s, _, value) => s.import('[]', value)],
    ['broker.session', (_, b, value) => b.session('b', value)],
    ['broker.pool', (_, b, value) => b.pool(value)],
    ['broker.rotateProxies', (_, b, value) => b.rotateProxies([], value)],
    ['openBroker', (_, _b, value) => openBroker(value)],
  ])('and cannot be read is refused: %s', async (_what, call) => {
    for (const value of hostile) {
      const error = await errorOf(async () => call(session, broker, loose(value)))
      expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    }
  })

  it('and cannot be read as a file is refused', async () => {
    for (const value of hostile)
      expect((await errorOf(session.import(loose(value)))).code).toBe('ONEJAR_BAD_INPUT')
  })

  it('and cannot be read as a URL or a Request is refused', async () => {
    for (const value of hostile) {
      const error = await errorOf(session.fetch(loose(value)))
      expect(['ONEJAR_BAD_OPTIONS', 'ONEJAR_BAD_URL']).toContain(error.code)
    }
  })

  it.each<[string, (session: Session) => unknown]>([
    ['cookies.set', (s) => s.cookies.set('a=1', loose(undefined))],
    ['cookies.header', (s) => s.cookies.header(loose({}))],
    ['storage', (s) => s.localStorage(loose(undefined))],
    ['resume', (s) => s.unblock(loose(undefined))],
    ['quarantine', (s) => s.quarantine('x', { origin: loose(3) })],
    ['quarantined', (s) => s.quarantined(loose(3))],
    ['visit', (s) => s.solveChallenge(loose(null))],
    ['bindings.remove', (s) => s.tokenBindings.remove(loose(undefined), 'x')],
  ])('is a URL that is none, in %s', async (_what, call) => {
    expect((await errorOf(async () => call(session))).code).toBe('ONEJAR_BAD_URL')
  })

  it.each([null, 42, undefined, () => {}, { cookies: [() => {}] }])(
    'is a file that is none: %s',
    async (file) => {
      expect((await errorOf(session.import(loose(file)))).code).toBe('ONEJAR_BAD_INPUT')
    },
  )
})

describe('what a caller passes in', () => {
  it('is copied by cookies, storage and import', async () => {
    const url = new URL(ORIGIN)
    const setting = session.cookies.set('a=1', url)
    const storage = session.localStorage(url)
    url.hostname = 'b.test'
    await setting
    await storage.set('k', 'v')
    expect(session.cookies.header(ORIGIN)).toBe('a=1')
    expect(await session.localStorage(ORIGIN).get('k')).toBe('v')
    const database = { name: 'd', version: 1, stores: [] as unknown[] }
    const state = { cookies: [], origins: [{ origin: ORIGIN, localStorage: [], indexedDB: [database] }] }
    await session.import(state)
    const before = (await session.export('json')).text
    database.name = 'later'
    expect((await session.export('json')).text).toBe(before)
  })
})

describe('what a record cannot hold', () => {
  it('is refused before it is acknowledged, and what was acknowledged is there after reopening', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'a.db')
    const warnings: BrokerWarning[] = []
    const open = () =>
      openBroker({ store, identity: IDENTITY, robots: false, onWarning: (warning) => warnings.push(warning) })
    const big = 'x'.repeat(6 * 1024 * 1024)
    {
      await using first = await open()
      const kept = await first.session('a')
      expect((await errorOf(async () => kept.localStorage(ORIGIN).set('big', big))).code).toBe(
        'ONEJAR_BAD_INPUT',
      )
      await kept.localStorage(ORIGIN).set('fits', 'x'.repeat(5 * 1024 * 1024))
      expect(
        (
          await errorOf(() =>
            kept.tokenBindings.add({ origin: ORIGIN, header: 'x'.repeat(300), source: { cookie: 'a' } }),
          )
        ).code,
      ).toBe('ONEJAR_BAD_INPUT')
      kept.quarantine('x'.repeat(1024), { forMs: 60_000 })
      await kept.flush()
    }
    await using second = await open()
    const again = await second.session('a')
    expect((await again.localStorage(ORIGIN).get('fits'))?.length).toBe(5 * 1024 * 1024)
    expect(again.quarantined()?.reason).toHaveLength(1024)
    expect(warnings).toEqual([])
  })

  it('is told of once where a site set it', async () => {
    const warnings: BrokerWarning[] = []
    const host = `${'long.'.repeat(60)}test`
    await using own = await memoryBroker({ onWarning: (warning) => warnings.push(warning) })
    const kept = await own.session('a')
    const seen = collect(kept.events())
    for (const value of ['1', '2']) {
      expect(await kept.cookies.set(`a=${value}`, `https://${host}/`)).toMatchObject({
        accepted: false,
        reason: 'not-kept',
      })
    }
    await kept.release()
    expect(seen.filter(({ type }) => type === 'store')).toHaveLength(1)
    expect(warnings).toMatchObject([{ type: 'store', state: 'problem' }])
  })
})

describe('a session that was released', () => {
  it('gives ONEJAR_CLOSED by whatever is asked of it', async () => {
    await using server = await startHttpServer((_, response) => response.end())
    const { dispatcher, tokenBindings, deadLetters, cookies } = session
    const storage = session.localStorage(ORIGIN)
    await session.release()
    const uses: (() => unknown)[] = [
      () => session.dispatcher,
      () => session.tokenBindings,
      () => tokenBindings.list(),
      () => tokenBindings.add({ origin: ORIGIN, header: 'x', source: { cookie: 'a' } }),
      () => tokenBindings.remove(ORIGIN, 'x'),
      () => session.deadLetters,
      () => deadLetters.list(),
      () => deadLetters.retry('x'),
      () => deadLetters.remove('x'),
      () => cookies.set('a=1', ORIGIN),
      () => cookies.header(ORIGIN),
      () => cookies.matching(ORIGIN),
      () => cookies.all(),
      () => cookies.clear(),
      () => storage.get('k'),
      () => storage.entries(),
      () => storage.set('k', 'v'),
      () => session.localStorage(ORIGIN),
      () => session.unblock(ORIGIN),
      () => session.blockedOrigins(),
      () => session.quarantine('x'),
      () => session.quarantined(),
      () => session.export('json'),
      () => session.import('[]'),
      () => session.fetch(ORIGIN),
      () => session.request(ORIGIN),
      () => session.page(),
      () => session.solveChallenge(ORIGIN),
      () => session.flush(),
    ]
    for (const use of uses) expect((await errorOf(async () => use())).code, String(use)).toBe('ONEJAR_CLOSED')
    const through = await undiciRequest(server.origin, { dispatcher }).catch((error: unknown) => error)
    expect(through).toMatchObject({ code: 'ONEJAR_CLOSED' })
    expect(server.accepted).toBe(0)
    expect(await session.events().next()).toEqual({ done: true, value: undefined })
  })
})

describe('a broker', () => {
  it('has the name of a pool again when the pool is closed', async () => {
    const pool = broker.pool({ name: 'shop' })
    expect((await errorOf(() => broker.pool({ name: 'shop' }))).code).toBe('ONEJAR_BAD_OPTIONS')
    await pool.use(async () => {})
    await pool.close()
    await broker.pool({ name: 'shop' }).use(async (leased) => expect(leased.id).toBe('shop-1'))
    // The one that is closed does not close it a second time.
    await pool.close()
    expect((await errorOf(() => broker.pool({ name: 'shop' }))).code).toBe('ONEJAR_BAD_OPTIONS')
  })

  it('gives the open session to whoever writes its functions at the call', async () => {
    const open = (attempts: number) =>
      broker.session('b', {
        reauthenticate: async () => {},
        credentials: { get: async () => null },
        connect: (_options, callback) => callback(new Error('no'), null),
        retry: { attempts },
      })
    expect(await open(2)).toBe(await open(2))
    const error = await errorOf(open(3))
    expect([error.code, error.message]).toEqual(['ONEJAR_BAD_OPTIONS', expect.stringContaining('(retry)')])
    expect((await errorOf(broker.session('b', { connect: { timeout: 1 } }))).message).toContain('(connect)')
  })

  it('keeps a session in memory for `memory:` and makes no file of it', async () => {
    await using own = await openBroker({ store: 'memory:', identity: IDENTITY })
    expect(own.storeHealth.state).toBe('up')
    for (const store of ['postgres://db', 'redis:localhost']) {
      expect((await errorOf(openBroker({ store }))).code).toBe('ONEJAR_BAD_OPTIONS')
    }
  })
})
