import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore, type StoreOptions, type StoreProblem, WriteBehind } from '../../../src/store/index.ts'
import { everyKind } from '../../../src/store-kit/entries.ts'
import { RedisServer } from '../../support/redis-server.ts'

const CANARY = 'c4n4ryV4lu3'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-canary-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Puts the canary into every kind of entry, into the names of session, tenant and lock, and gives all of it a history. */
async function plant(options: StoreOptions): Promise<void> {
  const problems: StoreProblem[] = []
  const store = await openStore(
    { keyPrefix: 'p', ...options },
    { env: {}, onProblem: (problem) => problems.push(problem) },
  )
  const session = { tenant: `tenant-${CANARY}`, id: `session-${CANARY}` }
  const queue = new WriteBehind(store)
  const link = queue.link(session, { onChange: () => {}, recall: () => [] })
  link.push(everyKind(CANARY))
  await link.flush()
  const lock = await store.acquireLock(session, `purpose-${CANARY}`, 60_000)
  await store.commit(session, [...everyKind(`${CANARY}-again`)], { lock: lock! })
  await store.remove({ ...session, id: 'another' })
  await store.purge()
  await queue.close()
  await store.close()
  expect(JSON.stringify(problems)).toBe('[]')
}

/** The files under a folder that hold the canary, as it is or in a usual encoding. */
function findCanary(where: string): string[] {
  const forms = [CANARY, Buffer.from(CANARY).toString('hex'), ...base64Forms()]
  return readdirSync(where, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(where, name)
    if (!statSync(path).isFile()) return false
    const text = readFileSync(path).toString('latin1')
    const wide = readFileSync(path).toString('utf16le')
    return forms.some((form) => text.includes(form)) || wide.includes(CANARY)
  })
}

/** Base64 looks different at each of three offsets: what is in the middle does not. */
function base64Forms(): string[] {
  return [0, 1, 2].map((shift) =>
    Buffer.from(`${'_'.repeat(shift)}${CANARY}`)
      .toString('base64')
      .slice(4, 12),
  )
}

describe('a canary in every kind of secret', () => {
  it('is nowhere in the files of SQLite', async () => {
    await plant({ target: join(folder, 'onejar.db') })
    expect(readdirSync(folder).length).toBeGreaterThan(1)
    expect(findCanary(folder)).toEqual([])
  })

  it('is nowhere in the files and the log of Redis', async () => {
    const server = await RedisServer.start({ persistent: true, config: { loglevel: 'debug' } })
    try {
      await plant({ target: server.url, keys: Buffer.alloc(32, 3).toString('hex') })
      expect(readdirSync(server.folder, { recursive: true }).length).toBeGreaterThan(1)
      expect(findCanary(server.folder)).toEqual([])
      expect(server.log).not.toContain(CANARY)
    } finally {
      await server.stop()
    }
  })

  it('would be found: without encryption it is there', async () => {
    await plant({ target: join(folder, 'onejar.db'), encryption: 'off' })
    expect(findCanary(folder)).toEqual(['onejar.db'])
  })
})
