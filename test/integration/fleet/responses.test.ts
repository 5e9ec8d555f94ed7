import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/broker.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { respondAndKill } from './response-rounds.ts'

const ROUNDS = { keys: generateKey(), rounds: 4, parallel: 2 }

it('SQLite holds what a returned response brought, though the process was killed at once', {
  timeout: 240_000,
}, async () => {
  using folder = temporaryFolder()
  const report = await respondAndKill({ ...ROUNDS, target: join(folder.path, 'onejar.db') })
  expect(report.lost).toEqual([])
  expect(report.said).toBeGreaterThan(40)
})

it('Redis holds what a returned response brought, though the process was killed at once', {
  timeout: 240_000,
}, async () => {
  const server = await RedisServer.start()
  try {
    const report = await respondAndKill({ ...ROUNDS, target: server.url })
    expect(report.lost).toEqual([])
    expect(report.said).toBeGreaterThan(40)
  } finally {
    await server.stop()
  }
})
