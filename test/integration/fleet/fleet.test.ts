import { join } from 'node:path'
import { expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/broker.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { runFleet } from './fleet.ts'

const SEED = Number(process.env['ONEJAR_SEED'])
const FLEET = { seed: SEED, processes: 8, sessions: 50 }
const NOTHING_WRONG = { lost: [], different: [], failures: [] }

it('eight processes on one Redis end alike and lose nothing, whoever is killed', {
  timeout: 240_000,
}, async () => {
  const server = await RedisServer.start({ persistent: true })
  try {
    const report = await runFleet({
      ...FLEET,
      target: server.url,
      keys: generateKey(),
      durationMs: 5000,
      disturbStore: async () => {
        await server.kill()
        await server.start()
      },
    })
    expect(report).toMatchObject(NOTHING_WRONG)
    expect(report.acknowledged).toBeGreaterThan(100)
    expect(report.kills * report.disturbances).toBeGreaterThan(0)
  } finally {
    await server.stop()
  }
})

it('eight processes on one SQLite file end alike and lose nothing', { timeout: 240_000 }, async () => {
  using folder = temporaryFolder()
  const target = join(folder.path, 'onejar.db')
  const report = await runFleet({ ...FLEET, target, keys: generateKey(), durationMs: 3000 })
  expect(report).toMatchObject(NOTHING_WRONG)
  expect(report.acknowledged).toBeGreaterThan(100)
  expect(report.kills).toBeGreaterThan(0)
})
