import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { collect, errorOf, IDENTITY, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { readBody, startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { startOther } from './other-process.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** A site that numbers what it does: whoever gets the same number got the same response. */
async function shop(answer?: Answer) {
  const done: { readonly key: string | undefined; readonly body: string }[] = []
  const server = await startHttpServer(async (request, response) => {
    const body = (await readBody(request)).toString()
    const key = request.headers['idempotency-key'] as string | undefined
    done.push({ key, body })
    if (answer) answer(response, request)
    else
      response
        .writeHead(201, { 'x-order': String(done.length), 'set-cookie': `seen=${done.length}` })
        .end(`order ${done.length}`)
  })
  return Object.assign(server, { done })
}

const order = (idempotencyKey: string, body = 'two teapots') => ({ method: 'POST', body, idempotencyKey })

describe('a request with an idempotency key', () => {
  it('reaches the server once, however many make it at the same time', async () => {
    await using site = await shop()
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const all = await Promise.all(
      Array.from({ length: 50 }, () => session.fetch(site.origin, order('key-1'))),
    )
    const texts = await Promise.all(all.map((response) => response.text()))
    expect(new Set(texts)).toEqual(new Set(['order 1']))
    expect(all.map((response) => response.headers.get('x-order'))).toEqual(Array(50).fill('1'))
    expect(all.map((response) => response.status)).toEqual(Array(50).fill(201))
    expect(site.done).toEqual([{ key: 'key-1', body: 'two teapots' }])
  })

  it('gets the same response later, without a word to the server, and another key another one', async () => {
    await using site = await shop()
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const events = collect(session.events())
    await (await session.fetch(site.origin, order('key-1'))).text()
    const again = await session.request(site.origin, order('key-1'))
    expect([again.statusCode, await again.body.text(), again.url.href]).toEqual([
      201,
      'order 1',
      `${site.origin}/`,
    ])
    expect(again.headers['set-cookie']).toBeUndefined()
    expect(await (await session.fetch(site.origin, order('key-2'))).text()).toBe('order 2')
    await session.release()
    expect(events.filter(({ type }) => type === 'idempotent-replay')).toMatchObject([
      { url: `${site.origin}/`, status: 201 },
    ])
  })

  it('is refused when it is another request than the first under its key', async () => {
    await using site = await shop()
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    await session.fetch(site.origin, order('key-1'))
    const others = [
      session.fetch(site.origin, order('key-1', 'three teapots')),
      session.fetch(`${site.origin}/?secret=1`, order('key-1')),
      session.fetch(site.origin, { ...order('key-1'), method: 'PUT' }),
    ]
    for (const call of others) {
      const error = await errorOf(call)
      expect(error).toMatchObject({ code: 'ONEJAR_IDEMPOTENCY_CONFLICT', retry: 'never' })
      expect(error.message).not.toMatch(/secret|key-1|teapots/)
    }
    expect(site.done).toHaveLength(1)
  })

  it('is refused for another one that is under way, too', async () => {
    const held = Promise.withResolvers<ServerResponse>()
    await using site = await shop((response) => held.resolve(response))
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const first = session.fetch(site.origin, order('key-1'))
    const answer = await held.promise
    const error = await errorOf(session.fetch(site.origin, order('key-1', 'other')))
    expect(error.code).toBe('ONEJAR_IDEMPOTENCY_CONFLICT')
    answer.end('done')
    expect(await (await first).text()).toBe('done')
  })

  it('is told from others by its body, in whichever form it comes', async () => {
    await using site = await shop()
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const form = (value: string) => {
      const data = new FormData()
      data.set('a', value)
      data.set('file', new Blob([value]), 'f.txt')
      return data
    }
    const pairs: [string, () => never, () => never][] = [
      ['bytes', () => Buffer.from('x') as never, () => Buffer.from('y') as never],
      ['params', () => new URLSearchParams('a=1') as never, () => new URLSearchParams('a=2') as never],
      ['blob', () => new Blob(['x']) as never, () => new Blob(['y']) as never],
      ['form', () => form('x') as never, () => form('y') as never],
    ]
    for (const [key, same, other] of pairs) {
      const before = site.done.length
      await session.fetch(site.origin, order(key, same()))
      await session.fetch(site.origin, order(key, same()))
      expect(site.done.length - before).toBe(1)
      expect((await errorOf(session.fetch(site.origin, order(key, other())))).code).toBe(
        'ONEJAR_IDEMPOTENCY_CONFLICT',
      )
    }
    const stream = Readable.from([Buffer.from('x')]) as never
    expect((await errorOf(session.fetch(site.origin, order('stream', stream)))).code).toBe(
      'ONEJAR_BODY_NOT_REPLAYABLE',
    )
  })

  it('is sent again when it fails, whatever its method, under the same key', async () => {
    let count = 0
    await using site = await shop((response) => {
      if (++count < 3) response.writeHead(503).end()
      else response.end('third time')
    })
    await using broker = await memoryBroker({ retry: { attempts: 3, firstDelayMs: 1 } })
    const session = await broker.session('a')
    expect(await (await session.fetch(site.origin, order('key-1'))).text()).toBe('third time')
    expect(site.done.map(({ key }) => key)).toEqual(['key-1', 'key-1', 'key-1'])
  })

  it.each([500, 401, 409, 429])('keeps no %i: the next call tries anew', async (status) => {
    let count = 0
    await using site = await shop((response) => response.writeHead(++count === 1 ? status : 200).end())
    await using broker = await memoryBroker({ retry: false })
    const session = await broker.session('a')
    expect((await session.fetch(site.origin, order('key-1'))).status).toBe(status)
    expect((await session.fetch(site.origin, order('key-1'))).status).toBe(200)
    expect((await errorOf(session.fetch(site.origin, order('key-1', 'other')))).code).toBe(
      'ONEJAR_IDEMPOTENCY_CONFLICT',
    )
  })

  it('goes on with somebody else when the one who made it gives up', async () => {
    const answers: ServerResponse[] = []
    await using site = await shop((response) => answers.push(response))
    await using broker = await memoryBroker({ retry: false })
    const session = await broker.session('a')
    const controller = new AbortController()
    const first = errorOf(session.fetch(site.origin, { ...order('key-1'), signal: controller.signal }))
    await eventually(() => expect(answers).toHaveLength(1))
    const second = session.fetch(site.origin, order('key-1'))
    controller.abort()
    expect((await first).code).toBe('ONEJAR_ABORTED')
    await eventually(() => expect(answers).toHaveLength(2))
    answers[1]?.end('for the second')
    expect(await (await second).text()).toBe('for the second')
  })

  it('waits for the one under way no longer than its own time', async () => {
    const held = Promise.withResolvers<ServerResponse>()
    await using site = await shop((response) => held.resolve(response))
    await using broker = await memoryBroker({ retry: false })
    const session = await broker.session('a')
    const first = session.fetch(site.origin, order('key-1'))
    const answer = await held.promise
    const second = await errorOf(session.fetch(site.origin, { ...order('key-1'), timeoutMs: 200 }))
    expect(second.code).toBe('ONEJAR_TIMEOUT')
    answer.end('late')
    expect(await (await first).text()).toBe('late')
  })

  it('gives a response above the bound to its maker alone; the others learn that it was done', async () => {
    const large = randomBytes(200 * 1024)
    await using site = await shop((response) => response.end(large))
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const response = await session.fetch(site.origin, order('key-1'))
    expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), large)).toBe(0)
    expect(await errorOf(session.fetch(site.origin, order('key-1')))).toMatchObject({
      code: 'ONEJAR_IDEMPOTENT_RESPONSE_LOST',
      retry: 'never',
      details: { status: 200 },
    })
    expect(site.done).toHaveLength(1)
  })

  it('is made anew when its time is over', async () => {
    let now = Date.now()
    await using site = await shop()
    await using broker = await memoryBroker({ idempotencyTtlMs: 60_000 }, { clock: { now: () => now } })
    const session = await broker.session('a')
    await session.fetch(site.origin, order('key-1'))
    now += 59_999
    await session.fetch(site.origin, order('key-1'))
    expect(site.done).toHaveLength(1)
    now += 1
    await session.fetch(site.origin, order('key-1', 'something else'))
    expect(site.done).toHaveLength(2)
  })

  it('has a key that fits into a header', async () => {
    for (const key of ['', 'a b', 'ü', 'x'.repeat(256), 7]) {
      await using broker = await memoryBroker()
      const session = await broker.session('a')
      const error = await errorOf(session.fetch('http://127.0.0.1:1/', order(key as string)))
      expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
      expect(error.message).toContain('idempotencyKey')
    }
  })
})

describe.each(['sqlite', 'redis'] as const)('several processes on one %s store', (kind) => {
  async function openStoreOf() {
    const folder = temporaryFolder()
    const redis = kind === 'redis' ? await RedisServer.start() : undefined
    const keys = randomBytes(32).toString('base64')
    process.env['ONEJAR_KEYS'] = keys
    return {
      target: redis?.url ?? join(folder.path, 'onejar.db'),
      async [Symbol.asyncDispose]() {
        delete process.env['ONEJAR_KEYS']
        await redis?.stop()
        folder[Symbol.dispose]()
      },
    }
  }

  it('reach the server once, and all get its response', async () => {
    await using store = await openStoreOf()
    const answers: ServerResponse[] = []
    await using site = await shop((response) => answers.push(response))
    await using one = await startOther(store.target)
    await using two = await startOther(store.target)
    const calls = [one, two, one, two].map((process) => process.fetch(site.origin, order('key-1')))
    await eventually(() => expect(answers.length).toBeGreaterThan(0))
    answers[0]?.writeHead(201).end('the only one')
    expect(await Promise.all(calls)).toEqual(Array(4).fill({ status: 201, text: 'the only one' }))
    await using broker = await openBroker({ store: store.target, identity: IDENTITY })
    const session = await broker.session('shared')
    expect(await (await session.fetch(site.origin, order('key-1'))).text()).toBe('the only one')
    expect((await one.fetch(site.origin, order('key-1', 'other'))).code).toBe('ONEJAR_IDEMPOTENCY_CONFLICT')
    expect(site.done).toHaveLength(1)
  })

  it('take over from one that is killed, when its lock has run out', async () => {
    await using store = await openStoreOf()
    const answers: ServerResponse[] = []
    await using site = await shop((response) => answers.push(response))
    await using one = await startOther(store.target)
    await using two = await startOther(store.target)
    one.fetch(site.origin, order('key-1'))
    await eventually(() => expect(answers).toHaveLength(1))
    const call = two.fetch(site.origin, order('key-1'))
    await one.kill()
    await eventually(() => expect(answers).toHaveLength(2))
    answers[1]?.writeHead(201).end('the second')
    expect(await call).toEqual({ status: 201, text: 'the second' })
    expect(site.done.map(({ key }) => key)).toEqual(['key-1', 'key-1'])
  })
})

describe('a store that goes away in the middle', () => {
  it('leaves each process on its own, and its own duplicates still reach the server once', async () => {
    const redis = await RedisServer.start()
    await using stack = new AsyncDisposableStack()
    stack.defer(() => redis.stop())
    await using site = await shop()
    await using broker = await openBroker({
      store: redis.url,
      keys: randomBytes(32).toString('base64'),
      identity: IDENTITY,
      robots: false,
    })
    const session = await broker.session('a')
    await session.fetch(site.origin, order('before'))
    await redis.kill()
    const calls = await Promise.all([1, 2, 3].map(() => session.fetch(site.origin, order('during'))))
    expect(await Promise.all(calls.map((response) => response.text()))).toEqual(Array(3).fill('order 2'))
    expect(await (await session.fetch(site.origin, order('before'))).text()).toBe('order 1')
    expect(site.done).toHaveLength(2)
    await redis.start()
  })
})
