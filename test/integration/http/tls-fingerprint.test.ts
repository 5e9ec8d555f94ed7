import { execFile } from 'node:child_process'
import type { LookupFunction } from 'node:net'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConnectionFacts, HttpObserver } from '../../../src/http/http-observer.ts'
import { TLS_CIPHERS } from '../../../src/http/tls-settings.ts'
import { startFingerprintServer } from '../../support/client-hello.ts'
import { certificate, startHttp2Server, startHttpServer } from '../../support/http-server.ts'
import { startProxy, startSocksProxy } from '../../support/proxy-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const run = promisify(execFile)

const toLoopback: LookupFunction = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}
const connect = { rejectUnauthorized: false, lookup: toLoopback }

/** Answers, and ends the connection, so that the next request opens another one. */
const onceOnly = (
  request: { httpVersion: string; stream?: { session?: { close(): void } } },
  response: never,
) => {
  const answer = response as { end(text: string): void; setHeader(name: string, value: string): void }
  if (request.httpVersion === '1.1') answer.setHeader('connection', 'close')
  else request.stream?.session?.close()
  answer.end('hello')
}

describe('one fingerprint', () => {
  it('whatever the connection, the session, the proxy and the process', async () => {
    await using site = await startFingerprintServer(onceOnly as never)
    await using proxy = await startProxy({ toLoopback: true })
    await using socks = await startSocksProxy()
    const url = `https://shop.test:${site.port}/`
    const ways = [{ connect }, { connect }, { proxy: proxy.url }, { proxy: socks.url }]
    for (const options of ways) {
      await using http = openHttp(options)
      // The second connection of each could resume the session of the first.
      for (let n = 0; n < 2; n += 1) expect(await (await http.send(url)).body.text()).toBe('hello')
    }
    for (const flags of [[], ['--tls-min-v1.0', '--tls-max-v1.2', '--tls-cipher-list=AES128-SHA']]) {
      const program = fileURLToPath(new URL('./fixtures/say-hello.ts', import.meta.url))
      await run(process.execPath, [...flags, program, String(site.port)])
    }
    expect(site.seen).toHaveLength(10)
    expect(new Set(site.seen.map(({ ja3 }) => ja3)).size).toBe(1)
    expect(new Set(site.seen.map(({ ja4 }) => ja4)).size).toBe(1)
    expect(site.seen[0]?.ja4).toMatch(new RegExp(`^t13d${TLS_CIPHERS.length}..h2_`))
  })

  it('the session’s own settings go before', async () => {
    await using site = await startFingerprintServer((_request, response) => response.end('hello'))
    const url = `https://shop.test:${site.port}/`
    const own = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const
    for (const more of [own, {}]) {
      await using http = openHttp({ connect: { ...connect, ...more } })
      await (await http.send(url)).body.text()
    }
    const [mine, usual] = site.seen
    expect(mine?.ja4).toMatch(/^t12d01..h2_/)
    expect(usual?.ja4).toMatch(/^t13d/)
  })
})

describe('the floor', () => {
  const was = tls.DEFAULT_MIN_VERSION
  afterEach(() => {
    tls.DEFAULT_MIN_VERSION = was
  })

  it('is TLS 1.2, though the process allowed less', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    const server = tls.createServer({ ...certificate(), ...old }, (socket) => socket.end())
    server.listen(0, '127.0.0.1')
    server.on('tlsClientError', () => {})
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    tls.DEFAULT_MIN_VERSION = 'TLSv1'
    await using http = openHttp({ connect: { ciphers: 'ALL:@SECLEVEL=0' } })
    const error = await errorOf(http.send(`https://127.0.0.1:${port}/?secret=canary`))
    server.close()
    expect([error.code, error.retry, typeof error.details['fault']]).toEqual([
      'ONEJAR_TLS',
      'never',
      'string',
    ])
    expect(error.message).not.toContain('canary')
  })
})

/** Notes what it is told. */
class Notes implements HttpObserver {
  readonly connections: ConnectionFacts[] = []
  readonly requests: boolean[] = []

  onConnection(facts: ConnectionFacts): void {
    this.connections.push(facts)
  }

  onRequest(consistent: boolean): void {
    this.requests.push(consistent)
  }
}

describe('an observer', () => {
  it('is told of each connection and each request', async () => {
    await using secure = await startHttp2Server((_request, response) => response.end('x'))
    await using plain = await startHttpServer((_request, response) => response.end('x'))
    const observer = new Notes()
    await using http = openHttp({ observer, maxConnectionsPerOrigin: 1 })
    const identity = { headersFor: () => ['User-Agent', 'one', 'Accept', '*/*'] }
    for (let n = 0; n < 3; n += 1) await (await http.send(secure.origin, { identity })).body.text()
    const own = [{}, { accept: 'text/html', 'x-own': '1' }, { 'user-agent': 'two' }]
    for (const headers of own) await (await http.send(plain.origin, { identity, headers })).body.text()
    const [version, cipher] = ['TLSv1.3', 'TLS_AES_256_GCM_SHA384']
    expect(observer.connections).toEqual([
      { origin: secure.origin, tlsVersion: version, cipher, alpn: 'h2', consistent: true },
      { origin: plain.origin, tlsVersion: null, cipher: null, alpn: 'http/1.1', consistent: true },
    ])
    // The last one says it is somebody else: the site sees two clients in one session.
    expect(observer.requests).toEqual([true, true, true, true, true, false])
  })

  it('is told of the site’s connection, not of the proxy’s', async () => {
    await using secure = await startHttp2Server((_request, response) => response.end('x'))
    for (const start of [startProxy, startSocksProxy]) {
      await using proxy = await start()
      const observer = new Notes()
      await using http = openHttp({ observer, proxy: proxy.url })
      await (await http.send(secure.origin)).body.text()
      expect(observer.connections).toMatchObject([
        { origin: secure.origin, tlsVersion: 'TLSv1.3', alpn: 'h2' },
      ])
    }
  })

  it('sees a connector of the user’s go below the floor', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    const server = tls.createServer({ ...certificate(), ...old }, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'))
      socket.on('error', () => {})
    })
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const observer = new Notes()
    await using http = openHttp({
      observer,
      connect: (to, callback) => {
        const socket = tls.connect(
          { host: to.hostname, port: Number(to.port), rejectUnauthorized: false, ...old },
          () => callback(null, socket),
        )
      },
    })
    await (await http.send(`https://127.0.0.1:${port}/`)).body.dump()
    server.close()
    expect(observer.connections).toMatchObject([{ tlsVersion: 'TLSv1.1', consistent: false }])
  })
})
