import { execFile } from 'node:child_process'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { ConnectionTally, connectionReuse, consistencyScore } from '../../../src/http/index.ts'
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
      const program = join(import.meta.dirname, 'fixtures/say-hello.ts')
      await run(process.execPath, [...flags, program, String(site.port)])
    }
    expect(site.seen).toHaveLength(10)
    expect(new Set(site.seen.map(({ ja3 }) => ja3)).size).toBe(1)
    expect(new Set(site.seen.map(({ ja4 }) => ja4)).size).toBe(1)
    expect(site.seen[0]?.ja4).toMatch(new RegExp(`^t13d${TLS_CIPHERS.length}..h2_`))
  }, 60_000)

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

describe('what can be read of connections', () => {
  it('version, cipher, reuse and how consistent they were', async () => {
    await using secure = await startHttp2Server((_request, response) => response.end('x'))
    await using plain = await startHttpServer((_request, response) => response.end('x'))
    const tally = new ConnectionTally()
    await using http = openHttp({ observer: tally, maxConnectionsPerOrigin: 1 })
    const identity = { headersFor: () => ['User-Agent', 'one', 'Accept', '*/*'] }
    for (let n = 0; n < 4; n += 1) await (await http.send(secure.origin, { identity })).body.text()
    await (await http.send(plain.origin, { identity })).body.text()
    const { tlsVersions, ciphers, connections, requests } = tally.read()
    expect([connections, requests, connectionReuse(tally.read())]).toEqual([2, 5, 0.6])
    expect([tlsVersions, ciphers]).toEqual([{ 'TLSv1.3': 1, none: 1 }, { TLS_AES_256_GCM_SHA384: 1 }])
    expect(consistencyScore(tally.read())).toBe(1)

    // Somebody else, for once: the site sees two clients in one session.
    await (await http.send(plain.origin, { identity, headers: { 'user-agent': 'two' } })).body.text()
    expect(consistencyScore(tally.read())).toBeCloseTo(5 / 6)
  })

  it('through a proxy it is the site’s connection that counts', async () => {
    await using secure = await startHttp2Server((_request, response) => response.end('x'))
    for (const start of [startProxy, startSocksProxy]) {
      await using proxy = await start()
      const tally = new ConnectionTally()
      await using http = openHttp({ observer: tally, proxy: proxy.url })
      await (await http.send(secure.origin)).body.text()
      expect(tally.read()).toMatchObject({ connections: 1, tlsVersions: { 'TLSv1.3': 1 } })
    }
  })

  it('a connector of the user’s that goes below the floor is seen', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    const server = tls.createServer({ ...certificate(), ...old }, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'))
      socket.on('error', () => {})
    })
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const tally = new ConnectionTally()
    await using http = openHttp({
      observer: tally,
      connect: (to, callback) => {
        const socket = tls.connect(
          { host: to.hostname, port: Number(to.port), rejectUnauthorized: false, ...old },
          () => callback(null, socket),
        )
      },
    })
    await (await http.send(`https://127.0.0.1:${port}/`)).body.dump()
    server.close()
    expect(tally.read().tlsVersions).toEqual({ 'TLSv1.1': 1 })
    expect(consistencyScore(tally.read())).toBe(0)
  })
})
