import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { HttpTransport } from '../../../src/http/index.ts'
import { startHttp2Server, startHttpServer, startHttpsServer } from '../../support/http-server.ts'
import { startProxy, startSocksProxy } from '../../support/proxy-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const auth = { username: 'us:er', password: 'pä ss@' }

describe('a proxy', () => {
  it('forwards http', async () => {
    await using server = await startHttpServer((request, response) => response.end(request.headers.host))
    await using proxy = await startProxy()
    await using http = openHttp({ proxy: proxy.url })
    http.cookies.set('127.0.0.1', 'a', '1')
    const response = await http.send(`${server.origin}/x?y`)
    expect(await response.body.text()).toBe(`127.0.0.1:${server.port}`)
    expect(proxy.passed).toEqual([{ how: 'forward', target: `${server.origin}/x?y` }])
  })

  it('tunnels https, whose headers it never sees', async () => {
    await using server = await startHttpsServer((request, response) => response.end(request.headers.cookie))
    await using proxy = await startProxy()
    await using http = openHttp({ proxy: proxy.url })
    http.cookies.set('127.0.0.1', 'a', '1')
    const response = await http.send(server.origin)
    expect(await response.body.text()).toBe('a=1')
    expect(proxy.passed).toEqual([{ how: 'connect', target: `127.0.0.1:${server.port}` }])
  })

  it('tunnels HTTP/2', async () => {
    await using server = await startHttp2Server((request, response) => response.end(request.httpVersion))
    await using proxy = await startProxy()
    await using http = openHttp({ proxy: proxy.url })
    const response = await http.send(server.origin)
    expect([await response.body.text(), response.httpVersion]).toEqual(['2.0', '2'])
  })

  it.each(['http', 'https'])('may speak SOCKS5, for %s', async (scheme) => {
    const start = scheme === 'http' ? startHttpServer : startHttpsServer
    await using server = await start((request, response) => response.end(request.headers.host))
    await using proxy = await startSocksProxy()
    await using http = openHttp({ proxy: proxy.url })
    const response = await http.send(server.on('shop.test'))
    expect(await response.body.text()).toBe(`shop.test:${server.port}`)
    expect(proxy.passed).toEqual([{ how: 'connect', target: `shop.test:${server.port}` }])
  })

  it('with SOCKS5 keeps the timeouts, and takes the user’s connector', async () => {
    await using server = await startHttpServer(() => {})
    await using proxy = await startSocksProxy()
    await using http = openHttp({
      proxy: 'socks5://proxy.example:1080',
      headersTimeoutMs: 50,
      connect: (_to, callback) => {
        const socket = net.connect(proxy.port, '127.0.0.1', () => callback(null, socket))
      },
    })
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_TIMEOUT')
    expect(proxy.passed).toHaveLength(1)
  })

  it('resolves names itself', async () => {
    await using server = await startHttpServer((request, response) => response.end(request.headers.host))
    await using proxy = await startProxy({ toLoopback: true })
    await using http = openHttp({ proxy: proxy.url })
    const response = await http.send(server.on('shop.test'))
    expect(await response.body.text()).toBe(`shop.test:${server.port}`)
  })

  it('follows redirects through itself, from http to https', async () => {
    await using secure = await startHttpsServer((_request, response) => response.end('secure'))
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(302, { location: secure.origin, 'set-cookie': 'a=1' }).end()
    })
    await using proxy = await startProxy()
    await using http = openHttp({ proxy: proxy.url })
    expect(await (await http.send(server.origin)).body.text()).toBe('secure')
    expect(proxy.passed.map((pass) => pass.how)).toEqual(['forward', 'connect'])
    expect(http.cookies.received).toHaveLength(1)
  })

  it.each(['http', 'https'])('gets its credentials, and the %s site does not', async (scheme) => {
    const seen: (string | undefined)[] = []
    const start = scheme === 'http' ? startHttpServer : startHttpsServer
    await using server = await start((request, response) => {
      seen.push(request.headers['proxy-authorization'])
      response.end('in')
    })
    await using proxy = await startProxy({ auth })
    const inUrl = new URL(proxy.url)
    inUrl.username = encodeURIComponent(auth.username)
    inUrl.password = encodeURIComponent(auth.password)
    for (const option of [{ server: proxy.url, ...auth }, inUrl.href]) {
      await using http = openHttp({ proxy: option })
      expect(await (await http.send(server.origin)).body.text()).toBe('in')
    }
    expect(seen).toEqual([undefined, undefined])
  })

  it.each(['http', 'https'])('that refuses a %s site is ONEJAR_NETWORK', async (scheme) => {
    const start = scheme === 'http' ? startHttpServer : startHttpsServer
    await using server = await start((_request, response) => response.end('in'))
    await using proxy = await startProxy({ auth })
    await using http = openHttp({ proxy: { server: proxy.url, username: 'eve', password: 'canary' } })
    const error = await errorOf(http.send(server.origin))
    expect(error.code).toBe('ONEJAR_NETWORK')
    expect(error.message).toMatch(/credentials|407/)
    expect(error.message).not.toContain('canary')
    expect(proxy.passed).toEqual([])
  })

  it('that is not there is ONEJAR_NETWORK, and nothing goes round it', async () => {
    await using server = await startHttpServer((_request, response) => response.end('direct'))
    const proxy = await startProxy()
    await proxy.close()
    await using http = openHttp({ proxy: proxy.url })
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_NETWORK')
    expect(server.accepted).toBe(0)
  })

  it.each(['http', 'https'])('is reached by the user’s connector for %s', async (scheme) => {
    const start = scheme === 'http' ? startHttpServer : startHttpsServer
    await using server = await start((_request, response) => response.end('in'))
    await using proxy = await startProxy()
    const asked: string[] = []
    await using http = openHttp({
      proxy: 'http://proxy.example:3128',
      connect: ({ hostname }, callback) => {
        asked.push(hostname)
        const socket = net.connect(proxy.port, '127.0.0.1', () => callback(null, socket))
      },
    })
    expect(await (await http.send(server.origin)).body.text()).toBe('in')
    expect([asked, proxy.passed.length]).toEqual([['proxy.example'], 1])
  })

  it.each(['not a url', 'ftp://127.0.0.1'])('%s is refused at once', (proxy) => {
    expect(() => new HttpTransport({ proxy })).toThrow(/ONEJAR|proxy:/)
  })
})
