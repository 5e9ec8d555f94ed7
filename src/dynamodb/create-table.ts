import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { OnejarError } from '../core/index.ts'
import { loadSdk } from './dynamodb.ts'

/** How long a table may take to be ready, in seconds. */
const READY_WITHIN_S = 300

/** Options of `createTable()`. */
export interface CreateTableOptions {
  /** A client of `@aws-sdk/client-dynamodb`, with the right to create tables. */
  readonly client: DynamoDBClient
  /** The name of the new table. */
  readonly table: string
  /** Let DynamoDB delete expired items, by the attribute `ttl`. Default: true. */
  readonly ttl?: boolean
}

/**
 * Creates the table that the store needs, billed by request, and waits until it is ready (300 seconds at most). It is for
 * development and set-up scripts: a broker needs no right to create tables.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS when the SDK is not installed, ONEJAR_STORE_UNAVAILABLE when DynamoDB refuses
 * @example
 * ```ts
 * import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
 * import { createTable } from 'onejar/dynamodb'
 *
 * await createTable({ client: new DynamoDBClient({ region: 'eu-central-1' }), table: 'sessions' })
 * ```
 */
export async function createTable({ client, table, ttl = true }: CreateTableOptions): Promise<void> {
  const sdk = await loadSdk()
  try {
    await client.send(
      new sdk.CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    )
    const waiting = { client, maxWaitTime: READY_WITHIN_S, minDelay: 1, maxDelay: 5 }
    await sdk.waitUntilTableExists(waiting, { TableName: table })
    if (!ttl) return
    const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true }
    await client.send(new sdk.UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }))
  } catch (error) {
    const { name, message } = error as Error
    throw new OnejarError(
      'ONEJAR_STORE_UNAVAILABLE',
      `The DynamoDB table ${table} could not be created (${name}: ${message})`,
      {
        cause: new Error(`${name}: ${message}`),
        details: { where: table, outage: false },
      },
    )
  }
}
