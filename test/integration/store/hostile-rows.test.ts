import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateKey, openStore, type Store, type StoreProblem } from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { RedisServer } from '../../support/redis-server.ts'

const keys = generateKey()
const cleanups: (() => unknown)[] = []
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-hostile-'))
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
  rmSync(folder, { recursive: true })
})

async function open(target: string): Promise<{ store: Store; problems: StoreProblem[] }> {
  const problems: StoreProblem[] = []
  const store = await openStore({ target, keys }, { onProblem: (problem) => problems.push(problem) })
  cleanups.push(() => store.close())
  return { store, problems }
}

/** Writes two sessions, has somebody spoil the first one, and sees that both can be worked with. */
async function spoilAndUse(target: string, spoil: () => Promise<void> | void, reason: string): Promise<void> {
  const [session, other] = [someSession(), someSession()]
  const writer = await open(target)
  await writer.store.commit(session, [localEntry('a', '1', 1), localEntry('b', '1', 1)])
  await spoil()
  await writer.store.commit(other, [localEntry('o', '1', 1)])
  const { store, problems } = await open(target)
  const loaded = await store.load(session)
  expect(problems.map((problem) => problem.reason)).toEqual(loaded.entries.length === 2 ? [] : [reason])
  for (const infos of [await collect(store)]) expect(infos).toContain(other.id)
  await store.purge()
  // A writer that had it open, and one that comes anew.
  await writer.store.commit(session, [localEntry('c', '1', 2)], { since: '' })
  await store.commit(session, [localEntry('d', '1', 2), localEntry('a', '2', 3)])
  expect(values((await store.load(session)) as never)).toMatchObject({ a: '2', c: '1', d: '1' })
  const lock = await store.acquireLock(session, 'p', 1000)
  expect(await lock?.extend(1000)).toBe(true)
  await store.commit(session, [localEntry('e', '1', 2)], { lock: lock! })
  await lock?.release()
  expect(await store.remove(session)).toBe(true)
  expect(values(await store.load(other))).toEqual({ o: '1' })
}

async function collect(store: Store): Promise<string[]> {
  const ids: string[] = []
  for await (const { session } of store.list()) ids.push(session.id)
  return ids
}

describe('a Redis in which somebody else has written', () => {
  const metas: Record<string, (client: Redis, key: (part: string) => string) => Promise<unknown>> = {
    'a number that is none': (client, key) => client.hset(key('meta'), 'number', 'x'),
    'a count that is not whole': (client, key) => client.hset(key('meta'), 'count', '2.5'),
    'a size that is NaN': (client, key) => client.hset(key('meta'), 'size', 'nan'),
    'an endless expiry': (client, key) => client.hset(key('meta'), 'expires', 'inf'),
    'a horizon below zero': (client, key) => client.hset(key('meta'), 'horizon', '-1'),
    'members that are gone': (client, key) => client.hdel(key('meta'), 'floor', 'expires'),
    'a text for the head': (client, key) => client.set(key('meta'), 'x'),
    'a text for the entries': (client, key) => client.set(key('entries'), 'x'),
    'a list for the numbers': async (client, key) => {
      await client.del(key('numbers'))
      await client.rpush(key('numbers'), 'x', 'y')
    },
    'an entry too many': (client, key) => client.hset(key('entries'), 'x', 'y'),
    'no head': (client, key) => client.del(key('meta')),
  }
  it.each(Object.entries(metas))('%s: the session is begun anew, with a word', async (_, spoil) => {
    const server = await RedisServer.start()
    const client = new Redis(server.url)
    cleanups.push(
      () => server.stop(),
      () => client.disconnect(),
    )
    await spoilAndUse(
      server.url,
      async () => {
        const [entries = ''] = await client.keys('*:entries')
        await spoil(client, (part) => entries.replace(/entries$/, part))
      },
      'torn',
    )
  })

  const rows: Record<string, string> = {
    'an empty row': '',
    'a row without a head': 'no line feed',
    'a row with half a head': '12 w\nbody',
    'a row with a time beyond all': `${'9'.repeat(40)} w 1 0 -\nbody`,
    'a row with an expiry that is none': '12 w 1 0 soon\nbody',
    'a row of bytes': '\xff\x00\n\n\x01',
  }
  it.each(Object.entries(rows))('%s: it is dropped with a word', async (_, row) => {
    const server = await RedisServer.start()
    const client = new Redis(server.url)
    cleanups.push(
      () => server.stop(),
      () => client.disconnect(),
    )
    await spoilAndUse(
      server.url,
      async () => {
        const [entries = ''] = await client.keys('*:entries')
        const [field = ''] = await client.hkeys(entries)
        await client.hset(entries, field, Buffer.from(row, 'latin1'))
        await client.hset(entries.replace(/entries$/, 'locks'), 'x', 'y')
      },
      'altered',
    )
  })

  it('locks that are none: they are taken', async () => {
    const server = await RedisServer.start()
    const client = new Redis(server.url)
    cleanups.push(
      () => server.stop(),
      () => client.disconnect(),
    )
    const { store } = await open(server.url)
    const session = someSession()
    const lock = await store.acquireLock(session, 'p', 60_000)
    const [locks = ''] = await client.keys('*:locks')
    const [field = ''] = await client.hkeys(locks)
    for (const text of ['', 'x', '1', '1 x y']) {
      await client.hset(locks, field, text)
      expect(await lock?.extend(1000)).toBe(false)
      const taken = await store.acquireLock(session, 'p', 60_000)
      expect(await taken?.extend(60_000)).toBe(true)
      await store.commit(session, [localEntry('k', '1', 1)])
    }
  })
})

describe('a SQLite file in which somebody else has written', () => {
  const HUGE = '9223372036854775807'
  const changes: Record<string, readonly [sql: string, reason: string]> = {
    'a time beyond all': [`UPDATE entry SET time = ${HUGE} WHERE rowid = 1`, 'altered'],
    'a time below zero': ['UPDATE entry SET time = -5 WHERE rowid = 1', 'altered'],
    'an expiry beyond all': [`UPDATE entry SET expires_at = ${HUGE} WHERE rowid = 1`, 'altered'],
    'an empty body': [`UPDATE entry SET body = x'' WHERE rowid = 1`, 'altered'],
    'another writer': [`UPDATE entry SET writer = '' WHERE rowid = 1`, 'altered'],
    'a number beyond all': [`UPDATE session SET number = ${HUGE}, floor = ${HUGE}`, 'torn'],
    'times of a session beyond all': [
      `UPDATE session SET created_at = ${HUGE}, written_at = -${HUGE}, horizon = ${HUGE}, size = -1`,
      'torn',
    ],
    'locks that were given back, beyond all': [
      `INSERT INTO released SELECT name, 'x', ${HUGE} FROM session; INSERT INTO released VALUES ('', '', -${HUGE})`,
      'altered',
    ],
    'locks beyond all': [
      `INSERT INTO lock SELECT name, 'x', '', ${HUGE}, ${HUGE}, ${HUGE} FROM session`,
      'altered',
    ],
  }
  it.each(Object.entries(changes))('%s: all else can be used', async (_, [sql, reason]) => {
    const path = join(folder, 'onejar.db')
    await spoilAndUse(
      path,
      () => {
        const db = new DatabaseSync(path)
        db.exec(sql)
        db.close()
      },
      reason,
    )
  })
})
