import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dynamodb } from '../../../src/dynamodb/index.ts'
import { generateKey, openStore, type Store, type StoreOptions } from '../../../src/store/index.ts'
import { MemoryBackend, MemorySpace } from '../../../src/store/memory-backend.ts'
import { migrate } from '../../../src/store/sqlite/sqlite-schema.ts'
import { prepareStatements } from '../../../src/store/sqlite/sqlite-statements.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { DynamodbServer } from '../../support/dynamodb-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

/** A store, and how many things there are in its database: rows, fields, items, whatever it keeps. */
interface Place {
  readonly store: StoreOptions
  count(): Promise<number>
  /** Where the server has a clock of its own, which no test moves: makes its locks as old as they would be. */
  age?(): Promise<void>
  close(): Promise<void>
}

const session = { tenant: 'acme', id: 'alice' }
const keys = generateKey()
const DAY_MS = 24 * 60 * 60_000

let redis: RedisServer
let dynamo: DynamodbServer
beforeAll(async () => {
  redis = await RedisServer.start()
  dynamo = await DynamodbServer.start()
})
afterAll(async () => {
  await redis?.stop()
  await dynamo?.stop()
})

const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  async memory() {
    const space = new MemorySpace()
    return {
      store: { target: { open: async ({ limits, clock }) => new MemoryBackend(space, limits, clock) } },
      async count() {
        const maps = Object.values(space).filter((part) => part instanceof Map)
        const rows = [...space.sessions.values()].reduce((sum, { rows }) => sum + rows.size, 0)
        return maps.reduce((sum, map) => sum + map.size, rows)
      },
      close: async () => {},
    }
  },
  async SQLite() {
    const folder = mkdtempSync(join(tmpdir(), 'onejar-left-'))
    const target = join(folder, 'onejar.db')
    return {
      store: { target },
      async count() {
        const db = new DatabaseSync(target, { readOnly: true })
        const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
        const counts = tables.map(
          ({ name }) => db.prepare(`SELECT count(*) AS n FROM "${name}"`).get()?.['n'],
        )
        db.close()
        return counts.reduce<number>((sum, n) => sum + Number(n), 0)
      },
      close: async () => rmSync(folder, { recursive: true }),
    }
  },
  async Redis() {
    const client = new Redis(redis.url)
    await client.flushall()
    return {
      store: { target: redis.url },
      async count() {
        const names = await client.keys('*')
        const sizes = names.map(async (name) =>
          (await client.type(name)) === 'zset' ? client.zcard(name) : client.hlen(name),
        )
        return (await Promise.all(sizes)).reduce((sum, size) => sum + size, names.length)
      },
      async age() {
        for (const key of await client.keys('*:locks'))
          for (const [purpose, lock] of Object.entries(await client.hgetall(key)))
            await client.hset(key, purpose, lock.replace(/ \d+ /, ' 1 '))
      },
      close: async () => client.disconnect(),
    }
  },
  async DynamoDB() {
    const client = dynamo.client()
    return {
      store: {
        target: dynamodb({ table: dynamo.table, client, pollMs: 20 }),
        keyPrefix: `left-${Math.random()}`,
        timeoutMs: 20_000,
      },
      async count() {
        return (await client.send(new ScanCommand({ TableName: dynamo.table }))).Items?.length ?? 0
      },
      close: async () => {},
    }
  },
}

it('no statement of SQLite reads a table from end to end but those of a list, a purge and the facts', async () => {
  const db = new DatabaseSync(':memory:')
  migrate(db)
  const walks = Object.entries(prepareStatements(db)).filter(([, { sourceSQL }]) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sourceSQL}`)
      .all()
      .some(({ detail }) => /^SCAN (?:session|entry|lock|released|fact)\b/.test(String(detail))),
  )
  expect(walks.map(([name]) => name).sort()).toEqual([
    'deleteOldLocks',
    'deleteOldReleases',
    'keepFencesOfLocks',
    'keepFencesOfSessions',
    'listFacts',
    'sessionsToPurge',
  ])
  db.close()
})

describe.each(Object.entries(PLACES))('%s', (_, openPlace) => {
  let place: Place
  let store: Store
  let now: number
  beforeEach(async () => {
    now = Date.now()
    place = await openPlace()
    store = await openStore({ keys, ...place.store }, { clock: { now: () => now } })
    await store.commit(session, [localEntry('k', '1', 1)])
  })
  afterEach(async () => {
    await store?.close()
    await place?.close()
  })

  async function useLocks(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at++) {
      const lock = await store.acquireLock(session, `idempotency ${at}`, 60_000)
      await lock?.extend(60_000)
      await lock?.release()
    }
  }

  it('keeps as much after many locks as after one', async () => {
    await useLocks(0, 1)
    const one = await place.count()
    await useLocks(1, 40)
    expect(await place.count()).toBe(one)
  })

  it('keeps as much after many subscriptions as before', async () => {
    const before = await place.count()
    for (let at = 0; at < 20; at++) {
      const end = await store.subscribe({ ...session, id: `s${at}` }, () => {})
      await end()
    }
    expect(await place.count()).toBe(before)
  })

  it('forgets the locks of holders that died, a day after they ended', async () => {
    await useLocks(0, 1)
    const one = await place.count()
    for (let at = 0; at < 5; at++) await store.acquireLock(session, `died ${at}`, 1)
    now += 3 * DAY_MS
    await place.age?.()
    await store.commit(session, [localEntry('k', '2', 2)])
    await store.purge()
    // A store that has forgotten that the session ever had a lock has less.
    expect(await place.count()).toBeLessThanOrEqual(one)
  })

  it('gives fences that never go back, however the clock is set', async () => {
    const fences: number[] = []
    for (const step of [0, 1000, -3000, -2 * DAY_MS, 4 * DAY_MS, -5 * DAY_MS]) {
      now += step
      if (step > DAY_MS) await store.purge()
      const lock = await store.acquireLock(session, 'solve', 1000)
      fences.push(lock?.fence ?? Number.NaN)
      await lock?.release()
    }
    expect(fences.every((fence, at) => at === 0 || fence > (fences[at - 1] as number))).toBe(true)
  })
})
