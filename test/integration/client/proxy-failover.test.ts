import { describe, expect, it } from 'vitest'
import type { BrokerOptions } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { startProxy, type TestProxy } from '../../support/proxy-server.ts'

/** A site that challenges whoever has no clearance, and sets cookies of its own; with the cookies it was sent. */
function startSite() {
  const sent: string[] = []
  const bodies: string[] = []
  return startHttpServer((request, response) => {
    const cookies = request.headers.cookie ?? ''
    if (request.url === '/pass') {
      response.writeHead(204, { 'set-cookie': 'clearance=1; Path=/' }).end()
      return
    }
    if (request.url === '/open') {
      request.on('data', (chunk) => bodies.push(String(chunk)))
      request.on('end', () => response.setHeader('content-type', 'text/html').end('<p>open'))
      return
    }
    sent.push(cookies)
    response.setHeader('content-type', 'text/html')
    response.setHeader('set-cookie', 'sid=mine; Path=/')
    if (cookies.includes('clearance=1')) response.end('<p>content')
    else {
      const script = "fetch('/pass', { method: 'POST' }).then(() => location.reload())"
      response.writeHead(403).end(`<!doctype html><title>One moment</title><script>${script}</script>`)
    }
  }).then((server) => Object.assign(server, { sent, bodies }))
}

/** The id of a session that the table gives this proxy first. */
async function sessionAt(
  proxy: TestProxy,
  routes: BrokerOptions['proxyRoutes'],
  url: string,
): Promise<string> {
  await using broker = await memoryBroker({ proxyRoutes: routes, retry: false })
  for (let at = 0; ; at++) {
    const before = proxy.passed.length
    await (await (await broker.session(`s${at}`)).fetch(url)).text()
    if (proxy.passed.length > before) return `s${at}`
  }
}

describe('a proxy that fails', () => {
  it('is another one’s turn on both transports, where its row says so', async () => {
    await using site = await startSite()
    await using other = await startProxy({ toLoopback: true })
    const dead = await startProxy({ toLoopback: true })
    const url = `http://shop.test:${site.port}/open`
    const proxies = [dead.url, other.url]
    const id = await sessionAt(dead, [{ proxies }], url)
    await dead.close()
    await using strict = await memoryBroker({ proxyRoutes: [{ proxies }], retry: false })
    const error = await errorOf((await strict.session(id)).fetch(url))
    expect([error.code, error.details]).toEqual([
      'ONEJAR_PROXY_FAILED',
      { proxy: dead.url, fault: 'unreachable' },
    ])

    for (const render of [false, true]) {
      await using broker = await memoryBroker({ proxyRoutes: [{ proxies, failover: true }], retry: false })
      const session = await broker.session(id)
      const answers = await Promise.all(
        [1, 2, 3].map(async () => (await session.fetch(url, { render })).text()),
      )
      expect(answers.every((text) => text.includes('open'))).toBe(true)
      const { body } = await session.request(url, { method: 'POST', body: 'once' })
      expect(await body.text()).toContain('open')
      // It is known to the sessions that come next.
      const before = other.passed.length
      await (await (await broker.session(`${id}-next`)).fetch(url)).text()
      expect(other.passed.length).toBe(before + 1)
    }
    expect(site.bodies).toEqual(['once', 'once'])
  })

  it('of a row in which all fail is named', async () => {
    const first = await startProxy()
    const second = await startProxy()
    await first.close()
    await second.close()
    const proxyRoutes = [{ proxies: [first.url, second.url], failover: true }]
    await using broker = await memoryBroker({ proxyRoutes, retry: false })
    const session = await broker.session('a')
    expect((await errorOf(session.fetch('http://shop.test/'))).code).toBe('ONEJAR_PROXY_FAILED')
    expect((await errorOf(session.fetch('http://shop.test/'))).code).toBe('ONEJAR_PROXY_FAILED')
  })

  it('that wants other credentials is one that fails', async () => {
    await using site = await startSite()
    await using closed = await startProxy({ auth: { username: 'a', password: 'b' }, toLoopback: true })
    await using open = await startProxy({ toLoopback: true })
    const proxyRoutes = [{ proxies: [closed.url, open.url], failover: true }]
    await using broker = await memoryBroker({ proxyRoutes, retry: false })
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const session = await broker.session(id)
      expect(await (await session.fetch(`http://shop.test:${site.port}/open`)).text()).toContain('open')
    }
  })
})

describe('a clearance', () => {
  it.each(['dropped', 'kept'])('of the old address is %s when the proxy is rotated', async (what) => {
    await using site = await startSite()
    await using old = await startProxy({ toLoopback: true })
    await using fresh = await startProxy({ toLoopback: true })
    const url = `http://shop.test:${site.port}/`
    await using broker = await memoryBroker({ proxyRoutes: [{ proxies: [old.url] }], retry: false })
    const session = await broker.session('a')
    expect(await (await session.fetch(url)).text()).toContain('content')
    expect(session.cookies.header(url)).toContain('clearance=1')
    site.sent.length = 0
    await broker.rotateProxies([{ proxies: [fresh.url] }], what === 'kept' ? { keepClearance: true } : {})
    const again = await broker.session('a')
    expect(again.cookies.header(url)).toBe(what === 'kept' ? 'sid=mine; clearance=1' : 'sid=mine')
    expect(await (await again.fetch(url)).text()).toContain('content')
    expect(site.sent[0]).toBe(what === 'kept' ? 'sid=mine; clearance=1' : 'sid=mine')
    // The one that it got since is good for its address.
    await again.release()
    expect((await broker.session('a')).cookies.header(url)).toContain('clearance=1')
  })

  it.each([
    ['the broker', { keepClearance: true }, {}],
    ['the session', {}, { keepClearance: true }],
  ])('stays where %s says so', async (_whose, brokers, sessions) => {
    await using site = await startSite()
    await using old = await startProxy({ toLoopback: true })
    await using fresh = await startProxy({ toLoopback: true })
    const url = `http://shop.test:${site.port}/`
    await using broker = await memoryBroker({ ...brokers, retry: false })
    const first = await broker.session('a', { ...sessions, proxy: old.url })
    await (await first.fetch(url)).text()
    await first.release()
    const second = await broker.session('a', { ...sessions, proxy: fresh.url })
    expect(second.cookies.header(url)).toContain('clearance=1')
  })

  it('of an address whose proxy failed is not shown through the next one', async () => {
    await using site = await startSite()
    await using other = await startProxy({ toLoopback: true })
    const dying = await startProxy({ toLoopback: true })
    const url = `http://shop.test:${site.port}/`
    const proxies = [dying.url, other.url]
    const id = await sessionAt(dying, [{ proxies }], `${url}open`)
    await using broker = await memoryBroker({ proxyRoutes: [{ proxies, failover: true }], retry: false })
    const session = await broker.session(id)
    expect(await (await session.fetch(url)).text()).toContain('content')
    await dying.close()
    site.sent.length = 0
    expect(await (await session.fetch(url)).text()).toContain('content')
    expect(site.sent[0]).toBe('sid=mine')
    expect(session.cookies.header(url)).toContain('clearance=1')
  })
})
