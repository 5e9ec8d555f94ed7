import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { RedisCluster } from '../../support/redis-cluster.ts'
import { runKit } from './store-kit.ts'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await RedisCluster.start()
})
afterAll(async () => {
  await cluster?.stop()
})

runKit('a Redis cluster of three', async () => ({
  store: { target: cluster.url, keyPrefix: `test-${randomUUID()}`, keys: generateKey() },
}))
