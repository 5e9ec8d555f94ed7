import { expect, it } from 'vitest'
import type { z } from 'zod'
import type {
  AwsSecretsManagerOptions,
  awsOptionsSchema,
} from '../../../src/aws-secrets-manager/aws-options.ts'
import type { brokerOptionsSchema, sessionOptionsSchema } from '../../../src/client/options/broker-options.ts'
import type { BrokerOptions, PoolOptions, SessionOptions } from '../../../src/client/options/option-types.ts'
import type { poolOptionsSchema } from '../../../src/client/options/pool-options.ts'
import type { DynamodbOptions, optionsSchema } from '../../../src/dynamodb/dynamodb.ts'
import type { QueueOptions, queueOptionsSchema } from '../../../src/queue/index.ts'
import type { StoreOptions, storeOptionsSchema } from '../../../src/store/index.ts'
import type { VaultOptions, vaultOptionsSchema } from '../../../src/vault/vault-options.ts'

/** The keys of options, and of the options within them. */
type Keys<T> = T extends readonly unknown[] | ((...args: never[]) => unknown)
  ? never
  : T extends object
    ? { [K in keyof T]-?: K | Keys<T[K]> }[keyof T]
    : never
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
/** What the schema takes and what the interface says: assignable both ways, with the same names in both. */
type Agree<Schema extends z.ZodType, Options> = Same<z.input<Schema>, Options> &
  Same<Keys<z.input<Schema>>, Keys<Options>>
/** The same without one option, whose members the schema lets through where the interface names them. */
type AgreeWithout<Schema extends z.ZodType, Options, Loose extends keyof Options> = Same<
  Omit<z.input<Schema>, Loose>,
  Omit<Options, Loose>
> &
  Same<Keys<Omit<z.input<Schema>, Loose>>, Keys<Omit<Options, Loose>>>

it('are of the same form as the schemas that check them', () => {
  // The assertions are made by the compiler: `never` is not assignable from true.
  const broker: Agree<typeof brokerOptionsSchema, BrokerOptions> = true
  const session: Agree<typeof sessionOptionsSchema, SessionOptions> = true
  const pool: Agree<typeof poolOptionsSchema, PoolOptions> = true
  const store: Agree<typeof storeOptionsSchema, StoreOptions> = true
  const queue: Agree<typeof queueOptionsSchema, QueueOptions> = true
  const vault: Agree<typeof vaultOptionsSchema, VaultOptions> = true
  const aws: AgreeWithout<typeof awsOptionsSchema, AwsSecretsManagerOptions, 'credentials'> = true
  const dynamodb: Agree<typeof optionsSchema, DynamodbOptions> = true
  expect([broker, session, pool, store, queue, vault, aws, dynamodb]).not.toContain(false)
})
