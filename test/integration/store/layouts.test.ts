import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../../src/store/index.ts'
import { assertKnown, MIGRATIONS, migrate } from '../../../src/store/sqlite/sqlite-schema.ts'
import { cookieEntry, localEntry } from '../../../src/store-kit/entries.ts'
import { errorOf } from '../../support/broker.ts'
import { RedisServer } from '../../support/redis-server.ts'

/** What the first layout looks like, as it was written then: what is written today has to be read for ever. */
const LAYOUT_1 = JSON.parse(
  readFileSync(fileURLToPath(new URL('layout-1.json', import.meta.url)), 'utf8'),
) as { sqlite: string[]; redis: [command: 'HSET' | 'ZADD', key: string, ...args: string[]][] }
const SCHEMA = new URL('../../../src/store/sqlite/sqlite-schema.ts', import.meta.url).href
const options = { keys: 'a'.repeat(64) }
const clock = { now: () => 1_790_000_000_000 }
const session = { tenant: 'acme', id: 'alice' }
const entries = [
  cookieEntry('sid', 'kept', 1),
  localEntry('token', 'kept too', 2),
  localEntry('gone', null, 3),
]
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-layout-'))
  path = join(folder, 'onejar.db')
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function restore(): void {
  const db = new DatabaseSync(path)
  for (const sql of LAYOUT_1.sqlite) db.exec(sql)
  db.close()
}

async function readAll(target: string): Promise<void> {
  await using store = await openStore({ ...options, target }, { clock })
  const loaded = await store.load(session)
  expect(loaded).toMatchObject({ problems: [], entries: { length: 3 } })
  expect(loaded.entries).toEqual(expect.arrayContaining(entries))
  expect(await store.commit(session, [localEntry('more', '1', 4)])).toMatchObject({ written: 1 })
}

describe('a store of the first layout', () => {
  it('is read, and written on, in SQLite', async () => {
    restore()
    await readAll(path)
  })

  it('is read, and written on, in Redis', async () => {
    const server = await RedisServer.start()
    const client = new Redis(server.url)
    try {
      for (const [command, key, ...args] of LAYOUT_1.redis) {
        const decoded =
          command === 'ZADD' ? args : args.map((arg, at) => (at % 2 ? Buffer.from(arg, 'base64') : arg))
        await client.call(command, key, ...decoded)
      }
      await readAll(server.url)
    } finally {
      client.disconnect()
      await server.stop()
    }
  })
})

describe('the step to the second layout of SQLite, which drops the rows of locks that were given back', () => {
  /** The statements of the first layout, as a process of then has them prepared while the step is made. */
  function ofThen(db: DatabaseSync) {
    return {
      put: db.prepare(`INSERT INTO lock (name, purpose, token, fence, until, released) VALUES (?, ?, ?, ?, ?, 0)
        ON CONFLICT (name, purpose) DO UPDATE SET token = excluded.token, fence = excluded.fence, until = excluded.until`),
      release: db.prepare(`UPDATE lock SET until = 0, released = released + 1
        WHERE name = ? AND purpose = ? AND token = ? AND until > ?`),
      find: db.prepare('SELECT token, fence, until FROM lock WHERE name = ? AND purpose = ?'),
      pulse: db.prepare('SELECT total(released) AS released FROM lock WHERE name = ?'),
    }
  }
  const now = clock.now()

  it('keeps what they stand for, and those that are held', async () => {
    restore()
    const db = new DatabaseSync(path)
    const { put, release } = ofThen(db)
    put.run('s', 'given back', 'a', 7, now + 1)
    put.run('s', 'given back later', 'b', now + 5, now + 1)
    for (const [purpose, token] of [
      ['given back', 'a'],
      ['given back later', 'b'],
    ] as const)
      release.run('s', purpose, token, now)
    put.run('s', 'held', 'c', now + 9, now + 60_000)
    migrate(db)
    expect(db.prepare('SELECT purpose, fence FROM lock').all()).toEqual([{ purpose: 'held', fence: now + 9 }])
    expect(db.prepare('SELECT name, fence FROM released').all()).toEqual([{ name: 's', fence: now + 5 }])
    db.close()
  })

  it('holds for a process of the first layout that has the file open: watchers, fences and late writes', async () => {
    restore()
    const db = new DatabaseSync(path)
    const then = ofThen(db)
    await using store = await openStore({ ...options, target: path }, { clock })
    // What the session and the purpose are called in the file.
    const lock = await store.acquireLock(session, 'solve', 60_000)
    const { name, purpose } = db.prepare('SELECT name, purpose FROM lock').get() as Record<string, string>
    const heard = Promise.withResolvers<unknown>()
    const end = await store.subscribe(session, heard.resolve)
    await lock?.release()
    expect(then.find.get(name!, purpose!)).toBeUndefined()
    // With no row to go by, it takes the time for a fence; this clock stands still, so that is the fence of the holder before.
    then.put.run(name!, purpose!, 'then', now, now + 60_000)
    expect(then.find.get(name!, purpose!)?.['fence']).toBeGreaterThan(lock!.fence)
    expect(await errorOf(store.commit(session, [localEntry('k', 'late', 9)], { lock: lock! }))).toMatchObject(
      {
        code: 'ONEJAR_LOCK_LOST',
      },
    )
    then.release.run(name!, purpose!, 'then', now)
    await heard.promise
    await end()
    expect(then.find.get(name!, purpose!)).toBeUndefined()
    expect(then.pulse.get(name!)).toEqual({ released: 0 })
    expect((await store.acquireLock(session, 'solve', 1000))?.fence).toBeGreaterThan(lock!.fence + 1)
    db.close()
  })
})

describe('a step to a newer layout', () => {
  const step = `ALTER TABLE entry ADD COLUMN origin TEXT; CREATE TABLE steps (at INTEGER) STRICT; INSERT INTO steps VALUES (2)`

  it('is made by one of many processes that open the file at once, and loses nothing', async () => {
    restore()
    const script = `
      import { DatabaseSync } from 'node:sqlite'
      const { MIGRATIONS, migrate } = await import(${JSON.stringify(SCHEMA)})
      const db = new DatabaseSync(${JSON.stringify(path)}, { timeout: 30_000 })
      process.stdout.write('ready')
      process.stdin.once('data', () => {
        migrate(db, [...MIGRATIONS, ${JSON.stringify(step)}])
        db.close()
        process.exit()
      })`
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    const codes = children.map((child) => once(child, 'close'))
    for (const child of children) child.stdin.write('go')
    expect((await Promise.all(codes)).map(([code]) => code)).toEqual([0, 0, 0, 0])
    const db = new DatabaseSync(path)
    expect(db.prepare('SELECT at FROM steps').all()).toEqual([{ at: 2 }])
    expect(db.prepare('SELECT count(*) AS n, count(origin) AS o FROM entry').get()).toEqual({ n: 3, o: 0 })
    db.close()
    const before = readFileSync(path)
    expect(await errorOf(openStore({ ...options, target: path }, { clock }))).toMatchObject({
      code: 'ONEJAR_STORE_VERSION',
      details: { found: MIGRATIONS.length + 1, known: MIGRATIONS.length },
    })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('that fails leaves the file as it was', async () => {
    restore()
    const db = new DatabaseSync(path)
    expect(() => migrate(db, [...MIGRATIONS, `${step}; SELECT nonsense FROM nowhere`])).toThrow(/nowhere/)
    db.close()
    await readAll(path)
  })
})

describe('a file that another process makes a store of', () => {
  it.each([1, 2, 3])(
    'is never taken for a database of another program: looked at after read %i',
    (moment) => {
      const [looking, making] = [new DatabaseSync(path), new DatabaseSync(path)]
      looking.exec('PRAGMA journal_mode = WAL') // as the process that makes it has done by then
      const prepare = looking.prepare.bind(looking)
      let reads = 0
      looking.prepare = (sql) => {
        const statement = prepare(sql)
        const get = statement.get.bind(statement)
        statement.get = () => {
          const row = get()
          if (++reads === moment) migrate(making)
          return row
        }
        return statement
      }
      assertKnown(looking)
      expect(reads).toBe(3)
      assertKnown(looking)
      looking.close()
      making.close()
    },
  )
})
