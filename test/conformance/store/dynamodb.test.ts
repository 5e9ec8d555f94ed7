import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { dynamodb } from '../../../src/dynamodb/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { DynamodbServer } from '../../support/dynamodb-server.ts'
import { runKit } from './store-kit.ts'

let server: DynamodbServer
beforeAll(async () => {
  server = await DynamodbServer.start()
})
afterAll(async () => {
  await server?.stop()
})

for (const encryption of ['on', 'off'] as const) {
  runKit(`DynamoDB, encryption ${encryption}`, async () => {
    const target = dynamodb({ table: server.table, client: server.client(), pollMs: 20 })
    return {
      store: {
        target,
        keyPrefix: `test-${randomUUID()}`,
        keys: generateKey(),
        encryption,
        timeoutMs: 20_000,
      },
    }
  })
}
