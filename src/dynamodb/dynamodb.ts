import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import { OnejarError, parseOptions } from '../core/index.ts'
import type { StoreProvider } from '../store/index.ts'
import { DynamodbBackend } from './backend.ts'
import type { Connection } from './requests.ts'

const optionsSchema = z.strictObject({
  /** The table: two keys, `pk` and `sk`, both strings (see `createTable`). */
  table: z
    .string()
    .regex(/^(?:[\w.-]{3,255}|arn:[\w:/.-]{10,1010})$/, 'expected the name or the ARN of a table'),
  /** Region, credentials and retries are its own. It is not closed with the store. */
  client: z.custom<DynamoDBClient>(isClient, 'expected a DynamoDBClient of @aws-sdk/client-dynamodb'),
  /**
   * How often open sessions are polled for writes of other processes, in milliseconds: changes arrive late by this much
   * at most, and by half of it on average, plus a request. Each look costs one read unit per open session (100 in a
   * request). Default: 1000.
   */
  pollMs: z.number().int().min(10).max(600_000).default(1000),
})

/** Options of `dynamodb()`. */
export type DynamodbOptions = z.input<typeof optionsSchema>

/**
 * Keeps sessions in a DynamoDB table: `openBroker({ store: dynamodb({ table, client }) })`. Values and names are sealed
 * before they get there. `@aws-sdk/client-dynamodb` (version 3) has to be installed beside Onejar.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function dynamodb(options: DynamodbOptions): StoreProvider {
  const { table, client, pollMs } = parseOptions(optionsSchema, options, 'dynamodb()')
  return {
    async open(context) {
      const connection: Connection = { sdk: await loadSdk(), client, table, timeoutMs: context.timeoutMs }
      return DynamodbBackend.open(connection, context, pollMs)
    },
  }
}

/** @throws OnejarError ONEJAR_BAD_OPTIONS when the package is not there */
export async function loadSdk(): Promise<Connection['sdk']> {
  try {
    return await import('@aws-sdk/client-dynamodb')
  } catch (cause) {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'A store in DynamoDB needs a package that is not there: npm install @aws-sdk/client-dynamodb',
      { cause },
    )
  }
}

function isClient(value: unknown): value is DynamoDBClient {
  return typeof value === 'object' && value !== null && 'send' in value && typeof value.send === 'function'
}
