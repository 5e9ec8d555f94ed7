import { setTimeout as pause } from 'node:timers/promises'
import type * as Sdk from '@aws-sdk/client-dynamodb'
import { growingPause, OnejarError } from '../core/index.ts'
import type { Item } from './items.ts'

/** The client, the table and the time limit of requests. */
export interface Connection {
  readonly sdk: typeof Sdk
  readonly client: Sdk.DynamoDBClient
  readonly table: string
  /** How long one call to the store may take, in milliseconds: all its requests, and the pauses between them. */
  readonly timeoutMs: number
}

/** The condition of a write: the values of attributes of the item, null for an absent one. */
export type Expected = Readonly<Record<string, Sdk.AttributeValue | null>>

const BATCH_GET = 100
const BATCH_WRITE = 25
const AT_ONCE = 16
const PAUSE = { firstMs: 7.5, longestMs: 375, spread: 1 / 3 }

/** Errors by which the server asks to try again later. */
const THROTTLED =
  /^(?:ProvisionedThroughputExceeded|Throttling|RequestLimitExceeded|TransactionConflict|TransactionInProgress|InternalServerError|ServiceUnavailable|TooManyRequests)/
/** Errors that do not pass by themselves: rights, names, credentials, a missing table or one with other keys. */
const REFUSED =
  /^(?:AccessDenied|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthentication|NotAuthorized|InvalidClientTokenId|ExpiredToken|OptInRequired|ResourceNotFound|ValidationException|SerializationException|CredentialsProviderError|UnknownOperation)/

/** The requests of one call to the store, which share its time limit. A throttled request is repeated after a pause. */
export class Requests {
  readonly #connection: Connection
  #until: number
  #pauses = 0

  constructor(connection: Connection) {
    this.#connection = connection
    this.#until = performance.now() + connection.timeoutMs
  }

  /** Starts the time limit again, for work whose length depends on the amount of data. */
  goOn(): void {
    this.#until = performance.now() + this.#connection.timeoutMs
    this.#pauses = 0
  }

  /**
   * Waits before another attempt, longer each time.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when the time of the call is over
   */
  async backOff(why: string): Promise<void> {
    const ms = growingPause(PAUSE, ++this.#pauses)
    if (performance.now() + ms > this.#until) throw this.#unavailable(new Error(why), true)
    await pause(ms)
  }

  async get(key: Item): Promise<Item | undefined> {
    const { sdk, table: TableName } = this.#connection
    const input = { TableName, Key: key, ConsistentRead: true }
    return (await this.#send((client, options) => client.send(new sdk.GetItemCommand(input), options))).Item
  }

  /** Puts an item. @returns false when its condition is not met */
  put(item: Item, condition: Condition): Promise<boolean> {
    const { sdk, table: TableName } = this.#connection
    const input = { TableName, Item: item, ...condition }
    return this.#ifMet((client, options) => client.send(new sdk.PutItemCommand(input), options))
  }

  delete(key: Item, condition: Condition): Promise<boolean> {
    const { sdk, table: TableName } = this.#connection
    const input = { TableName, Key: key, ...condition }
    return this.#ifMet((client, options) => client.send(new sdk.DeleteItemCommand(input), options))
  }

  update(key: Item, set: Item, expected: Expected, remove: readonly string[] = []): Promise<boolean> {
    const { sdk, table: TableName } = this.#connection
    const input = { TableName, Key: key, ...updateExpression(set, expected, remove) }
    return this.#ifMet((client, options) => client.send(new sdk.UpdateItemCommand(input), options))
  }

  /** Sets one attribute of an item that may be absent. @returns the item as it was */
  async mark(
    key: Item,
    attribute: string,
    value: string,
    ttl: Sdk.AttributeValue,
  ): Promise<Item | undefined> {
    const { sdk, table: TableName } = this.#connection
    const input = {
      TableName,
      Key: key,
      UpdateExpression: 'SET #a = :a, #ttl = if_not_exists(#ttl, :ttl)',
      ExpressionAttributeNames: { '#a': attribute, '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':a': { S: value }, ':ttl': ttl },
      ReturnValues: 'ALL_OLD' as const,
    }
    const done = await this.#send((client, options) => client.send(new sdk.UpdateItemCommand(input), options))
    return done.Attributes
  }

  /**
   * Sets attributes of an item that may be absent, and one more that only grows.
   *
   * @returns false when that one is there and not smaller; then nothing is set
   */
  raise(key: Item, set: Item, counter: string, to: number, ttl: Sdk.AttributeValue): Promise<boolean> {
    const { sdk, table: TableName } = this.#connection
    const { UpdateExpression, ...expression } = updateExpression(
      { ...set, [counter]: { N: String(to) } },
      {},
      [],
    )
    const input = {
      TableName,
      Key: key,
      UpdateExpression: `${UpdateExpression}, #ttl = if_not_exists(#ttl, :ttl)`,
      ConditionExpression: `attribute_not_exists(#${counter}) OR #${counter} < :${counter}`,
      ExpressionAttributeNames: { ...expression.ExpressionAttributeNames, '#ttl': 'ttl' },
      ExpressionAttributeValues: { ...expression.ExpressionAttributeValues, ':ttl': ttl },
    }
    return this.#ifMet((client, options) => client.send(new sdk.UpdateItemCommand(input), options))
  }

  /** Reads items by their keys, and leaves out those that are absent. */
  async getAll(keys: readonly Item[]): Promise<Item[]> {
    const { sdk, table } = this.#connection
    const items: Item[] = []
    for (let at = 0; at < keys.length; at += BATCH_GET) {
      let waiting: Item[] = keys.slice(at, at + BATCH_GET)
      while (waiting.length > 0) {
        const input = { RequestItems: { [table]: { Keys: waiting, ConsistentRead: true } } }
        const answer = await this.#send((client, options) =>
          client.send(new sdk.BatchGetItemCommand(input), options),
        )
        items.push(...(answer.Responses?.[table] ?? []))
        waiting = answer.UnprocessedKeys?.[table]?.Keys ?? []
        if (waiting.length > 0) await this.backOff('keys were left unprocessed')
      }
    }
    return items
  }

  putAll(items: readonly Item[]): Promise<void> {
    return this.#writeAll(items.map((item) => ({ PutRequest: { Item: item } })))
  }

  deleteAll(keys: readonly Item[]): Promise<void> {
    return this.#writeAll(keys.map((key) => ({ DeleteRequest: { Key: key } })))
  }

  /** The items of a partition whose sort key has this prefix, in pages of 1 MB. */
  async *query(
    pk: string,
    begin: string,
    more: Pick<Partial<Sdk.QueryCommandInput>, 'FilterExpression' | 'ProjectionExpression'> & {
      readonly names?: Record<string, string>
      readonly values?: Item
    } = {},
  ): AsyncIterable<Item> {
    const { sdk, table: TableName } = this.#connection
    const { names, values, ...rest } = more
    let start: Item | undefined
    do {
      const input: Sdk.QueryCommandInput = {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: begin === '' ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :sk)',
        ExpressionAttributeNames: { '#pk': 'pk', ...(begin === '' ? {} : { '#sk': 'sk' }), ...names },
        ExpressionAttributeValues: {
          ':pk': { S: pk },
          ...(begin === '' ? {} : { ':sk': { S: begin } }),
          ...values,
        },
        ExclusiveStartKey: start,
        ...rest,
      }
      const page = await this.#send((client, options) => client.send(new sdk.QueryCommand(input), options))
      yield* page.Items ?? []
      start = page.LastEvaluatedKey
    } while (start !== undefined)
  }

  /** Every item whose partition key has this prefix. Reads the whole table; the time limit starts again with each page. */
  async *scan(begin: string, attributes: readonly string[]): AsyncIterable<Item> {
    const { sdk, table: TableName } = this.#connection
    let start: Item | undefined
    do {
      const input: Sdk.ScanCommandInput = {
        TableName,
        ConsistentRead: true,
        FilterExpression: 'begins_with(#pk, :pk)',
        ProjectionExpression: ['#pk', ...attributes.map((name) => `#${name}`)].join(', '),
        ExpressionAttributeNames: {
          '#pk': 'pk',
          ...Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
        },
        ExpressionAttributeValues: { ':pk': { S: begin } },
        ExclusiveStartKey: start,
      }
      this.goOn()
      const page = await this.#send((client, options) => client.send(new sdk.ScanCommand(input), options))
      yield* page.Items ?? []
      start = page.LastEvaluatedKey
    } while (start !== undefined)
  }

  /** Runs jobs, several at a time. */
  async each<T>(things: readonly T[], job: (thing: T) => Promise<unknown>): Promise<void> {
    const rest = things.values()
    const work = async () => {
      for (const thing of rest) await job(thing)
    }
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, things.length) }, work))
  }

  async #writeAll(requests: readonly Sdk.WriteRequest[]): Promise<void> {
    const { sdk, table } = this.#connection
    for (let at = 0; at < requests.length; at += BATCH_WRITE) {
      let waiting: Sdk.WriteRequest[] = requests.slice(at, at + BATCH_WRITE)
      while (waiting.length > 0) {
        const input = { RequestItems: { [table]: waiting } }
        const answer = await this.#send((client, options) =>
          client.send(new sdk.BatchWriteItemCommand(input), options),
        )
        waiting = answer.UnprocessedItems?.[table] ?? []
        if (waiting.length > 0) await this.backOff('items were left unprocessed')
      }
    }
  }

  async #ifMet(call: Call<unknown>): Promise<boolean> {
    try {
      await this.#send(call)
      return true
    } catch (error) {
      if (error instanceof ConditionFailed) return false
      throw error
    }
  }

  async #send<T>(call: Call<T>): Promise<T> {
    for (;;) {
      const left = Math.max(1, this.#until - performance.now())
      const abort = AbortSignal.timeout(Math.ceil(left))
      try {
        return await call(this.#connection.client, { abortSignal: abort })
      } catch (error) {
        const { name = '' } = error as Error
        if (name === 'ConditionalCheckFailedException') throw new ConditionFailed()
        if (abort.aborted) {
          throw this.#unavailable(new Error(`no answer within ${this.#connection.timeoutMs} ms`), true)
        }
        if (!THROTTLED.test(name)) throw this.#unavailable(error, !REFUSED.test(name))
        await this.backOff(name)
      }
    }
  }

  /** An error of the client holds the signed request: only its name and message are kept. */
  #unavailable(error: unknown, outage: boolean): OnejarError {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    const reason = name === 'Error' || name === '' ? message : `${name}: ${message}`
    const { table } = this.#connection
    return new OnejarError(
      'ONEJAR_STORE_UNAVAILABLE',
      `The DynamoDB table ${table} cannot be used (${reason})`,
      {
        cause: new Error(reason),
        details: { where: table, outage },
      },
    )
  }
}

type Call<T> = (client: Sdk.DynamoDBClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>

export interface Condition {
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Item
}

class ConditionFailed extends Error {}

/** The condition that attributes have these values, or are absent. */
export function asExpected(expected: Expected): Condition {
  const { parts, names, values } = conditionParts(expected)
  return {
    ConditionExpression: parts.join(' AND '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  }
}

/** The condition that there is no row of this field, or one of an earlier change. */
export function isOlder(number: number, orEqual: boolean): Condition {
  return {
    ConditionExpression: `attribute_not_exists(#n) OR #n ${orEqual ? '<=' : '<'} :n`,
    ExpressionAttributeNames: { '#n': 'n' },
    ExpressionAttributeValues: { ':n': { N: String(number) } },
  }
}

function conditionParts(expected: Expected) {
  const parts: string[] = []
  const names: Record<string, string> = {}
  const values: Item = {}
  for (const [name, value] of Object.entries(expected)) {
    names[`#${name}`] = name
    if (value === null) parts.push(`attribute_not_exists(#${name})`)
    else {
      parts.push(`#${name} = :was_${name}`)
      values[`:was_${name}`] = value
    }
  }
  return { parts, names, values }
}

function updateExpression(set: Item, expected: Expected, remove: readonly string[]) {
  const { parts, names, values } = conditionParts(expected)
  const sets: string[] = []
  for (const [name, value] of Object.entries(set)) {
    names[`#${name}`] = name
    values[`:${name}`] = value
    sets.push(`#${name} = :${name}`)
  }
  for (const name of remove) names[`#${name}`] = name
  const update = [
    sets.length === 0 ? '' : `SET ${sets.join(', ')}`,
    remove.length === 0 ? '' : `REMOVE ${remove.map((name) => `#${name}`).join(', ')}`,
  ]
  return {
    UpdateExpression: update.filter((part) => part !== '').join(' '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
    ...(parts.length === 0 ? {} : { ConditionExpression: parts.join(' AND ') }),
  }
}
