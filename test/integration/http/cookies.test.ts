import { describe, expect, it } from 'vitest'
import {
  startHttp2Server,
  startHttpServer,
  startRawServer,
  startTcpServer,
} from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

describe('Set-Cookie', () => {
  it('arrives as the bytes that were on the wire', async () => {
    const lines = ['a=1; Path=/', 'b=\xfc\xc3\xbc; Domain=x', 'c="q"; SameSite=None']
    const head = lines.map((line) => `Set-Cookie: ${line}\r\n`).join('')
    await using server = await startRawServer(
      `HTTP/1.1 200 OK\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\n${head}Content-Length: 0\r\n\r\n`,
    )
    await using http = openHttp()
    await (await http.send(`${server.origin}/x?y`)).body.dump()
    expect(http.cookies.received).toEqual([
      { lines, url: `${server.origin}/x?y`, date: 'Tue, 01 Jan 2030 00:00:00 GMT' },
    ])
  })

  it('does so over HTTP/2 too', async () => {
    await using server = await startHttp2Server((_request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=\xfc'])
      response.end()
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/`)
    await response.body.dump()
    expect(response.httpVersion).toBe('2')
    expect(http.cookies.received[0]?.lines).toEqual(['a=1', 'b=\xfc'])
  })

  it('is stored before the caller sees the response, on every hop', async () => {
    const sent: (string | undefined)[] = []
    await using server = await startHttpServer((request, response) => {
      sent.push(request.headers.cookie)
      const n = Number(request.url?.slice(1))
      response.setHeader('set-cookie', `hop${n}=1`)
      if (n < 3) response.writeHead(302, { location: `/${n + 1}` })
      response.end()
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/1`)
    expect(http.cookies.header(new URL(server.origin), undefined)).toBe('hop1=1; hop2=1; hop3=1')
    await response.body.dump()
    expect(sent).toEqual([undefined, 'hop1=1', 'hop1=1; hop2=1'])
  })

  it.each([200, 204, 304, 403, 404, 429, 500, 503])('is stored from a %i', async (status) => {
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(status, { 'set-cookie': 'a=1' }).end()
    })
    await using http = openHttp()
    await (await http.send(server.origin)).body.dump()
    expect(http.cookies.received).toHaveLength(1)
  })

  it('is stored when the body breaks off', async () => {
    await using server = await startTcpServer((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 100\r\n\r\nshort')
      })
    })
    await using http = openHttp()
    const response = await http.send(server.origin)
    expect((await errorOf(response.body.text())).code).toBe('ONEJAR_NETWORK')
    expect(http.cookies.received).toHaveLength(1)
  })

  it('is ignored on a 103', async () => {
    await using server = await startRawServer(
      'HTTP/1.1 103 Early Hints\r\nSet-Cookie: early=1\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n',
    )
    await using http = openHttp()
    await (await http.send(server.origin)).body.dump()
    expect(http.cookies.received.map((one) => one.lines)).toEqual([['a=1']])
  })
})

describe('Cookie', () => {
  it('is sent as bytes, last, and once', async () => {
    let raw = ''
    await using server = await startTcpServer((socket) => {
      socket.on('data', (chunk) => {
        raw += chunk.toString('latin1')
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    })
    await using http = openHttp()
    http.cookies.set('127.0.0.1', 'a', '\xfc\x80')
    await (await http.send(server.origin)).body.dump()
    expect(raw).toContain('\r\nCookie: a=\xfc\x80\r\n\r\n')
  })

  it('is sent as bytes over HTTP/2 too', async () => {
    let cookie: string | undefined
    await using server = await startHttp2Server((request, response) => {
      cookie = request.headers.cookie
      response.end()
    })
    await using http = openHttp()
    http.cookies.set('127.0.0.1', 'a', '\xfc\x80').set('127.0.0.1', 'b', '2')
    await (await http.send(server.origin)).body.dump()
    expect(cookie).toBe('a=\xfc\x80; b=2')
  })

  it('takes the caller’s pairs after the jar’s, without names the jar sends', async () => {
    let cookie: string | undefined
    await using server = await startHttpServer((request, response) => {
      cookie = request.headers.cookie
      response.end()
    })
    await using http = openHttp()
    http.cookies.set('127.0.0.1', 'sid', 'jar')
    await (await http.send(server.origin, { headers: { Cookie: 'sid=caller; mine=1' } })).body.dump()
    expect(cookie).toBe('sid=jar; mine=1')
  })
})
