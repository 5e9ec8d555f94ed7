import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  generateKey,
  openStore,
  type Store,
  type StoreOptions,
  type StoreProblem,
  storeHome,
} from '../../../src/store/index.ts'
import { migrate } from '../../../src/store/sqlite/sqlite-schema.ts'
import { everyKind, localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'

let folder: string
let path: string
const opened: Store[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-open-'))
  path = join(folder, 'deep', 'down', 'onejar.db')
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  rmSync(folder, { recursive: true })
})

async function open(
  options: StoreOptions | string = path,
  env: Record<string, string> = {},
  problems: StoreProblem[] = [],
) {
  const store = await openStore(options, { env, onProblem: (problem) => problems.push(problem) })
  opened.push(store)
  return store
}

const modeOf = (file: string) => statSync(file).mode & 0o777

describe('opening a store', () => {
  it('makes folders, database and key for the owner only', async () => {
    const store = await open()
    await store.commit(someSession(), everyKind('x'))
    expect(modeOf(join(folder, 'deep'))).toBe(0o700)
    for (const file of readdirSync(join(folder, 'deep', 'down'))) {
      expect([file, modeOf(join(folder, 'deep', 'down', file))]).toEqual([file, 0o600])
    }
    expect(readdirSync(join(folder, 'deep', 'down')).sort()).toEqual(
      ['onejar.db', 'onejar.db-shm', 'onejar.db-wal', 'onejar.db.key'].sort(),
    )
  })

  it('finds its home', () => {
    expect(storeHome({ ONEJAR_HOME: '/o', XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/o')
    expect(storeHome({ XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/x/onejar')
    expect(storeHome({ XDG_STATE_HOME: 'relative', HOME: '/h' })).toBe('/h/.local/state/onejar')
  })

  it('opens the default file, a path, sqlite: and file: targets', async () => {
    await open({}, { ONEJAR_HOME: folder })
    expect(readdirSync(folder)).toContain('onejar.db')
    await open(`sqlite:${join(folder, 'a.db')}`)
    await open(`file://${join(folder, 'b.db')}`)
    await open(`sqlite://${join(folder, 'c.db')}`)
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['a.db', 'b.db', 'c.db']))
  })

  it('refuses targets and options that are none', async () => {
    for (const target of [
      'http://x/y',
      'sqlite:',
      'mysql://x',
      'redis://',
      'redis://a,b',
      'redis://%zz:%zz@h:1',
      'redis://h:port',
    ]) {
      await expect(open(target, { ONEJAR_HOME: folder }), target).rejects.toMatchObject({
        code: 'ONEJAR_BAD_OPTIONS',
      })
    }
    for (const more of [{}, { target: 'memory' }, { encryption: 'off' }] as const)
      await expect(open({ ...more, keys: 'short' })).rejects.toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
    await expect(open({ nonsense: 1 } as StoreOptions)).rejects.toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
  })

  it('keeps what was written for the next to open it', async () => {
    const session = someSession()
    await (await open()).commit(session, everyKind('x'))
    await opened[0]?.close()
    expect((await (await open()).load(session)).entries).toHaveLength(everyKind('x').length)
  })

  it('starts afresh with a wrong key, says so once, and harms nothing', async () => {
    const session = someSession()
    const [right, wrong] = [generateKey(), generateKey()]
    const store = await open({ target: path, keys: right })
    await store.commit(session, [localEntry('k', '1', 1)])
    const problems: StoreProblem[] = []
    const other = await open({ target: path, keys: wrong }, {}, problems)
    expect(problems).toMatchObject([{ reason: 'unknown-key' }])
    expect(await other.load(session)).toMatchObject({ entries: [], problems: [] })
    await other.commit(session, [localEntry('k', 'other', 2)])
    expect(values(await store.load(session))).toEqual({ k: '1' })
    // The mistake is mended with both keys: what was there first is found again.
    const both = await open({ target: path, keys: [wrong, right] }, {}, problems)
    expect(values(await both.load(session))).toEqual({ k: '1' })
    expect(problems).toHaveLength(1)
  })

  it('rotates keys while processes with the old ring go on', async () => {
    const session = someSession()
    const [first, second] = [generateKey(), generateKey()]
    const old = await open(path, { ONEJAR_KEYS: first })
    await old.commit(session, [localEntry('a', '1', 1)])
    const prepared = await open(path, { ONEJAR_KEYS: `${first},${second}` })
    const rotated = await open(path, { ONEJAR_KEYS: `${second},${first}` })
    await rotated.commit(session, [localEntry('b', '2', 1)])
    expect(values(await prepared.load(session))).toEqual({ a: '1', b: '2' })
    await old.commit(session, [localEntry('c', '3', 1)])
    expect(await rotated.rekey()).toEqual({ resealed: 2, unreadable: 0 })
    const after = await open(path, { ONEJAR_KEYS: second })
    expect(await after.load(session)).toMatchObject({ problems: [], entries: { length: 3 } })
  })

  it('agrees on one key when many make it at once', async () => {
    const session = someSession()
    const stores = await Promise.all(Array.from({ length: 8 }, () => open()))
    await Promise.all(stores.map((store, at) => store.commit(session, [localEntry(`k${at}`, 'v', 1)])))
    for (const store of stores) expect((await store.load(session)).entries).toHaveLength(8)
  })

  it('tightens the mode of a key file, and refuses one that holds no key', async () => {
    await open()
    chmodSync(`${path}.key`, 0o644)
    await open()
    expect(modeOf(`${path}.key`)).toBe(0o600)
    writeFileSync(`${path}.key`, 'nothing of use\n')
    await expect(open()).rejects.toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
  })

  it('refuses a store of a newer version, and files that are no store', async () => {
    await open()
    await opened[0]?.close()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    await expect(open()).rejects.toMatchObject({ code: 'ONEJAR_STORE_VERSION', details: { found: 99 } })
    const alien = join(folder, 'alien.db')
    const other = new DatabaseSync(alien)
    other.exec('CREATE TABLE t (x)')
    other.close()
    const bytes = readFileSync(alien)
    await expect(open(alien)).rejects.toMatchObject({ code: 'ONEJAR_STORE_CORRUPT' })
    expect(readFileSync(alien).equals(bytes)).toBe(true)
    writeFileSync(join(folder, 'text.db'), randomBytes(10_000))
    const text = join(folder, 'text.db')
    await expect(open(text)).rejects.toMatchObject({
      code: 'ONEJAR_STORE_CORRUPT',
      message: expect.stringContaining(`${text} is no database of Onejar (`),
    })
    await expect(open(text)).rejects.not.toThrow(/key/)
  })

  it('migrates an older layout, step by step', () => {
    const db = new DatabaseSync(':memory:')
    const steps = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y', 'UPDATE a SET y = x']
    migrate(db, steps.slice(0, 1))
    db.exec('INSERT INTO a VALUES (7)')
    migrate(db, steps)
    expect(db.prepare('SELECT x, y FROM a').all()).toEqual([{ x: 7, y: 7 }])
    expect(() => migrate(db, steps.slice(0, 2))).toThrow(
      expect.objectContaining({ code: 'ONEJAR_STORE_VERSION' }),
    )
    db.close()
  })

  it('says what to do when the path cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '')
    for (const target of [join(folder, 'file', 'onejar.db'), '/proc/onejar.db', folder]) {
      await expect(open(target)).rejects.toMatchObject({
        code: 'ONEJAR_STORE_UNAVAILABLE',
        message: expect.stringMatching(/Check that the path is writable/),
      })
    }
  })

  it('refuses writes to a full disk, keeps what was there, and goes on when there is room', async () => {
    const session = someSession()
    // SQLite refuses to grow the file beyond the bound, with the error that a full disk gives.
    const store = await open({ target: path, maxFileBytes: 400_000 })
    await store.commit(session, [localEntry('k', '1', 1)])
    const flood = store.commit(session, [localEntry('flood', randomBytes(600_000).toString('hex'), 1)])
    const small = store.commit(session, [localEntry('small', '1', 1)])
    await expect(flood).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    await small
    expect(values(await store.load(session))).toEqual({ k: '1', small: '1' })
  })

  it('survives damage to the file: refuses it, or serves what is whole', async () => {
    const session = someSession()
    const store = await open({ target: path, keys: generateKey() })
    const entries = Array.from({ length: 300 }, (_, at) => localEntry(`k${at}`, 'x'.repeat(200), 1))
    await store.commit(session, entries)
    await store.close()
    const whole = readFileSync(path)
    for (const at of [0, 30, 100, 4096 + 5, 5 * 4096, whole.length - 2000]) {
      const broken = join(folder, `broken-${at}.db`)
      writeFileSync(broken, Buffer.concat([whole.subarray(0, at), randomBytes(64), whole.subarray(at + 64)]))
      try {
        const damaged = await open(broken)
        const { entries: left } = await damaged.load(session)
        for (const entry of left) expect(entries).toContainEqual(entry)
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^ONEJAR_STORE_(CORRUPT|UNAVAILABLE|VERSION)$/),
        })
      }
    }
  })
})
