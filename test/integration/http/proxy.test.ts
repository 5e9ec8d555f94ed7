import net from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { HttpTransport } from '../../../src/http/index.ts'
import {
  startHttp2Server,
  startHttpServer,
  startHttpsServer,
  startRawServer,
  startTcpServer,
} from '../../support/http-server.ts'
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

  it.each(['http', 'https'])(
    'that wants other credentials for a %s site is named, without them',
    async (scheme) => {
      const start = scheme === 'http' ? startHttpServer : startHttpsServer
      await using server = await start((_request, response) => response.end('in'))
      await using proxy = await startProxy({ auth })
      await using http = openHttp({
        proxy: { server: proxy.url, username: 'canary-name', password: 'canary' },
      })
      const error = await errorOf(http.send(server.origin))
      expect([error.code, error.details]).toEqual([
        'ONEJAR_PROXY_FAILED',
        { proxy: proxy.url, fault: 'credentials', status: 407 },
      ])
      expect(`${error.message} ${inspect(error)}`).not.toContain('canary')
      expect(proxy.passed).toEqual([])
    },
  )

  it.each([
    ...['http', 'https'].flatMap((scheme) =>
      ['http', 'https', 'socks5'].map((kind) => [kind, scheme] as const),
    ),
  ])(
    'of the kind %s that is not there is named for a %s site, and nothing goes round it',
    async (kind, scheme) => {
      const start = scheme === 'http' ? startHttpServer : startHttpsServer
      await using server = await start((_request, response) => response.end('direct'))
      const proxy = await startProxy()
      await proxy.close()
      await using http = openHttp({ proxy: `${kind}://user:canary@127.0.0.1:${proxy.port}` })
      const error = await errorOf(http.send(server.origin))
      expect([error.code, error.details]).toEqual([
        'ONEJAR_PROXY_FAILED',
        { proxy: `${kind}://127.0.0.1:${proxy.port}`, fault: 'unreachable' },
      ])
      expect(`${error.message} ${inspect(error)}`).not.toContain('canary')
      expect(server.accepted).toBe(0)
    },
  )

  it.each([403, 502])('that answers a tunnel with %i is named, and what it answered', async (status) => {
    await using server = await startHttpsServer((_request, response) => response.end('in'))
    await using proxy = await startRawServer(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)
    await using http = openHttp({ proxy: proxy.origin })
    const error = await errorOf(http.send(server.origin))
    expect([error.code, error.details]).toEqual([
      'ONEJAR_PROXY_FAILED',
      { proxy: proxy.origin, fault: 'refused', status },
    ])
  })

  it('that leaves the question for a tunnel without an answer is named in time', async () => {
    await using server = await startHttpsServer((_request, response) => response.end('in'))
    await using proxy = await startTcpServer(() => {})
    await using http = openHttp({ proxy: proxy.origin, connectTimeoutMs: 50 })
    const error = await errorOf(http.send(server.origin))
    expect([error.code, error.details]).toEqual([
      'ONEJAR_PROXY_FAILED',
      { proxy: proxy.origin, fault: 'unreachable' },
    ])
  })

  it('that does not answer the question for a tunnel in HTTP is named, without what it said', async () => {
    await using server = await startHttpsServer((_request, response) => response.end('in'))
    await using proxy = await startRawServer('220 canary ESMTP\r\n\r\n')
    await using http = openHttp({ proxy: proxy.origin })
    const error = await errorOf(http.send(server.origin))
    expect([error.code, error.details['proxy']]).toEqual(['ONEJAR_PROXY_FAILED', proxy.origin])
    expect(inspect(error)).not.toContain('canary')
  })

  it('that hangs up on a tunnel is named', async () => {
    await using server = await startHttpsServer((_request, response) => response.end('in'))
    await using proxy = await startTcpServer((socket) => socket.once('data', () => socket.destroy()))
    await using http = openHttp({ proxy: proxy.origin })
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_PROXY_FAILED')
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

  it.each([
    'not a url',
    'ftp://127.0.0.1',
    'http://127.0.0.1/path',
    'http://127.0.0.1?query',
    `socks5://${'u'.repeat(256)}:p@127.0.0.1`,
  ])('%s is refused at once', (proxy) => {
    expect(() => new HttpTransport({ proxy })).toThrow(/ONEJAR|proxy:/)
  })
})
