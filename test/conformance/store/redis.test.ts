import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { runKit } from './store-kit.ts'

let server: RedisServer
beforeAll(async () => {
  server = await RedisServer.start()
})
afterAll(async () => {
  await server?.stop()
})

for (const encryption of ['on', 'off'] as const) {
  runKit(`Redis, encryption ${encryption}`, async () => ({
    store: { target: server.url, keyPrefix: `test-${randomUUID()}`, keys: generateKey(), encryption },
  }))
}
