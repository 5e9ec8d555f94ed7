import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { RetryOption } from '../../../src/resilience/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { readBody, startHttpServer, startHttpsServer, startTcpServer } from '../../support/http-server.ts'

const QUICK: RetryOption = { attempts: 3, firstDelayMs: 1, maxDelayMs: 5 }

/** A site that answers each request with the next of these; the last one stays. */
async function site(...answers: ((response: ServerResponse, request: IncomingMessage) => void)[]) {
  const seen: { readonly method: string; readonly body: string; readonly at: number }[] = []
  const server = await startHttpServer(async (request, response) => {
    const at = performance.now()
    const body = (await readBody(request)).toString()
    seen.push({ method: request.method ?? '', body, at })
    answers[Math.min(seen.length, answers.length) - 1]?.(response, request)
  })
  return Object.assign(server, { seen })
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(code, headers).end(`answer ${code}`)
const reset = (response: ServerResponse) => response.destroy()

describe('a request that fails in a way that time may mend', () => {
  it('is sent again, and its events tell why', async () => {
    await using server = await site(reset, status(503), status(200))
    await using broker = await memoryBroker({ retry: QUICK })
    const session = await broker.session('a')
    const events = collect(session.events())
    const response = await session.fetch(`${server.origin}/page?secret=1`)
    expect([response.status, await response.text(), server.seen.length]).toEqual([200, 'answer 200', 3])
    await session.release()
    const told = events.filter(({ type }) => type === 'retry' || type === 'retried')
    const url = `${server.origin}/page`
    expect(told).toMatchObject([
      { type: 'retry', url, attempt: 2, reason: 'ONEJAR_NETWORK' },
      { type: 'retry', url, attempt: 3, reason: 'status 503' },
      { type: 'retried', url, attempts: 3, passed: true },
    ])
  })

  it('ends with the last response, whose body can be read, or the last error', async () => {
    await using server = await site(status(500), status(502), status(503))
    await using broker = await memoryBroker({ retry: QUICK })
    const session = await broker.session('a')
    const response = await session.fetch(server.origin)
    expect([response.status, await response.text(), server.seen.length]).toEqual([503, 'answer 503', 3])
    await using dead = await site(reset)
    expect((await errorOf(session.fetch(dead.origin))).code).toBe('ONEJAR_NETWORK')
    expect(dead.seen).toHaveLength(3)
  })

  it('is sent three times in all by default', async () => {
    await using server = await site(status(500))
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    expect((await session.fetch(server.origin)).status).toBe(500)
    expect(server.seen).toHaveLength(3)
  })

  it('takes what the request, else the session, else the broker says', async () => {
    await using server = await site(status(500))
    await using broker = await memoryBroker({ retry: { ...QUICK, attempts: 2 } })
    const session = await broker.session('a')
    const own = await broker.session('b', { retry: false })
    const sentBy = async (call: () => Promise<unknown>) => {
      const before = server.seen.length
      await call()
      return server.seen.length - before
    }
    expect(await sentBy(() => session.fetch(server.origin))).toBe(2)
    expect(await sentBy(() => own.fetch(server.origin))).toBe(1)
    expect(await sentBy(() => own.fetch(server.origin, { retry: { ...QUICK, attempts: 4 } }))).toBe(4)
    expect(await sentBy(() => session.fetch(server.origin, { retry: false }))).toBe(1)
  })

  it('sends a body again as it was, and one that is a stream once', async () => {
    await using server = await site(status(503), status(200))
    await using broker = await memoryBroker({ retry: QUICK })
    const session = await broker.session('a')
    await session.fetch(server.origin, { method: 'PUT', body: 'the body' })
    expect(server.seen.map(({ body }) => body)).toEqual(['the body', 'the body'])
    await using other = await site(status(503), status(200))
    const body = Readable.from([Buffer.from('once')]) as AsyncIterable<Uint8Array>
    expect((await session.fetch(other.origin, { method: 'PUT', body })).status).toBe(503)
    expect(other.seen).toHaveLength(1)
  })

  it('leaves a POST alone: the site may have done it', async () => {
    await using server = await site(reset)
    await using broker = await memoryBroker({ retry: QUICK })
    const session = await broker.session('a')
    await errorOf(session.fetch(server.origin, { method: 'POST', body: 'pay' }))
    expect(server.seen).toHaveLength(1)
  })

  it('leaves a certificate alone that is not accepted', async () => {
    await using server = await startHttpsServer((_, response) => response.end())
    await using broker = await memoryBroker({
      retry: { attempts: 3, firstDelayMs: 30_000, maxDelayMs: 30_000 },
    })
    const session = await broker.session('a')
    expect((await errorOf(session.fetch(server.origin))).code).toBe('ONEJAR_TLS')
    expect(server.accepted).toBe(1)
  })
})

describe('the deadline', () => {
  it('ends it with the last response rather than with a wait that would not end in time', async () => {
    await using server = await site(status(503))
    await using broker = await memoryBroker({ retry: { firstDelayMs: 60_000, maxDelayMs: 60_000 } })
    const session = await broker.session('a')
    const response = await session.fetch(server.origin, { timeoutMs: 30_000 })
    expect([response.status, await response.text(), server.seen.length]).toEqual([503, 'answer 503', 1])
  })

  it('counts for all attempts together', async () => {
    await using silent = await startTcpServer(() => {})
    await using broker = await memoryBroker({ retry: QUICK })
    const session = await broker.session('a')
    const startedAt = performance.now()
    const error = await errorOf(session.fetch(silent.origin, { timeoutMs: 500 }))
    expect(error.code).toBe('ONEJAR_TIMEOUT')
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(silent.accepted).toBe(1)
  })
})

describe('a wait before another attempt', () => {
  const PATIENT: RetryOption = { attempts: 3, firstDelayMs: 50_000, maxDelayMs: 50_000 }

  it('ends with the caller’s signal', async () => {
    await using server = await site(status(503))
    await using broker = await memoryBroker({ retry: PATIENT })
    const session = await broker.session('a')
    const controller = new AbortController()
    const events = session.events()
    const call = errorOf(session.fetch(server.origin, { signal: controller.signal }))
    for await (const { type } of events) if (type === 'retry') break
    controller.abort()
    expect((await call).code).toBe('ONEJAR_ABORTED')
    expect(server.seen).toHaveLength(1)
  })

  it('ends when the session is released', async () => {
    await using server = await site(status(503))
    await using broker = await memoryBroker({ retry: PATIENT })
    const session = await broker.session('a')
    const events = session.events()
    const call = errorOf(session.fetch(server.origin))
    for await (const { type } of events) if (type === 'retry') break
    await session.release()
    expect((await call).code).toBe('ONEJAR_CLOSED')
  })
})

describe('Retry-After', () => {
  it('is kept by the request that got it, in seconds and as a date', async () => {
    const dated = (response: ServerResponse) =>
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 1_000).toUTCString() }).end()
    await using server = await site(status(429, { 'retry-after': '1' }), status(200))
    await using later = await site(dated, status(200))
    await using broker = await memoryBroker({ retry: QUICK })
    const session = await broker.session('a')
    const events = collect(session.events())
    expect((await session.fetch(server.origin)).status).toBe(200)
    const [first, second] = server.seen
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990)
    expect((await session.fetch(later.origin)).status).toBe(200)
    await session.release()
    const waits = events.flatMap((event) => (event.type === 'retry' ? [event.delayMs] : []))
    expect(waits[0]).toBe(1_000)
    expect(waits[1]).toBeLessThanOrEqual(1_000)
  })

  it('holds other requests of the session to that origin back, and no others', async () => {
    let at = 0
    await using server = await site((response) => {
      at = performance.now()
      status(429, { 'retry-after': '1' })(response)
    }, status(200))
    await using free = await site(status(200))
    await using broker = await memoryBroker({ retry: false })
    const [session, other] = [await broker.session('a'), await broker.session('b')]
    const [events, others] = [collect(session.events()), collect(other.events())]
    expect((await session.fetch(server.origin)).status).toBe(429)
    await session.fetch(free.origin)
    expect((await other.fetch(server.origin)).status).toBe(200)
    const three = await Promise.all([1, 2, 3].map(() => session.fetch(server.origin)))
    expect(three.map((response) => response.status)).toEqual([200, 200, 200])
    for (const seen of server.seen.slice(2)) expect(seen.at - at).toBeGreaterThanOrEqual(990)
    await broker.close()
    expect(events.filter(({ type }) => type === 'rate-limit-pause')).toHaveLength(3)
    expect(others.filter(({ type }) => type === 'rate-limit-pause')).toHaveLength(0)
  })

  it('of a longer time than a request has fails that request at once, with what is left of it', async () => {
    await using server = await site(status(503, { 'retry-after': '120' }), status(200))
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    expect((await session.fetch(server.origin)).status).toBe(503)
    const error = await errorOf(session.fetch(server.origin))
    expect(error).toMatchObject({ code: 'ONEJAR_RATE_LIMITED', retry: 'after' })
    expect(error.retryAfterMs).toBeGreaterThan(60_000)
    expect(error.retryAfterMs).toBeLessThanOrEqual(120_000)
    expect(server.seen).toHaveLength(1)
    session.unblock(server.origin)
    expect((await session.fetch(server.origin)).status).toBe(200)
  })

  it('of a year is held for thirty days, and what cannot be read (minus one, rubbish) is as if absent', async () => {
    await using year = await site(status(429, { 'retry-after': String(365 * 24 * 3_600) }))
    await using broker = await memoryBroker({ retry: QUICK })
    const session = await broker.session('a')
    expect((await session.fetch(year.origin)).status).toBe(429)
    expect(year.seen).toHaveLength(1)
    const { retryAfterMs = 0 } = await errorOf(session.fetch(year.origin))
    expect(retryAfterMs / (24 * 3_600_000)).toBeCloseTo(30, 1)
    for (const value of ['-1', 'soon', '1e9', '']) {
      await using server = await site(status(503, { 'retry-after': value }), status(200))
      expect((await session.fetch(server.origin)).status).toBe(200)
      expect(server.seen).toHaveLength(2)
    }
  })
})

describe('an origin that fails again and again', () => {
  const circuitBreaker = { failures: 3, firstPauseMs: 60_000, maxPauseMs: 60_000 }

  it('is left alone for a pause: requests there fail at once, and say when to come back', async () => {
    await using server = await site(status(500))
    await using well = await site(status(200))
    await using broker = await memoryBroker({ retry: false, circuitBreaker })
    const session = await broker.session('a')
    for (let i = 0; i < 3; i++) expect((await session.fetch(server.origin)).status).toBe(500)
    const error = await errorOf(session.fetch(`${server.origin}/?secret=1`))
    expect(error).toMatchObject({
      code: 'ONEJAR_CIRCUIT_OPEN',
      retry: 'after',
      tier: 'recoverable',
      details: { origin: server.origin, failures: 3, last: 'status 500' },
    })
    expect(error.retryAfterMs).toBeGreaterThan(0)
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(error.message).not.toContain('secret')
    expect(server.seen).toHaveLength(3)
    expect((await session.fetch(well.origin)).status).toBe(200)
    expect((await (await broker.session('b')).fetch(server.origin)).status).toBe(500)
  })

  it('is probed by one request after the pause; the others are refused until it has passed', async () => {
    let now = 1_000_000
    const held = Promise.withResolvers<ServerResponse>()
    await using server = await site(status(500), (response) => held.resolve(response), status(200))
    await using broker = await memoryBroker(
      { retry: false, circuitBreaker: { ...circuitBreaker, failures: 1 } },
      { clock: { now: () => now } },
    )
    const session = await broker.session('a')
    const events = collect(session.events())
    await session.fetch(server.origin)
    now += 60_000
    const probe = session.fetch(server.origin)
    const answer = await held.promise
    expect((await errorOf(session.fetch(server.origin))).code).toBe('ONEJAR_CIRCUIT_OPEN')
    answer.end('here again')
    expect((await probe).status).toBe(200)
    expect((await session.fetch(server.origin)).status).toBe(200)
    await session.release()
    const states = events.flatMap((event) => (event.type === 'circuit' ? [event.state] : []))
    expect(states).toEqual(['open', 'half-open', 'closed'])
  })

  it('ends the attempts of a request that opened it: the last outcome is what it gets', async () => {
    await using server = await site(reset)
    await using broker = await memoryBroker({ retry: { ...QUICK, attempts: 10 }, circuitBreaker })
    const session = await broker.session('a')
    expect((await errorOf(session.fetch(server.origin))).code).toBe('ONEJAR_NETWORK')
    expect(server.seen).toHaveLength(3)
  })

  it('is not one that refuses: 404, 429 and a 503 that says when it is back count as answers', async () => {
    await using server = await site(status(404), status(429), status(403), status(401))
    await using broker = await memoryBroker({
      retry: false,
      circuitBreaker: { ...circuitBreaker, failures: 1 },
    })
    const session = await broker.session('a')
    for (const expected of [404, 429, 403, 401, 401])
      expect((await session.fetch(server.origin)).status).toBe(expected)
  })

  it('is tried however often it failed where that is wanted', async () => {
    await using server = await site(status(500))
    await using broker = await memoryBroker({ retry: false, circuitBreaker: false })
    const session = await broker.session('a')
    for (let i = 0; i < 15; i++) expect((await session.fetch(server.origin)).status).toBe(500)
  })
})

describe('what is asked wrongly', () => {
  it.each([
    [{ retry: { attempts: 0 } }, 'retry.attempts'],
    [{ retry: { attemps: 2 } }, 'attemps'],
    [{ retry: { firstDelayMs: 50, maxDelayMs: 10 } }, 'retry.maxDelayMs'],
    [{ circuitBreaker: { failures: 0 } }, 'circuitBreaker.failures'],
  ])('%j is refused by name, for the broker and for a session', async (options, path) => {
    expect(await errorOf(memoryBroker(options as never))).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
    await using broker = await memoryBroker()
    const error = await errorOf(broker.session('a', options as never))
    expect(error.code).toBe('ONEJAR_BAD_OPTIONS')
    expect(error.message).toContain(path)
  })

  it('and for a request, before anything is sent', async () => {
    await using server = await site(status(200))
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const error = await errorOf(session.fetch(server.origin, { retry: { attempts: 99 } }))
    expect(error.message).toContain('retry.attempts')
    expect(server.seen).toHaveLength(0)
  })
})
