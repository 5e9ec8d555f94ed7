import { randomUUID } from 'node:crypto'
import { type AttributeValue, DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dynamodb } from '../../../src/dynamodb/index.ts'
import { openBroker } from '../../../src/index.ts'
import {
  generateKey,
  openStore,
  type Store,
  type StoreOptions,
  type StoreProblem,
} from '../../../src/store/index.ts'
import { everyKind, localEntry } from '../../../src/store-kit/entries.ts'
import { someSession, values } from '../../conformance/store/store-kit.ts'
import { type Answer, DynamodbServer } from '../../support/dynamodb-server.ts'

const DAY_MS = 24 * 60 * 60_000

let server: DynamodbServer
beforeAll(async () => {
  server = await DynamodbServer.start()
})
afterAll(async () => {
  await server?.stop()
})

let keyPrefix: string
const keys = generateKey()
const opened: Store[] = []
beforeEach(() => {
  keyPrefix = `test-${randomUUID()}`
})
afterEach(async () => {
  server.onRequest = () => null
  server.onAnswer = (_operation, output) => output
  for (const store of opened.splice(0)) await store.close()
})

async function open(
  more: Partial<StoreOptions> & { readonly now?: () => number; readonly pollMs?: number } = {},
  onProblem?: (problem: StoreProblem) => void,
): Promise<Store> {
  const { now = Date.now, pollMs = 20, ...options } = more
  const target = dynamodb({ table: server.table, client: server.client(), pollMs })
  const dependencies = { clock: { now }, ...(onProblem ? { onProblem } : {}) }
  const store = await openStore({ target, keyPrefix, keys, timeoutMs: 20_000, ...options }, dependencies)
  opened.push(store)
  return store
}

type Item = Record<string, AttributeValue>

/** Every item of the test. */
async function items(): Promise<Item[]> {
  const client = server.client()
  const found: Item[] = []
  let start: Item | undefined
  do {
    const page = await client.send(new ScanCommand({ TableName: server.table, ExclusiveStartKey: start }))
    found.push(...(page.Items ?? []).filter((item) => item['pk']?.S?.startsWith(`${keyPrefix}/s/`)))
    start = page.LastEvaluatedKey
  } while (start)
  return found
}

function ofKind(all: readonly Item[], kind: string): Item[] {
  return all.filter((item) => item['sk']?.S?.split('/')[0] === kind)
}

async function remove(...gone: readonly Item[]): Promise<void> {
  const client = server.client()
  for (const { pk, sk } of gone)
    await client.send(new DeleteItemCommand({ TableName: server.table, Key: { pk: pk!, sk: sk! } }))
}

function refusal(name: string, message = 'refused'): Answer {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message } }
}

/** Whether a request is the change of a session: the one step that a commit is made by. */
function isChange(operation: string, input: Record<string, unknown>): boolean {
  return (
    operation === 'UpdateItem' &&
    JSON.stringify(input['ExpressionAttributeNames']).includes('"lg"') &&
    /SET/.test(String(input['UpdateExpression']))
  )
}

describe('a commit to DynamoDB', () => {
  it('is one conditional write: whole when its writer dies right after it', async () => {
    const [a, b] = [await open(), await open()]
    const session = someSession()
    const { version } = await a.commit(session, [localEntry('k', '1', 1)])
    const heard = Promise.withResolvers<unknown>()
    await b.subscribe(session, heard.resolve)
    // Nothing but the change itself gets through: as if the process had died.
    server.onRequest = (operation) => (operation === 'PutItem' ? refusal('AccessDeniedException') : null)
    const entries = everyKind('x')
    await a.commit(session, [...entries, localEntry('k', '2', 2)])
    expect(await heard.promise).not.toBe(version)
    expect(ofKind(await items(), 'e')).toHaveLength(1)
    expect((await b.load(session)).entries).toHaveLength(entries.length + 1)
    expect((await b.changesSince(session, version)).entries).toHaveLength(entries.length + 1)
    // Whoever writes next puts the rows where they belong.
    server.onRequest = () => null
    await b.commit(session, [localEntry('l', '3', 3)])
    expect(ofKind(await items(), 'e')).toHaveLength(entries.length + 2)
    expect(values(await a.load(session))).toMatchObject({ k: '2', l: '3' })
  })

  it('is none when its writer dies right before it', async () => {
    const a = await open()
    const session = someSession()
    server.onRequest = (operation, input) =>
      isChange(operation, input) ? refusal('AccessDeniedException') : null
    const large = 'x'.repeat(100_000)
    const commit = a.commit(session, [localEntry('k', large, 1), localEntry('l', 'small', 1)])
    await expect(commit).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    server.onRequest = () => null
    expect(await a.load(session)).toMatchObject({ entries: [], version: '' })
    expect(ofKind(await items(), 'e')).toEqual([])
    // The parts of the large value were there already; they belong to nothing, and go in time.
    expect(ofKind(await items(), 'p')).toHaveLength(1)
    const later = await open({ now: () => Date.now() + 2 * 60 * 60_000 })
    await later.purge()
    expect(await items()).toEqual([])
  })

  it('of thousands of rows is several changes, each whole; a part of it is made whole by repeating it', async () => {
    const a = await open()
    const session = someSession()
    const entries = Array.from({ length: 1_400 }, (_, at) => localEntry(`key ${at}`, `value ${at}`, at))
    let changes = 0
    server.onRequest = (operation, input) => {
      if (isChange(operation, input)) changes++
      return changes > 1 ? refusal('AccessDeniedException') : null
    }
    await expect(a.commit(session, entries)).rejects.toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE' })
    server.onRequest = () => null
    const part = (await a.load(session)).entries.length
    expect(part).toBeGreaterThan(500)
    expect(part).toBeLessThan(entries.length)
    const { version, written } = await a.commit(session, entries)
    expect(written).toBe(entries.length - part)
    const loaded = await a.load(session)
    expect(loaded).toMatchObject({ version, problems: [] })
    expect(loaded.entries).toHaveLength(entries.length)
  })

  it('under a lock is refused when somebody else takes the lock at the last moment', async () => {
    const [a, b] = [await open(), await open()]
    const session = someSession()
    const first = await a.acquireLock(session, 'solve', 60_000)
    let taken = false
    server.onRequest = async (operation, input) => {
      if (taken || !isChange(operation, input)) return null
      taken = true
      await first?.release()
      const second = await b.acquireLock(session, 'solve', 60_000)
      expect(await second?.extend(60_000)).toBe(true)
      return null
    }
    const late = a.commit(session, [localEntry('k', 'late', 1)], { lock: first! })
    await expect(late).rejects.toMatchObject({ code: 'ONEJAR_LOCK_LOST' })
    expect((await a.load(session)).entries).toEqual([])
  })

  it('seals names and values', async () => {
    const a = await open()
    await a.commit({ tenant: 'canary', id: 'canary' }, [
      ...everyKind('canary'),
      localEntry('canary', 'canary'.repeat(9000), 1),
    ])
    const bytes = (await items()).map((item) =>
      JSON.stringify(item, (_key, value) =>
        value?.type === 'Buffer' || value instanceof Uint8Array
          ? Buffer.from(value).toString('latin1')
          : value,
      ),
    )
    expect(bytes.length).toBeGreaterThan(10)
    expect(bytes.join()).not.toContain('canary')
  })
})

describe('a lock in DynamoDB', () => {
  it.each(['PutItem', 'UpdateItem'])('is had although the answer to its %s was lost', async (lost) => {
    const [a, b] = [await open(), await open()]
    const session = someSession()
    let losses = 0
    server.onAnswer = (operation, output) => (operation === lost && losses++ === 0 ? null : output)
    const lock = await a.acquireLock(session, 'solve', 60_000)
    expect(lock).not.toBeNull()
    expect(losses).not.toBe(0)
    expect(await b.acquireLock(session, 'solve', 60_000)).toBeNull()
  })

  it('is still had although the answer to its extension was lost', async () => {
    const store = await open()
    const lock = await store.acquireLock(someSession(), 'solve', 60_000)
    let losses = 0
    server.onAnswer = (operation, output) => (operation === 'UpdateItem' && losses++ === 0 ? null : output)
    expect(await lock?.extend(120_000)).toBe(true)
    expect(losses).toBe(2)
  })
})

describe('a value of DynamoDB', () => {
  it('that is larger than an item is kept in parts, which go with it', async () => {
    const [a, b] = [await open(), await open()]
    const session = someSession()
    const large = 'a value '.repeat(200_000)
    const { version } = await a.commit(session, [localEntry('k', large, 1), localEntry('l', 'small', 1)])
    expect(ofKind(await items(), 'p').length).toBeGreaterThan(4)
    expect(values(await b.load(session))).toEqual({ k: large, l: 'small' })
    await b.commit(session, [localEntry('k', large.toUpperCase(), 2)])
    expect(values(await a.changesSince(session, version))).toEqual({ k: large.toUpperCase() })
    await b.commit(session, [localEntry('k', 'small again', 3)])
    expect(ofKind(await items(), 'p')).toEqual([])
    await b.commit(session, [localEntry('k', large, 4)])
    await b.remove(session)
    expect(ofKind(await items(), 'p').concat(ofKind(await items(), 'e'))).toEqual([])
  })

  it('of which a part is missing takes its session along, and is reported', async () => {
    const problems: StoreProblem[] = []
    const [a, b] = [await open(), await open({}, (problem) => problems.push(problem))]
    const session = someSession()
    const { version } = await a.commit(session, [
      localEntry('k', 'x'.repeat(800_000), 1),
      localEntry('l', '1', 1),
    ])
    await remove(ofKind(await items(), 'p')[1]!)
    expect(await b.load(session)).toMatchObject({ entries: [], version: '', problems: [{ reason: 'torn' }] })
    expect(problems).toMatchObject([{ reason: 'torn' }])
    // Those who have it open commit what they hold.
    expect(await a.changesSince(session, version)).toMatchObject({ extent: 'reset', entries: [] })
    await a.commit(session, [localEntry('k', 'anew', 1)])
    expect(values(await b.load(session))).toEqual({ k: 'anew' })
  })

  it('that is missing takes its session along', async () => {
    const [a, b] = [await open(), await open()]
    const session = someSession()
    await a.commit(session, [localEntry('k', '1', 1), localEntry('l', '1', 1)])
    await remove(ofKind(await items(), 'e')[0]!)
    expect(await b.load(session)).toMatchObject({ entries: [], problems: [{ reason: 'torn' }] })
    expect(await items()).toEqual([])
  })
})

describe('the limits of DynamoDB', () => {
  it('pages of 1 MB are read to the end', async () => {
    const a = await open()
    const session = someSession()
    const value = 'x'.repeat(10_000)
    const entries = Array.from({ length: 250 }, (_, at) => localEntry(`k${at}`, value, at))
    await a.commit(session, entries)
    let queries = 0
    server.onRequest = (operation) => {
      if (operation === 'Query') queries++
      return null
    }
    expect((await a.load(session)).entries).toHaveLength(250)
    expect(queries).toBeGreaterThan(2)
  })

  it('what is left unprocessed is asked for again', async () => {
    const a = await open()
    const session = someSession()
    const large = [1, 2, 3].map((at) => localEntry(`l${at}`, 'x'.repeat(40_000), at))
    let left = 0
    const kept = new Map<string, Record<string, unknown>>()
    server.onRequest = (operation, input) => {
      if (operation === 'BatchWriteItem' && left++ === 0)
        return { status: 200, body: { UnprocessedItems: input['RequestItems'] as object } }
      if (operation === 'BatchGetItem') kept.set('keys', input['RequestItems'] as Record<string, unknown>)
      return null
    }
    let read = 0
    server.onAnswer = (operation, output) =>
      operation === 'BatchGetItem' && read++ === 0
        ? { Responses: {}, UnprocessedKeys: kept.get('keys') }
        : output
    await a.commit(session, large)
    await a.commit(session, [localEntry('l1', 'early', 0), localEntry('l2', 'late', 9)])
    expect(left).toBeGreaterThan(1)
    expect(read).toBeGreaterThan(1)
    expect(values(await a.load(session))).toEqual({ l1: large[0]?.value, l2: 'late', l3: large[2]?.value })
  })

  it('what is throttled is tried again, and given up when the time of the call is over', async () => {
    const a = await open()
    const session = someSession()
    let throttled = 0
    server.onRequest = () => (throttled++ < 5 ? refusal('ProvisionedThroughputExceededException') : null)
    await a.commit(session, [localEntry('k', '1', 1)])
    expect(throttled).toBeGreaterThan(5)
    server.onRequest = () => null
    const short = await open({ timeoutMs: 700 })
    for (const answer of [refusal('ThrottlingException'), 'hang'] as const) {
      server.onRequest = () => answer
      await expect(short.load(session)).rejects.toMatchObject({
        code: 'ONEJAR_STORE_UNAVAILABLE',
        details: { outage: true, where: server.table },
      })
    }
  })

  it('looks at a hundred sessions with one request', async () => {
    const [a, b] = [await open(), await open()]
    const sessions = Array.from({ length: 150 }, () => someSession())
    const heard = Promise.withResolvers<void>()
    for (const session of sessions) await a.subscribe(session, () => heard.resolve())
    const asked: number[] = []
    server.onRequest = (operation, input) => {
      const [wanted] = Object.values((input['RequestItems'] ?? {}) as Record<string, { Keys?: object[] }>)
      if (operation === 'BatchGetItem' && (wanted?.Keys?.length ?? 0) > 1) asked.push(wanted!.Keys!.length)
      return null
    }
    // A look that was under way at the last subscription knows fewer.
    await expect.poll(() => asked.length).toBeGreaterThan(4)
    expect(asked.slice(2, 4).sort()).toEqual([100, 50])
    await b.commit(sessions[140]!, [localEntry('k', '1', 1)])
    await heard.promise
  })
})

describe('retention in DynamoDB', () => {
  it('is written down in seconds, that of rows later than that of their session', async () => {
    const now = Date.now()
    const a = await open({ now: () => now, retentionFloorMs: 10 * DAY_MS })
    await a.commit(someSession(), [localEntry('k', 'x'.repeat(50_000), 1), localEntry('l', '1', 1)])
    const all = await items()
    const [head] = ofKind(all, '#')
    expect(Number(head?.['ttl']?.N)).toBe(Math.ceil((now + 10 * DAY_MS) / 1000))
    const others = all.filter((item) => item !== head)
    expect(others).toHaveLength(3)
    for (const item of others) expect(Number(item['ttl']?.N)).toBe(Math.ceil((now + 20 * DAY_MS) / 1000))
  })

  it('of the rows is put off while the session is in use', async () => {
    let now = Date.now()
    const a = await open({ now: () => now, retentionFloorMs: 10 * DAY_MS })
    const session = someSession()
    await a.commit(session, [localEntry('k', 'x'.repeat(50_000), 1), localEntry('l', '1', 1)])
    for (let day = 0; day < 24; day += 8) {
      now += 8 * DAY_MS
      expect((await a.load(session)).entries).toHaveLength(2)
      const end = Number(ofKind(await items(), '#')[0]?.['ttl']?.N)
      expect(end).toBeGreaterThan((now + 9 * DAY_MS) / 1000)
      for (const item of await items()) expect(Number(item['ttl']?.N)).toBeGreaterThanOrEqual(end)
    }
  })

  it('leaves nothing behind that comes back, whatever DynamoDB deletes first', async () => {
    const [a, b] = [await open(), await open()]
    const session = someSession()
    await a.commit(session, [localEntry('k', '1', 1), localEntry('l', 'x'.repeat(50_000), 1)])
    await remove(...ofKind(await items(), '#'))
    expect(await b.load(session)).toMatchObject({ entries: [], version: '', problems: [] })
    await b.commit(session, [localEntry('m', '1', 1)])
    expect(values(await a.load(session))).toEqual({ m: '1' })
    await b.purge()
    expect(ofKind(await items(), 'e')).toHaveLength(1)
    expect(ofKind(await items(), 'p')).toHaveLength(0)
  })

  it('purges sessions that are over with all that belongs to them, locks as well', async () => {
    let now = Date.now()
    const a = await open({ now: () => now, retentionFloorMs: DAY_MS })
    const session = someSession()
    await a.acquireLock(session, 'p', 1000)
    await a.commit(session, [localEntry('k', '1', 1), localEntry('l', 'x'.repeat(50_000), 1)])
    now += 3 * DAY_MS
    expect(await a.purge()).toEqual({ sessions: 1, entries: 0 })
    expect(await items()).toEqual([])
  })
})

describe('a broker with a store in DynamoDB', () => {
  it('works in memory while the table cannot be reached, and writes when it is back', async () => {
    const store = {
      target: dynamodb({ table: server.table, client: server.client(), pollMs: 20 }),
      keyPrefix,
      timeoutMs: 2_000,
    }
    await server.goAway()
    const warnings: { readonly type: string; readonly state?: string }[] = []
    const broker = await openBroker({ store, keys, onWarning: (warning) => warnings.push(warning) })
    const session = await broker.session('alice')
    session.cookies.set('sid=1; Path=/; Secure; Max-Age=3600', 'https://shop.example/')
    expect(broker.storeHealth).toMatchObject({ state: 'away' })
    await server.comeBack()
    await expect.poll(() => broker.storeHealth).toMatchObject({ state: 'up', pendingEntries: 0 })
    await broker.close()
    expect(warnings.map(({ state }) => state)).toEqual(expect.arrayContaining(['away', 'back']))
    const again = await openBroker({ store, keys })
    const alice = await again.session('alice')
    expect(alice.cookies.header('https://shop.example/')).toBe('sid=1')
    await again.close()
  })

  it('is not opened where it is refused, and the error holds nothing of the credentials', async () => {
    const client = server.client()
    for (const [name, table] of [
      ['AccessDeniedException', server.table],
      ['UnrecognizedClientException', server.table],
      ['ResourceNotFoundException', 'another'],
    ] as const) {
      server.onRequest = () => (table === 'another' ? null : refusal(name))
      const failure = await openBroker({ store: dynamodb({ table, client }), keys }).catch((error) => error)
      expect(failure).toMatchObject({ code: 'ONEJAR_STORE_UNAVAILABLE', details: { outage: false } })
      expect(failure.message).toContain(name)
      expect(JSON.stringify([failure, failure.stack, failure.cause])).not.toMatch(/canary|Signature=|AWS4/)
    }
  })

  it('refuses options that are none', () => {
    const client = server.client()
    for (const options of [
      { table: '', client },
      { table: 'onejar', client: {} },
      { table: 'onejar', client, poll: 5 },
      { table: 'onejar', client, pollMs: 0 },
    ]) {
      expect(() => dynamodb(options as never)).toThrow(
        expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' }),
      )
    }
  })
})
