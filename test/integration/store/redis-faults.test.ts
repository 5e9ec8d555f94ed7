import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Entry } from '../../../src/record/index.ts'
import {
  generateKey,
  openStore,
  type Store,
  type StoredChanges,
  type StoreOptions,
  type StoreStatus,
  WriteBehind,
} from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { RedisCluster } from '../../support/redis-cluster.ts'
import { RedisServer, type RedisServerOptions } from '../../support/redis-server.ts'

const keys = generateKey()
let folder: string
const cleanups: (() => Promise<void> | void)[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-faults-'))
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
  rmSync(folder, { recursive: true })
})

async function start(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await RedisServer.start(options)
  cleanups.push(() => server.stop())
  return server
}

async function open(
  target: string,
  options: StoreOptions = {},
  env: Record<string, string> = {},
): Promise<Store> {
  const store = await openStore({ target, keys, timeoutMs: 1000, ...options }, { env })
  cleanups.push(() => store.close())
  return store
}

/** A queue over a store, and a session in it that holds what it has written. */
function follow(store: Store) {
  const statuses: StoreStatus[] = []
  const back = Promise.withResolvers<void>()
  const queue = new WriteBehind(store, {
    minRetryMs: 20,
    maxRetryMs: 200,
    onStatus(status) {
      statuses.push(status)
      if (status.state === 'back') back.resolve()
    },
  })
  cleanups.push(() => queue.close().catch(() => {}))
  const held = new Map<string, Entry>()
  const changes: StoredChanges[] = []
  const session = someSession()
  const link = queue.link(session, {
    onChange: (change) => changes.push(change),
    recall: () => [...held.values()],
  })
  const write = (entry: Entry) => {
    held.set(entry.id, entry)
    return link.push([entry])
  }
  return { queue, link, session, held, write, statuses, changes, back: back.promise }
}

describe('a Redis that goes away', () => {
  it('fails calls in time and without a secret, and is back when the server is', async () => {
    const server = await start()
    const store = await open(server.url)
    const session = someSession()
    await store.commit(session, [localEntry('k', '1', 1)])
    await server.kill()
    await expect(store.load(session)).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    await server.start()
    await expect.poll(() => store.load(session).catch(() => null)).toMatchObject({ entries: [] })
    await expect(open('redis://127.0.0.1:1')).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
  })

  it('restarted empty: gets all that the session holds, after one warning', async () => {
    const server = await start()
    const store = await open(server.url)
    const { link, session, write, statuses, back } = follow(store)
    write(localEntry('a', '1', 1))
    await link.flush()
    await server.kill()
    write(localEntry('b', '1', 1))
    await expect(link.flush()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    write(localEntry('a', '2', 2))
    write(localEntry('c', '1', 1))
    await server.start()
    await back
    await link.flush()
    expect(values(await store.load(session))).toEqual({ a: '2', b: '1', c: '1' })
    expect(statuses.map((status) => status.state)).toEqual(['away', 'back'])
  })

  it('killed and restarted with its data: has all that was acknowledged', async () => {
    const server = await start({ persistent: true })
    const store = await open(server.url)
    const { link, session, write, changes } = follow(store)
    for (let at = 0; at < 50; at++) {
      write(localEntry(`k${at}`, '1', at))
      if (at % 10 === 0) await link.flush()
    }
    await link.flush()
    await server.kill()
    await server.start()
    const other = await open(server.url)
    expect(Object.keys(values(await other.load(session)))).toHaveLength(50)
    await expect
      .poll(
        () =>
          link.catchUp().then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true)
    // It could have lost the last writes: the session is asked to make sure.
    expect(changes.at(-1)).toMatchObject({ extent: 'reset' })
  })

  it('that hangs: calls end in time, and nothing is lost when it goes on', async () => {
    const server = await start()
    const store = await open(server.url, { timeoutMs: 1_000 })
    const { link, session, write, statuses, back } = follow(store)
    write(localEntry('a', '1', 1))
    await link.flush()
    server.pause()
    write(localEntry('b', '1', 1))
    await expect(link.flush()).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    write(localEntry('b', '2', 2))
    server.resume()
    await back
    await link.flush()
    expect(values(await store.load(session))).toEqual({ a: '1', b: '2' })
    expect(statuses.map((status) => status.state)).toEqual(['away', 'back'])
  })

  it('that hung while a lock was asked for: nobody waits for one that nobody has', async () => {
    const server = await start()
    const store = await open(server.url, { timeoutMs: 1_000 })
    const session = someSession()
    server.pause()
    await expect(store.acquireLock(session, 'p', 3_600_000)).rejects.toMatchObject({
      code: 'ONEJAR_STORE_UNAVAILABLE',
    })
    server.resume()
    await expect.poll(() => store.acquireLock(session, 'p', 3_600_000)).not.toBeNull()
  })

  it('tells subscribers again after it came back', async () => {
    const server = await start()
    const [a, b] = [await open(server.url), await open(server.url)]
    const session = someSession()
    const changes: (string | null)[] = []
    await a.subscribe(session, (version) => changes.push(version))
    await server.kill()
    await server.start()
    await expect.poll(() => changes).toEqual([null])
    await expect
      .poll(() => b.commit(session, [localEntry('k', '1', 1)]).catch(() => null))
      .toMatchObject({ version: expect.stringMatching(/\.1$/) })
    await expect.poll(() => changes.length).toBe(2)
    expect(changes[1]).toMatch(/\.1$/)
  })

  it('never gives half a session when the server has evicted a part', async () => {
    const server = await start()
    const store = await open(server.url, { encryption: 'off' })
    const client = new Redis(server.url)
    cleanups.push(() => client.disconnect())
    for (const part of ['entries', 'numbers', 'meta']) {
      const session = someSession()
      const { version } = await store.commit(session, [localEntry('a', '1', 1), localEntry('b', '1', 1)])
      expect(await client.del(`onejar:{tenant/${session.id}}:${part}`)).toBe(1)
      expect(await store.changesSince(session, version)).toMatchObject({
        entries: [],
        extent: 'reset',
        version: '',
      })
      await store.commit(session, [localEntry('c', '1', 1)])
      expect(values(await store.load(session))).toEqual({ c: '1' })
    }
  })
})

describe('a Redis that is guarded', () => {
  it('takes a password from the URL or the options, and never tells it', async () => {
    const server = await start({ config: { requirepass: 's3cret-canary' } })
    const session = someSession()
    const store = await open(server.url.replace('://', '://:s3cret-canary@'))
    await store.commit(session, [localEntry('k', '1', 1)])
    const other = await open(server.url, { password: 's3cret-canary' })
    expect(values(await other.load(session))).toEqual({ k: '1' })
    for (const url of [server.url, server.url.replace('://', '://user:wrong-canary@')]) {
      const error = await open(url).catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
      expect(error.message).toMatch(/NOAUTH|WRONGPASS/)
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary')
    }
  })

  it('refuses writes when its memory is full, and tells nothing of what was to be written', async () => {
    const server = await start({ config: { maxmemory: '3mb', 'maxmemory-policy': 'noeviction' } })
    const store = await open(server.url, { encryption: 'off' })
    const session = someSession()
    await store.commit(session, [localEntry('k', '1', 1)])
    const client = new Redis(server.url)
    cleanups.push(() => client.disconnect())
    await client.set('filler', 'x'.repeat(4_000_000)).catch(() => {})
    const error = await store.commit(session, [localEntry('l', 'canary', 1)]).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE', message: expect.stringContaining('OOM') })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary')
    // The client's own error would carry the command with all it holds.
    expect(Object.keys(error.cause)).toEqual([])
    expect(values(await store.load(session))).toEqual({ k: '1' })
    await client.del('filler')
    const again = () => store.commit(session, [localEntry('l', 'canary', 1)]).catch(() => null)
    await expect.poll(again).toMatchObject({ written: 1 })
  })

  it('is spoken to over TLS, and is who it should be', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
      ].concat(['-out', cert], subject),
      { stdio: 'ignore' },
    )
    const plain = await RedisServer.start()
    await plain.stop()
    const tls = {
      'tls-cert-file': cert,
      'tls-key-file': key,
      'tls-auth-clients': 'no',
      'tls-port': plain.port,
      port: 0,
    }
    const server = await start({ port: plain.port, config: tls })
    const url = server.url.replace('redis:', 'rediss:')
    const session = someSession()
    const store = await open(url, { tls: { ca: readFileSync(cert, 'utf8') } })
    const heard = Promise.withResolvers<string | null>()
    await store.subscribe(session, heard.resolve)
    const other = await open(url.replace('127.0.0.1', 'localhost'), {
      tls: { ca: readFileSync(cert, 'utf8') },
    })
    const { version } = await other.commit(session, [localEntry('k', '1', 1)])
    expect(await heard.promise).toBe(version)
    await expect(open(url)).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
  })

  it('holds nothing outside of the prefix, and prefixes do not mix', async () => {
    const server = await start()
    const session = someSession()
    const [a, b] = [
      await open(server.url, { keyPrefix: 'app-a' }),
      await open(server.url, { keyPrefix: 'app-b' }),
    ]
    await a.commit(session, [localEntry('k', 'a', 1)])
    await a.acquireLock(session, 'p', 60_000)
    expect(await b.load(session)).toMatchObject({ entries: [] })
    const lock = await b.acquireLock(session, 'p', 60_000)
    expect(await lock?.extend(60_000)).toBe(true)
    const client = new Redis(server.url)
    cleanups.push(() => client.disconnect())
    expect(await client.keys('*')).toSatisfy((names: string[]) =>
      names.every((name) => /^app-[ab]:/.test(name)),
    )
    // What a session leaves goes away by itself.
    for (const key of await client.keys('app-a:{*')) expect(await client.pttl(key)).toBeGreaterThan(0)
  })

  it('encrypts with a key file when no key is given, and tells another machine to share it', async () => {
    const server = await start()
    const session = someSession()
    const bare = { target: server.url, timeoutMs: 1000 }
    const store = await openStore(bare, { env: { ONEJAR_HOME: join(folder, 'one') } })
    cleanups.push(() => store.close())
    await store.commit(session, [localEntry('k', '1', 1)])
    await expect(openStore(bare, { env: { ONEJAR_HOME: join(folder, 'two') } })).rejects.toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
      message: expect.stringContaining('ONEJAR_KEYS'),
    })
    const shared = readFileSync(join(folder, 'one', 'onejar.key'), 'utf8').trim()
    const other = await openStore(bare, { env: { ONEJAR_HOME: join(folder, 'two'), ONEJAR_KEYS: shared } })
    cleanups.push(() => other.close())
    expect(values(await other.load(session))).toEqual({ k: '1' })
  })

  it('refuses a layout of a newer version', async () => {
    const server = await start()
    const client = new Redis(server.url)
    await client.hset('onejar:facts', 'layout', '2')
    client.disconnect()
    await expect(open(server.url)).rejects.toMatchObject({ code: 'ONEJAR_STORE_VERSION' })
  })
})

describe('a Redis cluster', () => {
  it('loses a node and gets it back: its sessions wait, the others go on', async () => {
    const cluster = await RedisCluster.start()
    cleanups.push(() => cluster.stop())
    const [a, b] = [await open(cluster.url), await open(cluster.url)]
    const sessions = Array.from({ length: 24 }, () => someSession())
    for (const session of sessions) await a.commit(session, [localEntry('k', '1', 1)])
    const heard = new Map<string, (string | null)[]>()
    for (const session of sessions) {
      heard.set(session.id, [])
      await b.subscribe(session, (version) => heard.get(session.id)?.push(version))
    }
    await cluster.nodes[1]?.kill()
    const outcomes = await Promise.allSettled(sessions.map((session) => a.load(session)))
    expect(outcomes.map((outcome) => outcome.status)).toEqual(expect.arrayContaining(['rejected']))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    }
    await cluster.nodes[1]?.start()
    const all = () => Promise.all(sessions.map((session) => a.load(session))).catch(() => [])
    await expect.poll(all).toHaveLength(24)
    let tick = 1
    for (const session of sessions) {
      expect(values(await a.load(session))).toEqual({ k: '1' })
      heard.set(session.id, [])
      const hearsAgain = async () => {
        await a.commit(session, [localEntry('k', '2', ++tick)])
        return heard.get(session.id)?.some((version) => version !== null)
      }
      await expect.poll(hearsAgain).toBe(true)
    }
  })

  it('loses a master for good: its replica takes over, and nothing that was flushed is missing', {
    timeout: 120_000,
  }, async () => {
    const cluster = await RedisCluster.start({ replicas: true, nodeTimeoutMs: 1500 })
    cleanups.push(() => cluster.stop())
    const store = await open(cluster.url)
    const sessions = Array.from({ length: 30 }, () => follow(store))
    let [round, flushed] = [0, 0]
    const writeAll = () =>
      Promise.all(
        sessions.map(async ({ link, write }) => {
          write(localEntry(`k${round}`, '1', ++round))
          await link.flush().then(
            () => flushed++,
            () => {},
          )
        }),
      )
    for (let at = 0; at < 5; at++) await writeAll()
    expect(flushed).toBe(150)
    const killed = cluster.nodes[0]?.kill()
    for (let at = 0; at < 3; at++) await writeAll()
    await killed
    const settled = () =>
      Promise.all(sessions.map(({ link }) => link.catchUp())).then(
        () => true,
        () => false,
      )
    await expect.poll(settled).toBe(true)
    const other = await open(cluster.url)
    for (const { session, held } of sessions) {
      expect(Object.keys(values(await other.load(session))).sort()).toEqual(
        [...held.values()].map(({ id }) => id.split('\n')[1]).sort(),
      )
    }
    // Those whose server is another one by now were asked for all they hold: it could have missed the last writes.
    const asked = sessions.filter(({ changes }) => changes.some(({ extent }) => extent === 'reset'))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThan(30)
  })
})
