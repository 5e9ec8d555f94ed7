import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { addressPolicy } from '../../../src/compliance/index.ts'
import { BrowserRelay } from '../../../src/http/index.ts'
import { readBody, startHttpServer, startRawServer, startTcpServer } from '../../support/http-server.ts'
import { startProxy } from '../../support/proxy-server.ts'

const auth = { username: 'user', password: 'word' }

/** What a server says to raw bytes, until it hangs up. */
async function say(url: string, bytes: string | Buffer): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

describe('the relay of a browser', () => {
  it('before an HTTP proxy hands on the browser’s headers in their order, with the credentials', async () => {
    let received = ''
    await using upstream = await startTcpServer((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        if (received.includes('\r\n\r\n')) {
          socket.end(
            Buffer.from(
              'HTTP/1.1 200 Fine\r\nX-One: 1\r\nset-cookie: a=1\r\nSet-Cookie: b=\xe9\r\nContent-Length: 2\r\n\r\nok',
              'latin1',
            ),
          )
        }
      })
    })
    const proxy = { server: upstream.origin, ...auth }
    const relay = await BrowserRelay.open({ proxy })
    const request =
      'GET http://shop.test/x?y HTTP/1.1\r\nHost: shop.test\r\nProxy-Connection: keep-alive\r\nuser-AGENT: b\r\n'
    const answer = await say(relay.url, `${request}Cookie: a=\xe9\r\nConnection: close\r\n\r\n`)
    expect(received).toBe(
      `${request}Cookie: a=\xe9\r\nConnection: close\r\nProxy-Authorization: Basic ${btoa('user:word')}\r\n\r\n`,
    )
    expect(answer).toBe(
      'HTTP/1.1 200 Fine\r\nX-One: 1\r\nset-cookie: a=1\r\nSet-Cookie: b=\xe9\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok',
    )
    received = ''
    const kept = net.connect(Number(new URL(relay.url).port), '127.0.0.1')
    kept.write(`${request}\r\n`)
    await once(kept, 'data')
    kept.destroy()
    expect(received).not.toMatch(/^connection:/im)
    await relay.close()
  })

  it('passes bodies both ways, by length and in chunks, on one connection', async () => {
    await using server = await startHttpServer(async (request, response) => {
      const body = await readBody(request)
      if (request.url === '/chunked') {
        response.write(body)
        response.end('!')
      } else response.writeHead(200, { 'content-length': body.length }).end(body)
    })
    await using proxy = await startProxy({ auth })
    const relay = await BrowserRelay.open({ proxy: { server: proxy.url, ...auth } })
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const ask = async (path: string, chunked: boolean) => {
      const request = http.request({
        agent,
        ...{ host: '127.0.0.1', port: new URL(relay.url).port, method: 'POST', path: server.origin + path },
        headers: { host: new URL(server.origin).host, ...(chunked ? {} : { 'content-length': 100_000 }) },
      })
      request.write('a'.repeat(50_000))
      request.end('b'.repeat(50_000))
      const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
      return (await readBody(answer)).length
    }
    expect(await ask('/', false)).toBe(100_000)
    expect(await ask('/chunked', true)).toBe(100_001)
    expect(await ask('/', true)).toBe(100_000)
    agent.destroy()
    await relay.close()
  })

  it('knows why a site could not be reached, for that site alone', async () => {
    await using full = await startRawServer('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n')
    const relay = await BrowserRelay.open({ proxy: full.origin })
    await say(relay.url, 'CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n')
    expect(relay.faultOf(new URL('https://shop.test/x'))).toMatchObject({
      code: 'ONEJAR_PROXY_FAILED',
      details: { fault: 'refused', status: 403 },
    })
    expect(relay.faultOf(new URL('http://shop.test/x'))).toBeUndefined()
    expect(relay.faultOf(new URL('https://other.test/'))).toBeUndefined()
    await relay.close()
  })

  it('knows of a proxy that leaves the question for a tunnel without an answer', async () => {
    await using silent = await startTcpServer(() => {})
    const relay = await BrowserRelay.open({ proxy: silent.origin, connectTimeoutMs: 50 })
    await say(relay.url, 'CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n')
    expect(relay.faultOf(new URL('https://shop.test/'))).toMatchObject({
      code: 'ONEJAR_PROXY_FAILED',
      details: { fault: 'unreachable' },
    })
    await relay.close()
  })

  it.each([
    ['nothing that it knows', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['another version', Buffer.from([4, 1, 0, 80, 127, 0, 0, 1, 0])],
    ['another command', Buffer.from([5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80])],
    ['another kind of address', Buffer.from([5, 1, 0, 5, 1, 0, 9, 127, 0, 0, 1, 0, 80])],
    ['no end', Buffer.alloc(5_000, 5)],
  ])('speaking SOCKS hangs up on %s', async (_what, bytes) => {
    const relay = await BrowserRelay.open({ addresses: addressPolicy('public') })
    expect((await say(relay.url, bytes)).length).toBeLessThan(3)
    await relay.close()
  })

  it('speaking SOCKS takes a greeting and a request in any pieces', async () => {
    await using server = await startTcpServer((socket) => socket.end('hello'))
    const relay = await BrowserRelay.open({
      addresses: addressPolicy({ allow: [`127.0.0.1:${server.port}`] }),
    })
    const port = Buffer.from([server.port >> 8, server.port & 255])
    const whole = Buffer.concat([Buffer.from([5, 2, 0, 2, 5, 1, 0, 1, 127, 0, 0, 1]), port])
    expect(await say(relay.url, whole)).toContain('hello')
    const socket = net.connect(Number(new URL(relay.url).port), '127.0.0.1').setNoDelay(true)
    const got: Buffer[] = []
    socket.on('data', (chunk) => got.push(chunk))
    for (const byte of whole) await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve))
    await once(socket, 'close')
    expect(Buffer.concat(got).toString('latin1')).toContain('hello')
    await relay.close()
  })

  it('ends its connections when it is closed', async () => {
    await using server = await startTcpServer(() => {})
    const relay = await BrowserRelay.open({ addresses: addressPolicy({ allow: ['127.0.0.1'] }) })
    const port = Buffer.from([server.port >> 8, server.port & 255])
    const socket = net.connect(Number(new URL(relay.url).port), '127.0.0.1')
    socket.write(Buffer.concat([Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1]), port]))
    while (server.open === 0) await once(socket, 'data')
    const gone = once(socket, 'close')
    await relay.close()
    await gone
    await server.drained()
  })
})
