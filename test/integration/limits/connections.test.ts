import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttp2Server, startHttpServer, startHttpsServer } from '../../support/http-server.ts'
import { startProxy, startSocksProxy } from '../../support/proxy-server.ts'

type Start = typeof startHttpServer

/** A site that answers after a turn of the loop, and counts its connections: now, at most, and all. */
async function countingSite(start: Start) {
  const open = new Set<Socket>()
  const requests = new Map<Socket, number>()
  /** Connections at once at most, all of them, and the requests on one of them at most. */
  const seen = { most: 0, all: 0, requests: 0 }
  const site = await start((request, response) => {
    // With HTTP/2 each stream has a socket of its own to show.
    const { stream } = request as { stream?: { session?: Socket } }
    const socket = stream?.session ?? (request.socket as Socket)
    if (!open.has(socket)) {
      open.add(socket)
      seen.all++
      seen.most = Math.max(seen.most, open.size)
      socket.once('close', () => open.delete(socket))
    }
    const count = (requests.get(socket) ?? 0) + 1
    requests.set(socket, count)
    seen.requests = Math.max(seen.requests, count)
    setImmediate(() => response.end('hello'))
  })
  return Object.assign(site, { seen })
}

async function broker(options: BrokerOptions = {}) {
  return memoryBroker({ ignoreHTTPSErrors: true, ...options })
}

describe('150 requests at once', () => {
  it.each([
    ['http', startHttpServer, null, 32],
    ['https', startHttpsServer, null, 32],
    ['HTTP/2', startHttp2Server, null, 2],
    ['http through a proxy', startHttpServer, startProxy, 32],
    ['https through a proxy', startHttpsServer, startProxy, 32],
    ['HTTP/2 through a proxy', startHttp2Server, startProxy, 3],
    ['https through SOCKS', startHttpsServer, startSocksProxy, 32],
  ] as const)(
    'over %s open a few connections, and are all answered',
    async (_how, start, startAProxy, most) => {
      await using site = await countingSite(start)
      await using stack = new AsyncDisposableStack()
      const proxy = startAProxy === null ? undefined : stack.use(await startAProxy())
      await using broker_ = await broker(proxy === undefined ? {} : { proxy: proxy.url })
      const session = await broker_.session('a')
      const texts = await Promise.all(
        Array.from({ length: 150 }, async (_, i) => (await session.fetch(`${site.origin}/${i}`)).text()),
      )
      expect(new Set(texts)).toEqual(new Set(['hello']))
      expect(site.seen.most).toBeLessThanOrEqual(most)
    },
  )

  it('open as many as the option says, and there may be no limit', async () => {
    for (const [perOrigin, least, most] of [
      [3, 3, 3],
      [false, 40, 150],
    ] as const) {
      await using site = await countingSite(startHttpServer)
      await using broker_ = await broker({ connections: { perOrigin } })
      const session = await broker_.session('a')
      await Promise.all(Array.from({ length: 150 }, async () => (await session.fetch(site.origin)).text()))
      expect(site.seen.most).toBeGreaterThanOrEqual(least)
      expect(site.seen.most).toBeLessThanOrEqual(most)
    }
  })
})

describe('connections in all', () => {
  it('are shared by the sites: those at rest give theirs up', async () => {
    const sites = await Promise.all(Array.from({ length: 6 }, () => countingSite(startHttpServer)))
    await using stack = new AsyncDisposableStack()
    for (const site of sites) stack.use(site)
    await using broker_ = await broker({ connections: { total: 2, keepAliveMs: 60_000 } })
    const session = await broker_.session('a')
    for (let round = 0; round < 2; round++)
      for (const site of sites) expect(await (await session.fetch(site.origin)).text()).toBe('hello')
    await Promise.all(
      sites.flatMap((site) =>
        Array.from({ length: 5 }, async () =>
          expect(await (await session.fetch(site.origin)).text()).toBe('hello'),
        ),
      ),
    )
  })
})

describe('a request that waits for a connection', () => {
  it.each([
    ['to the site', { perOrigin: 1 }],
    ['in all', { total: 1 }],
  ])('%s ends with its time, with its signal, and else is served in order', async (_what, connections) => {
    const held: (() => void)[] = []
    const order: string[] = []
    const waiting = Promise.withResolvers<void>()
    await using site = await startHttpServer((request, response) => {
      order.push(request.url ?? '')
      if (request.url !== '/slow') response.end('hello')
      else {
        held.push(() => response.end('slow'))
        waiting.resolve()
      }
    })
    await using broker_ = await broker({ connections, retry: false })
    const session = await broker_.session('a')
    const slow = session.fetch(`${site.origin}/slow`)
    await waiting.promise
    const abort = new AbortController()
    const late = errorOf(session.fetch(`${site.origin}/late`, { timeoutMs: 50 }))
    const aborted = errorOf(session.fetch(`${site.origin}/aborted`, { signal: abort.signal }))
    const served = ['/one', '/two'].map(async (path) => (await session.fetch(site.origin + path)).text())
    expect((await late).code).toBe('ONEJAR_TIMEOUT')
    abort.abort()
    expect((await aborted).code).toBe('ONEJAR_ABORTED')
    expect(order).toEqual(['/slow'])
    held[0]?.()
    expect(await (await slow).text()).toBe('slow')
    expect(await Promise.all(served)).toEqual(['hello', 'hello'])
    expect(order).toEqual(['/slow', '/one', '/two'])
  })
})

describe('a connection', () => {
  it('is closed after as many requests as it may carry, and when it had none for so long', async () => {
    await using site = await countingSite(startHttpServer)
    await using broker_ = await broker({ connections: { requestsPerConnection: 2 } })
    const session = await broker_.session('a')
    for (let i = 0; i < 6; i++) await (await session.fetch(site.origin)).text()
    expect(site.seen.all).toBeGreaterThanOrEqual(3)
    expect(site.seen.requests).toBe(2)

    const closed = Promise.withResolvers<void>()
    await using other = await startHttpServer((request, response) => {
      request.socket.once('close', closed.resolve)
      response.end('hello')
    })
    await using short = await broker({ connections: { keepAliveMs: 1 } })
    await (await (await short.session('a')).fetch(other.origin)).text()
    await closed.promise
  })

  it('has options that are checked', async () => {
    for (const connections of [{ perOrigin: 0 }, { total: 1.5 }, { keepAliveMs: 0 }, { many: 1 }])
      expect((await errorOf(broker({ connections }))).message).toContain('connections')
  })
})
