import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, FetchOptions, Session, SessionEvent } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { CONTENT, type Gate, type GateKind, startGate } from '../../support/gates.ts'
import { isOfBrowser } from '../../support/http-server.ts'

/** Longer than anything that is timed here takes on a busy machine. */
const SOLVE_TIMEOUT_MS = 90_000

let broker: Broker
let session: Session
let events: SessionEvent[]
let gate: Gate
let now: number
/** What goes wrong: asked for each request, with what sent it and whether it has a clearance. */
let trouble: (from: 'http' | 'document' | 'fetch', cleared: boolean, response: ServerResponse) => boolean

beforeEach(async () => {
  now = Date.now()
  trouble = () => false
  broker = await memoryBroker({ solveTimeoutMs: SOLVE_TIMEOUT_MS }, { clock: { now: () => now } })
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(async () => {
  await broker.close()
  await gate.close()
})

async function open(kind: GateKind) {
  const intercept = (request: IncomingMessage, response: ServerResponse) => {
    const from = !isOfBrowser(request)
      ? 'http'
      : request.headers['x-http'] === undefined
        ? 'document'
        : 'fetch'
    return trouble(from, (request.headers.cookie ?? '').includes('clearance'), response)
  }
  gate = await startGate(kind, { intercept })
}
const get = (options: FetchOptions = {}) =>
  session.fetch(gate.origin, { ...options, headers: { 'x-http': '1' } })
const learned = () => events.filter(({ type }) => type === 'route')
const reset = (response: ServerResponse) => {
  response.socket?.resetAndDestroy()
  return true
}
const unavailable = (response: ServerResponse) => {
  response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Service unavailable</h1>')
  return true
}

/** Things that go wrong with the request that is sent again once the challenge is passed. */
const REPLAYS: ReadonlyArray<[string, (response: ServerResponse) => boolean, FetchOptions, string | number]> =
  [
    ['a reset', reset, {}, 'ONEJAR_NETWORK'],
    ['a 503', unavailable, {}, 503],
    ['a server that says nothing', () => true, { timeoutMs: 6_000 }, 'ONEJAR_TIMEOUT'],
  ]

describe('what goes wrong once teaches nothing', () => {
  it.each(REPLAYS)('%s after the challenge', async (_, happens, options, outcome) => {
    await open('cookie')
    trouble = (from, cleared, response) => from === 'http' && cleared && happens(response)
    const result = await get(options).then(
      ({ status }) => status,
      ({ code }) => code,
    )
    expect(result).toBe(outcome)
    expect(learned()).toEqual([])
    trouble = () => false
    const next = await get()
    expect([next.via, await next.text()]).toEqual(['http', CONTENT])
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
  })

  it.each([
    ['a reset', reset, 'ONEJAR_NETWORK'],
    ['a 503', unavailable, 'ONEJAR_CHALLENGE_UNSOLVED'],
  ])('%s in the browser: an error, and a pause', async (_, happens, code) => {
    await open('cookie')
    trouble = (from, __, response) => from === 'document' && happens(response)
    expect((await errorOf(get())).code).toBe(code)
    expect(await errorOf(get())).toMatchObject({ code, retryAfterMs: 1_000 })
    expect(learned()).toEqual([])
    trouble = () => false
    now += 1_001
    expect((await get()).via).toBe('http')
  })

  it('a 503 in the browser once the challenge has given its cookie: the request is made again over HTTP', async () => {
    await open('cookie')
    let failures = 0
    trouble = (from, cleared, response) =>
      from === 'document' && cleared && ++failures === 1 && unavailable(response)
    const all = await Promise.all([get(), get()])
    expect(all.map(({ status, via }) => [status, via])).toEqual([
      [200, 'http'],
      [200, 'http'],
    ])
    expect(failures).toBe(1)
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
  })

  it('a page fetch that fails, where page fetches are the way', async () => {
    await open('connection')
    expect((await get()).via).toBe('page-fetch')
    expect(learned()).toHaveLength(1)
    let resets = 0
    trouble = (from, _, response) => from === 'fetch' && ++resets === 1 && reset(response)
    expect((await get()).status).toBe(200)
    expect(learned()).toHaveLength(1)
    expect((await get()).via).toBe('page-fetch')
  })

  it('a page fetch that gets a 503, where nothing was learned yet', async () => {
    await open('connection')
    trouble = (from, _, response) => from === 'fetch' && unavailable(response)
    const failed = await get()
    expect([failed.status, failed.via]).toEqual([503, 'page-fetch'])
    expect(learned()).toEqual([])
    trouble = () => false
    expect((await get()).via).toBe('page-fetch')
    expect(learned()).toHaveLength(1)
  })
})

describe('a clearance that HTTP cannot use', () => {
  it('is not asked for without end: two visits for one request, then the browser answers', async () => {
    await open('connection')
    const responses = await Promise.all(Array.from({ length: 20 }, () => get()))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(events.filter(({ type }) => type === 'solve-start').length).toBeLessThanOrEqual(2)
  })

  it('does not have a request that writes sent twice', async () => {
    await open('connection')
    const post = await session.fetch(gate.origin, {
      method: 'POST',
      body: 'order',
      headers: { 'x-http': '1' },
    })
    expect(post.status).toBe(200)
    expect(gate.passed.filter((line) => line === 'POST order')).toHaveLength(1)
  })

  it('of a request that asks for its redirects by hand teaches nothing', async () => {
    await open('connection')
    await get({ redirect: 'manual' })
    expect(learned()).toEqual([])
  })
})

it('a document that never ends, behind the challenge, does not hold up the visit', async () => {
  await open('cookie')
  trouble = (_, cleared, response) => {
    if (!cleared) return false
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .write('<!doctype html><h1>News</h1><p>and more to come')
    return true
  }
  const startedAt = performance.now()
  const response = await session.fetch(gate.origin)
  expect([response.status, response.via]).toEqual([200, 'http'])
  // A solve has all the time of its own bound, which is far longer: see the broker of this file.
  expect(performance.now() - startedAt).toBeLessThan(SOLVE_TIMEOUT_MS)
  const reader = response.body?.getReader()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain('News')
  await reader?.cancel()
  expect(events.find(({ type }) => type === 'solve-end')).toMatchObject({ outcome: 'unproven' })
})
