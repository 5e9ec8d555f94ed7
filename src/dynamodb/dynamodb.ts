import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import { OnejarError, parseOptions } from '../core/index.ts'
import type { StoreProvider } from '../store/index.ts'
import { DynamodbBackend } from './backend.ts'
import type { Connection } from './requests.ts'

/** Options of `dynamodb()`. Unknown names and values of the wrong form are refused with ONEJAR_BAD_OPTIONS. */
export interface DynamodbOptions {
  /** The name or ARN of a table with two keys of strings, `pk` and `sk` (see `createTable`). */
  table: string
  /** A client of `@aws-sdk/client-dynamodb` with its own region, credentials and retries. Closing the store does not close it. */
  client: DynamoDBClient
  /**
   * How often open sessions are polled for writes of other processes, in milliseconds, from 10 to 600,000. A change is seen
   * at most this much later, plus one request. Each poll costs one read unit per open session, and one request per 100 of
   * them. Default: 1,000.
   */
  pollMs?: number | undefined
}

/** Checks `DynamodbOptions`, and fills in the defaults. */
export const optionsSchema = z.strictObject({
  table: z
    .string()
    .regex(/^(?:[\w.-]{3,255}|arn:[\w:/.-]{10,1010})$/, 'expected the name or the ARN of a table'),
  client: z.custom<DynamoDBClient>(isClient, 'expected a DynamoDBClient of @aws-sdk/client-dynamodb'),
  pollMs: z.number().int().min(10).max(600_000).default(1000),
})

/**
 * Keeps sessions in a DynamoDB table. Values and names are sealed before they get there. `@aws-sdk/client-dynamodb` (version
 * 3) has to be installed beside Onejar; it is loaded when the broker is opened.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 * @example
 * ```ts
 * import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
 * import { openBroker } from 'onejar'
 * import { dynamodb } from 'onejar/dynamodb'
 *
 * const client = new DynamoDBClient({ region: 'eu-central-1' })
 * await using broker = await openBroker({
 *   store: dynamodb({ table: 'sessions', client }),
 *   keys: process.env['STORE_KEY'] ?? 'A'.repeat(43),
 * })
 * ```
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

/** The SDK. @throws OnejarError ONEJAR_BAD_OPTIONS when it is not installed */
export async function loadSdk(): Promise<Connection['sdk']> {
  try {
    return await import('@aws-sdk/client-dynamodb')
  } catch (cause) {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'A store in DynamoDB needs a package that is not installed: npm install @aws-sdk/client-dynamodb',
      { cause },
    )
  }
}

function isClient(value: unknown): value is DynamoDBClient {
  return typeof value === 'object' && value !== null && 'send' in value && typeof value.send === 'function'
}
