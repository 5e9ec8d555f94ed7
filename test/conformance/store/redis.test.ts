import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { generateKey, openStore, type Store } from '../../../src/store/index.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { type KitOptions, storeKit } from './store-kit.ts'

let server: RedisServer
beforeAll(async () => {
  server = await RedisServer.start()
})
afterAll(async () => {
  await server?.stop()
})

for (const encryption of ['on', 'off'] as const) {
  storeKit(`Redis, encryption ${encryption}`, async () => {
    const keyPrefix = `test-${randomUUID()}`
    const keys = generateKey()
    const opened: Store[] = []
    return {
      async open({ now = Date.now, ...limits }: KitOptions = {}) {
        const options = { target: server.url, keyPrefix, keys, encryption, ...limits }
        const store = await openStore(options, { clock: { now } })
        opened.push(store)
        return store
      },
      async close() {
        for (const store of opened) await store.close()
      },
    }
  })
}
