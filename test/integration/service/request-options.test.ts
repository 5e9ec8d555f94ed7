import { describe, expect, it } from 'vitest'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'
import { type OpenedService, openService } from '../../support/service.ts'

const site = (answer: (path: string, times: number) => [number, string] = () => [200, 'a page']) => {
  const times = new Map<string, number>()
  return startHttpServer((request, response) => {
    const path = `${request.method} ${request.url}`
    times.set(path, (times.get(path) ?? 0) + 1)
    response.setHeader('content-type', 'text/html')
    const [status, text] = answer(path, times.get(path) as number)
    response.writeHead(status).end(text)
  })
}

const ask = async (service: OpenedService, body: object) =>
  (await service.call('POST', '/v1/fetch', { session: 'alice', ...body })).json

describe('options of a request to the service', () => {
  it('proxy: it is the one that each request names, whatever the session had before', async () => {
    await using server = await site()
    await using one = await startProxy()
    await using two = await startProxy({ auth: { username: 'user', password: 'canary' } })
    await using service = await openService()
    const url = server.origin
    const throughTwo = { url, proxy: { server: two.url, username: 'user', password: 'canary' } }
    const counts = () => [one.passed.length, two.passed.length]
    expect(await ask(service, { url })).toMatchObject({ status: 200 })
    expect(counts()).toEqual([0, 0])
    expect(await ask(service, { url, proxy: one.url })).toMatchObject({ status: 200 })
    const [first] = counts()
    expect(first).toBeGreaterThan(0)
    expect(await ask(service, throughTwo)).toMatchObject({ status: 200 })
    expect(counts()).toEqual([first, expect.any(Number)])
    expect(two.passed.length).toBeGreaterThan(0)
    const before = counts()
    expect(await ask(service, { url })).toMatchObject({ status: 200 })
    expect(counts()).toEqual(before)
    // What sends nothing does not care which one the session is open with.
    const cookies = { url, lines: ['a=1; Max-Age=3600'] }
    expect((await service.call('PUT', '/v1/sessions/alice/cookies', cookies)).status).toBe(200)
  })

  it('proxy: requests at once through several take turns', async () => {
    await using server = await site()
    await using one = await startProxy()
    await using two = await startProxy()
    await using service = await openService()
    const proxies = [one.url, two.url, undefined, one.url, two.url, undefined]
    const answers = await Promise.all(proxies.map((proxy) => ask(service, { url: server.origin, proxy })))
    expect(answers.map(({ status }) => status)).toEqual(proxies.map(() => 200))
    expect(Math.min(one.passed.length, two.passed.length)).toBeGreaterThanOrEqual(2)
  })

  it('proxy: only one that the service was given, where it does not reach everything', async () => {
    await using server = await site()
    await using proxy = await startProxy()
    const allow = [`127.0.0.1/32:${server.port}`]
    const broker = { addresses: { allow } }
    await using closed = await openService({ broker })
    const body = { url: server.origin, proxy: proxy.url }
    expect(await ask(closed, body)).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    for (const [path, rest] of [
      ['/v1/render', { session: 'alice' }],
      ['/v1/sessions/alice/solve', {}],
    ] as const) {
      expect((await closed.call('POST', path, { ...body, ...rest })).status).toBe(403)
    }
    expect(proxy.passed).toEqual([])
    await using opened = await openService({ broker, proxies: [`127.0.0.1:${proxy.port}`] })
    expect(await ask(opened, body)).toMatchObject({ status: 200 })
    expect(proxy.passed.length).toBeGreaterThan(0)
    expect(await ask(opened, { ...body, proxy: 'http://127.0.0.1:1' })).toMatchObject({ status: 403 })
  })

  it('idempotencyKey: the site gets the request once', async () => {
    await using server = await site((_path, times) => [200, `${times} times`])
    await using service = await openService()
    const body = { url: server.origin, method: 'POST', body: 'a', idempotencyKey: 'order-1' }
    for (const _ of [1, 2]) expect(await ask(service, body)).toMatchObject({ status: 200, text: '1 times' })
    expect(await ask(service, { ...body, idempotencyKey: 'order-2' })).toMatchObject({ text: '2 times' })
  })

  it('retry: as often as it says', async () => {
    const failing = (path: string, times: number): [number, string] =>
      path.includes('robots') ? [404, ''] : times < 3 ? [503, 'no'] : [200, 'yes']
    await using server = await site(failing)
    await using service = await openService()
    expect(await ask(service, { url: `${server.origin}/never`, retry: false })).toMatchObject({ status: 503 })
    const retry = { attempts: 3, firstDelayMs: 1, maxDelayMs: 2 }
    expect(await ask(service, { url: `${server.origin}/again`, retry })).toMatchObject({ text: 'yes' })
  })

  it('robots: false does without robots.txt', async () => {
    await using server = await site((path) => [
      200,
      path.includes('robots') ? 'User-agent: *\nDisallow: /' : 'a page',
    ])
    await using service = await openService()
    expect(await ask(service, { url: server.origin })).toMatchObject({ code: 'ONEJAR_ROBOTS_DISALLOWED' })
    expect(await ask(service, { url: server.origin, robots: false })).toMatchObject({ status: 200 })
  })

  it('purpose: what the site forbids is refused, and its wishes come with each answer', async () => {
    await using server = await startHttpServer((request, response) => {
      response.setHeader('content-signal', 'ai-train=no')
      if (request.url === '/paid') response.writeHead(402, { 'crawler-price': 'USD 0.01' })
      response.end('content')
    })
    await using service = await openService({ broker: { robots: false } })
    const { origin: url } = server
    const refused = await ask(service, { url, purpose: 'ai-train' })
    expect(refused).toMatchObject({ status: 409, code: 'ONEJAR_PURPOSE_REFUSED' })
    expect(await ask(service, { url, purpose: 'search' })).toMatchObject({
      status: 200,
      text: 'content',
      solved: false,
      preferences: { uses: { 'ai-train': 'forbidden' } },
    })
    expect(await ask(service, { url, purpose: 'profit' })).toMatchObject({ status: 400 })
    const paid = await ask(service, { url: `${url}/paid` })
    expect(paid).toMatchObject({ status: 402, code: 'ONEJAR_PAYMENT_REQUIRED' })
  })

  it('end a request when its caller hangs up', async () => {
    const gone = Promise.withResolvers<void>()
    const came = Promise.withResolvers<void>()
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/robots.txt') return void response.writeHead(404).end()
      came.resolve()
      response.once('close', gone.resolve)
    })
    await using service = await openService()
    const hangUp = new AbortController()
    const body = JSON.stringify({ session: 'alice', url: `${server.origin}/slow` })
    const headers = { 'content-type': 'application/json' }
    const answer = fetch(`${service.url}/v1/fetch`, { method: 'POST', headers, body, signal: hangUp.signal })
    await came.promise
    hangUp.abort()
    await answer.catch(() => {})
    await gone.promise
  })
})
