import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startHttpServer, startRawServer, startTcpServer } from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const head = (lines: string) => `HTTP/1.1 200 OK\r\n${lines}\r\n`

describe('a server that sends garbage', () => {
  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a broken status line', 'HTTP/1.1 abc\r\n\r\n'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['two lengths', head('Content-Length: 1\r\nContent-Length: 2\r\n')],
    ['a length that is no number', head('Content-Length: ten\r\n')],
    ['a length and chunks', head('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n')],
    ['a NUL in a header', head('Set-Cookie: canary=1\r\nX: a\0b\r\nContent-Length: 0\r\n')],
  ])('%s', async (_what, answer) => {
    await using server = await startRawServer(answer)
    await using http = openHttp()
    const error = await errorOf(http.send(`${server.origin}/p?secret=canary`))
    expect(error.code).toBe('ONEJAR_BAD_RESPONSE')
    expect(error.cause).toBeInstanceOf(Error)
    expect(inspect(error, { depth: 9 })).not.toContain('canary')
    await server.drained()
  })

  it('a broken chunk fails while reading', async () => {
    await using server = await startRawServer(`${head('Transfer-Encoding: chunked\r\n')}5\r\nhello\r\nzz\r\n`)
    await using http = openHttp()
    // The broken chunk can come with the head, and then there is no response to read.
    const error = await errorOf(http.send(server.origin).then((response) => response.body.text()))
    expect(error.code).toBe('ONEJAR_BAD_RESPONSE')
  })

  it('a connection that closes without a word', async () => {
    await using server = await startTcpServer((socket) => socket.on('data', () => socket.end()))
    await using http = openHttp()
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_NETWORK')
  })

  it('a reset', async () => {
    await using server = await startTcpServer((socket) => socket.on('data', () => socket.resetAndDestroy()))
    await using http = openHttp()
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_NETWORK')
  })
})

describe('bombs', () => {
  it('headers beyond the limit', async () => {
    await using server = await startRawServer(head(`X: ${'a'.repeat(20_000)}\r\n`))
    await using http = openHttp({ maxHeaderBytes: 16_384 })
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_BAD_RESPONSE')
  })

  it('headers without end', async () => {
    await using server = await startTcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const line = 'X-Bomb: canary\r\n'.repeat(500)
        const more = () => {
          while (!socket.destroyed && socket.write(line)) {}
          socket.once('drain', more)
        }
        more()
      })
    })
    await using http = openHttp()
    expect((await errorOf(http.send(server.origin))).code).toBe('ONEJAR_BAD_RESPONSE')
    await server.drained()
  })

  it('a body beyond the limit', async () => {
    await using server = await startHttpServer((_request, response) => response.end(Buffer.alloc(100_000)))
    await using http = openHttp({ maxResponseBytes: 50_000 })
    const response = await http.send(server.origin)
    expect((await errorOf(response.body.bytes())).code).toBe('ONEJAR_BODY_TOO_LARGE')
  })

  it('a body without end that nobody reads is held back, and cut off by the deadline', async () => {
    let sent = 0
    await using server = await startHttpServer((_request, response) => {
      const chunk = Buffer.alloc(65_536)
      const more = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    await using http = openHttp()
    const response = await http.send(server.origin, { timeoutMs: 1_000 })
    await server.drained()
    expect(sent).toBeLessThan(64 << 20)
    expect((await errorOf(response.body.text())).code).toBe('ONEJAR_TIMEOUT')
  })
})

describe('header names that are traps', () => {
  it('__proto__ and constructor are headers like others', async () => {
    await using server = await startRawServer(head('__proto__: x\r\nconstructor: y\r\nContent-Length: 0\r\n'))
    await using http = openHttp()
    const response = await http.send(server.origin)
    await response.body.dump()
    expect(Object.getPrototypeOf(response.headers)).toBe(Object.prototype)
    expect(response.headers['constructor']).toBe('y')
  })
})

describe('control bytes in a header value', () => {
  // Chromium takes these in a Set-Cookie and then refuses the cookie; undici's parser refuses the response.
  it.each(['\x01', '\x0b', '\x7f'])('%j fails the response, and says so', async (byte) => {
    await using server = await startRawServer(head(`Set-Cookie: a=${byte}b\r\nContent-Length: 0\r\n`))
    await using http = openHttp()
    const error = await errorOf(http.send(server.origin))
    expect(error.code).toBe('ONEJAR_BAD_RESPONSE')
  })

  it('a TAB and bytes above ASCII pass', async () => {
    await using server = await startRawServer(head('Set-Cookie: a=\tb\xff\r\nContent-Length: 0\r\n'))
    await using http = openHttp()
    await (await http.send(server.origin)).body.dump()
    expect(http.cookies.received[0]?.lines).toEqual(['a=\tb\xff'])
  })
})
