import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Entry, mergeInto } from '../../../src/record/index.ts'
import { openStore, WriteBehind } from '../../../src/store/index.ts'
import { localEntry } from '../../../src/store-kit/entries.ts'
import { values } from '../../conformance/store/store-kit.ts'
import { RedisServer } from '../../support/redis-server.ts'

const CHILD = fileURLToPath(new URL('follow-child.ts', import.meta.url))
const SESSION = { tenant: 'several', id: 'session' }
let folder: string
let server: RedisServer

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onejar-several-'))
  server = await RedisServer.start()
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

/** Runs a process that writes and follows the session; resolves with what it holds in the end. */
function runChild(target: string, writer: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', CHILD, target, writer], {
      env: { PATH: process.env['PATH'], ONEJAR_HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as Record<string, unknown>)
      else reject(new Error(`the process ended with ${code}: ${errors}`))
    })
  })
}

describe('several processes on one session', () => {
  for (const kind of ['SQLite', 'Redis'] as const) {
    it(`end with the same record, deletions too (${kind})`, async () => {
      const target = kind === 'SQLite' ? join(folder, 'onejar.db') : server.url
      const results = await Promise.all(['a', 'b', 'c'].map((writer) => runChild(target, writer)))
      const store = await openStore(target, { env: { ONEJAR_HOME: folder } })
      const held = values(await store.load(SESSION))
      await store.close()
      expect(Object.keys(held)).toHaveLength(3 * 100 + 1 + 3)
      for (const result of results) expect(result).toEqual(held)
      for (const writer of ['a', 'b', 'c']) expect(held[`${writer} 3`]).toBeNull()
    })
  }

  it('lets a link hear what another writes, without being asked', async () => {
    const options = { env: { ONEJAR_HOME: folder } }
    for (const target of [join(folder, 'onejar.db'), server.url]) {
      const [mine, theirs] = [await openStore(target, options), await openStore(target, options)]
      const record = new Map<string, Entry>()
      const queue = new WriteBehind(mine)
      const link = queue.link(SESSION, {
        onChange: (changes) => void mergeInto(record, changes.entries),
        recall: () => [...record.values()],
      })
      await link.load()
      await link.follow()
      await theirs.commit(SESSION, [localEntry('k', 'theirs', 1)])
      await expect.poll(() => values({ entries: [...record.values()] })).toEqual({ k: 'theirs' })
      await queue.close()
      await mine.close()
      await theirs.close()
    }
  })
})
