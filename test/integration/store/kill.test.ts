import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { dynamodb } from '../../../src/dynamodb/index.ts'
import { openStore } from '../../../src/store/index.ts'
import { DynamodbServer } from '../../support/dynamodb-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { killRound } from './kill-rounds.ts'

const ROUNDS = 1

it('SQLite: loses nothing that was acknowledged to processes killed in mid-write', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onejar-kill-'))
  const target = join(folder, 'onejar.db')
  try {
    let acknowledged = 0
    for (let round = 0; round < ROUNDS; round++) {
      const report = await killRound({ target, env: {}, round, writers: 2 }, () =>
        openStore(target, { env: {} }),
      )
      expect(report).toMatchObject({ lost: [], torn: [] })
      acknowledged += report.acknowledged
    }
    expect(acknowledged).toBeGreaterThan(ROUNDS * 10)
    const db = new DatabaseSync(target)
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    db.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('Redis: the same', async () => {
  const server = await RedisServer.start()
  const home = mkdtempSync(join(tmpdir(), 'onejar-kill-'))
  const env = { ONEJAR_HOME: home }
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const open = () => openStore(server.url, { env })
      const report = await killRound({ target: server.url, env, round, writers: 2 }, open)
      expect(report).toMatchObject({ lost: [], torn: [] })
    }
  } finally {
    await server.stop()
    rmSync(home, { recursive: true })
  }
})

it('DynamoDB: the same', async () => {
  const server = await DynamodbServer.start()
  const home = mkdtempSync(join(tmpdir(), 'onejar-kill-'))
  const env = { ONEJAR_HOME: home, DYNAMODB_ENDPOINT: server.endpoint }
  const module = fileURLToPath(new URL('../../support/dynamodb-store.ts', import.meta.url))
  const target = dynamodb({ table: server.table, client: server.client() })
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const open = () => openStore({ target }, { env })
      const report = await killRound({ target: `module:${module}`, env, round, writers: 2 }, open)
      expect(report).toMatchObject({ lost: [], torn: [] })
    }
  } finally {
    await server.stop()
    rmSync(home, { recursive: true })
  }
})
