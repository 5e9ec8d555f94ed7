import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { generateKey, openStore, type Store } from '../../../src/store/index.ts'
import { RedisCluster } from '../../support/redis-cluster.ts'
import { type KitOptions, storeKit } from './store-kit.ts'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await RedisCluster.start()
}, 60_000)
afterAll(async () => {
  await cluster?.stop()
})

storeKit('a Redis cluster of three', async () => {
  const keyPrefix = `test-${randomUUID()}`
  const keys = generateKey()
  const opened: Store[] = []
  return {
    async open({ now = Date.now, ...limits }: KitOptions = {}) {
      const store = await openStore({ target: cluster.url, keyPrefix, keys, ...limits }, { clock: { now } })
      opened.push(store)
      return store
    },
    async close() {
      for (const store of opened) await store.close()
    },
  }
})
