import type { LookupFunction } from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { certificate, startHttpServer, startRawServer, startTcpServer } from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const toLoopback: LookupFunction = (_host, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

describe('headers of the caller', () => {
  it.each([
    ['a line break in a value', { a: 'x\r\nEvil: 1' }],
    ['a bare line feed', { a: 'x\nEvil: 1' }],
    ['a NUL', { a: 'x\0' }],
    ['a line break in a name', { 'a\r\nEvil': '1' }],
    ['an empty name', { '': '1' }],
    ['a line break in the host', { host: 'a\r\nEvil: 1' }],
    ['a pseudo-header', { ':path': '/evil' }],
    ['their own framing', { 'transfer-encoding': 'chunked' }],
    ['a length that is not the body’s', { 'content-length': '3' }],
  ])('with %s are refused, and nothing is sent', async (_what, headers) => {
    let asked = 0
    await using server = await startHttpServer((_request, response) => {
      asked += 1
      response.end()
    })
    await using http = openHttp()
    const error = await errorOf(http.send(server.origin, { method: 'POST', body: 'canary', headers }))
    expect([error.code, asked]).toEqual(['ONEJAR_BAD_INPUT', 0])
    expect(error.message).not.toContain('Evil')
  })

  it('can be left out, whoever would add them, on every hop', async () => {
    const seen: (readonly string[])[] = []
    await using server = await startHttpServer((request, response) => {
      seen.push(request.rawHeaders.filter((_, at) => at % 2 === 0))
      if (request.url === '/from') response.writeHead(307, { location: '/to' })
      response.end()
    })
    await using http = openHttp()
    http.cookies.set('127.0.0.1', 'a', '1')
    const response = await http.send(`${server.origin}/from`, {
      method: 'POST',
      body: 'text',
      identity: { headersFor: () => ['User-Agent', 'one', 'Accept', '*/*'] },
      extraHeaders: () => ({ authorization: 'Bearer canary' }),
      omitHeaders: new Set(['user-agent', 'authorization', 'cookie', 'content-type']),
    })
    await response.body.dump()
    const rest = ['host', 'connection', 'Accept', 'content-length']
    expect(seen).toEqual([rest, rest])
  })

  it('a Host of their own does not choose the certificate', async () => {
    const asked: unknown[] = []
    const server = tls.createServer({ ...certificate() }, (socket) => {
      asked.push(socket.servername)
      socket.on('error', () => {})
      socket.once('data', (bytes) => {
        asked.push(/^host: (.*)$/im.exec(bytes.toString())?.[1]?.trim())
        socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await using http = openHttp({ allowH2: false, connect: { lookup: toLoopback } })
    const headers = { host: 'evil.test' }
    await (await http.send(`https://shop.test:${port}/`, { headers })).body.dump()
    server.close()
    expect(asked).toEqual(['shop.test', 'evil.test'])
  })
})

describe('an answer', () => {
  it('may have 200,000 bytes of headers, as in Chromium', async () => {
    const answer = `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(200_000)}\r\nContent-Length: 1\r\n\r\nx`
    await using server = await startRawServer(answer)
    await using http = openHttp()
    const response = await http.send(server.origin)
    expect([(response.headers['x'] as string).length, await response.body.text()]).toEqual([200_000, 'x'])
  })

  it('that comes without having been asked for answers nobody', async () => {
    const head = (length: number) => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n`
    let connections = 0
    await using server = await startTcpServer((socket) => {
      const number = ++connections
      socket.on('data', () => {
        socket.write(`${head(5)}\r\nfirst`)
        if (number === 1) socket.write(`${head(5)}Set-Cookie: evil=1\r\n\r\nEVIL!`)
      })
    })
    await using http = openHttp({ maxConnectionsPerOrigin: 1 })
    for (let n = 0; n < 3; n += 1) expect(await (await http.send(server.origin)).body.text()).toBe('first')
    expect(http.cookies.received).toEqual([])
  })

  it('has trailers, which set no cookie', async () => {
    const chunks =
      'Trailer: Set-Cookie\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nSet-Cookie: evil=1\r\n\r\n'
    await using server = await startRawServer(`HTTP/1.1 200 OK\r\n${chunks}`)
    await using http = openHttp()
    await (await http.send(server.origin)).body.text()
    expect(http.cookies.received).toEqual([])
  })

  it('whose headers drip without end is cut off by the deadline', async () => {
    await using server = await startTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const drip = setInterval(() => socket.write('X: y\r\n'), 10)
        socket.on('close', () => clearInterval(drip))
      })
    })
    await using http = openHttp()
    expect((await errorOf(http.send(server.origin, { timeoutMs: 200 }))).code).toBe('ONEJAR_TIMEOUT')
    await server.drained()
  })
})
