import { once } from 'node:events'
import net from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import {
  certificate,
  readBody,
  startHttp2Server,
  startHttpServer,
  startHttpsServer,
} from '../../support/http-server.ts'
import { errorOf, headerNames, openHttp } from './fixture.ts'

const echo = () =>
  startHttpServer(async (request, response) => {
    const body = (await readBody(request)).toString()
    const { method, url, headers, rawHeaders } = request
    response.end(JSON.stringify({ method, url, headers, rawHeaders, body }))
  })

interface Echo {
  method: string
  url: string
  headers: Record<string, string>
  rawHeaders: string[]
  body: string
}

describe('a request', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'])('%s', async (method) => {
    await using server = await echo()
    await using http = openHttp()
    const response = await http.send(`${server.origin}/a%20b?q=1&q=2#part`, { method })
    expect(await response.body.json()).toMatchObject({ method, url: '/a%20b?q=1&q=2', body: '' })
    expect([response.statusCode, response.statusText, response.httpVersion]).toEqual([200, 'OK', '1.1'])
  })

  it.each([
    ['a record', { 'X-A': '1', 'x-b': ['2', '3'], 'x-c': undefined }],
    [
      'pairs',
      [
        ['X-A', '1'],
        ['x-b', '2'],
        ['x-b', '3'],
      ] as [string, string][],
    ],
    ['a flat list', ['X-A', '1', 'x-b', '2', 'x-b', '3']],
    [
      'Headers',
      new Headers([
        ['X-A', '1'],
        ['x-b', '2'],
        ['x-b', '3'],
      ]),
    ],
    [
      'a Map',
      new Map([
        ['X-A', '1'],
        ['x-b', '2, 3'],
      ]),
    ],
  ])('takes headers as %s', async (_what, headers) => {
    await using server = await echo()
    await using http = openHttp()
    const got = (await (await http.send(server.origin, { headers })).body.json()) as Echo
    expect([got.headers['x-a'], got.headers['x-b'], 'x-c' in got.headers]).toEqual(['1', '2, 3', false])
  })

  it('lays the caller’s headers over tokens, and tokens over the identity, each in its place', async () => {
    await using server = await echo()
    await using http = openHttp()
    const response = await http.send(server.origin, {
      identity: { headersFor: () => ['A', 'identity', 'B', 'identity', 'C', 'identity'] },
      extraHeaders: () => ({ b: 'token', c: 'token', d: 'token' }),
      headers: { C: 'caller', e: 'caller' },
    })
    const { rawHeaders } = (await response.body.json()) as Echo
    expect(rawHeaders.slice(4)).toEqual([
      'A',
      'identity',
      'b',
      'token',
      'C',
      'caller',
      'd',
      'token',
      'e',
      'caller',
    ])
  })

  it.each([
    ['a header value with a line feed', { headers: { 'x-a': 'canary\r\nx-b: 1' } }],
    ['a header name with a space', { headers: { 'x a': 'canary' } }],
    ['a method that is no token', { method: 'GE T' }],
    ['a body that is none', { body: 5 as unknown as string }],
    ['half a pair', { headers: ['canary'] }],
    ['a length that does not match', { method: 'POST', body: 'abc', headers: { 'content-length': '9' } }],
  ])('with %s is refused', async (_what, request) => {
    await using server = await echo()
    await using http = openHttp()
    const error = await errorOf(http.send(server.origin, request))
    expect(error.code).toBe('ONEJAR_BAD_INPUT')
    expect(error.message).not.toContain('canary')
  })
})

describe('a body', () => {
  it.each([
    ['a string', () => 'grüße', 'text/plain;charset=UTF-8', 'grüße'],
    ['bytes', () => new TextEncoder().encode('grüße'), undefined, 'grüße'],
    ['part of a buffer', () => new Uint8Array(Buffer.from('xgrüßex')).subarray(1, -1), undefined, 'grüße'],
    ['an ArrayBuffer', () => new TextEncoder().encode('grüße').buffer, undefined, 'grüße'],
    [
      'parameters',
      () => new URLSearchParams({ a: 'ü' }),
      'application/x-www-form-urlencoded;charset=UTF-8',
      'a=%C3%BC',
    ],
    ['a Blob', () => new Blob(['grüße'], { type: 'text/css' }), 'text/css', 'grüße'],
    ['a Node stream', () => Readable.from([Buffer.from('gr'), Buffer.from('üße')]), undefined, 'grüße'],
    ['a web stream', () => new Blob(['grüße']).stream(), undefined, 'grüße'],
    [
      'an async iterable',
      async function* () {
        yield Buffer.from('grüße')
      },
      undefined,
      'grüße',
    ],
    ['an empty string', () => '', 'text/plain;charset=UTF-8', ''],
  ])('as %s', async (_what, body, type, text) => {
    await using server = await echo()
    await using http = openHttp()
    const response = await http.send(server.origin, { method: 'POST', body: body() })
    const got = (await response.body.json()) as Echo
    expect([got.body, got.headers['content-type']]).toEqual([text, type])
  })

  it('the caller’s content type wins', async () => {
    await using server = await echo()
    await using http = openHttp()
    const headers = { 'Content-Type': 'application/json' }
    const response = await http.send(server.origin, { method: 'POST', body: '{}', headers })
    expect(((await response.body.json()) as Echo).headers['content-type']).toBe('application/json')
  })

  it('a form is read by the other side as it was written', async () => {
    let form: FormData | undefined
    await using server = await startHttpServer(async (request, response) => {
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      form = await new Response(new Uint8Array(await readBody(request)), { headers }).formData()
      response.end()
    })
    const sent = new FormData()
    sent.append('plain', 'one')
    sent.append('plain', 'two')
    sent.append('odd "name"\n', 'line\nfeed')
    sent.append('file', new File(['data'], 'a "b".txt', { type: 'text/plain' }))
    await using http = openHttp()
    await (await http.send(server.origin, { method: 'POST', body: sent })).body.dump()
    expect(form?.getAll('plain')).toEqual(['one', 'two'])
    expect([...form!.keys()][2]).toMatch(/^odd "name"/)
    const file = form!.get('file') as File
    expect([file.name, file.type, await file.text()]).toEqual(['a "b".txt', 'text/plain', 'data'])
  })

  it('a stream that fails fails the exchange', async () => {
    await using server = await echo()
    await using http = openHttp()
    const body = new Readable({ read() {} })
    const sent = http.send(server.origin, { method: 'POST', body })
    body.push('half')
    body.destroy(new Error('source is gone'))
    const error = await errorOf(sent)
    expect([error.code, (error.cause as Error).message]).toEqual(['ONEJAR_NETWORK', 'source is gone'])
  })

  it.each(['locked', 'read'])('a stream that is %s is refused', async (how) => {
    await using server = await echo()
    await using http = openHttp()
    const stream = new Blob(['x']).stream()
    const node = Readable.from([Buffer.from('x')])
    if (how === 'locked') stream.getReader()
    else await node.toArray()
    const body = how === 'locked' ? stream : node
    expect((await errorOf(http.send(server.origin, { method: 'POST', body }))).code).toBe('ONEJAR_BAD_INPUT')
  })
})

describe('HTTP/2', () => {
  it('is spoken where the server offers it, on one connection', async () => {
    await using server = await startHttp2Server(async (request, response) => {
      response.end(JSON.stringify([request.httpVersion, (await readBody(request)).toString()]))
    })
    await using http = openHttp()
    const first = await http.send(server.origin, { method: 'POST', body: 'one' })
    expect(await first.body.json()).toEqual(['2.0', 'one'])
    const more = await Promise.all(Array.from({ length: 20 }, () => http.send(server.origin)))
    for (const response of more) expect(await response.body.json()).toEqual(['2.0', ''])
    expect([first.httpVersion, first.statusText, server.accepted]).toEqual(['2', '', 1])
  })

  it('is left out when it is not wanted', async () => {
    await using server = await startHttp2Server((request, response) => response.end(request.httpVersion))
    await using http = openHttp({ allowH2: false })
    const response = await http.send(server.origin)
    expect([response.httpVersion, await response.body.text()]).toEqual(['1.1', '1.1'])
  })

  it('follows redirects, sends lower-case names and the cookie as one', async () => {
    const seen: string[][] = []
    await using server = await startHttp2Server((request, response) => {
      seen.push(headerNames(request.rawHeaders))
      if (request.url === '/from') response.writeHead(302, { location: '/to', 'set-cookie': ['a=1', 'b=2'] })
      response.end(request.headers.cookie)
    })
    await using http = openHttp()
    const response = await http.send(`${server.origin}/from`, { headers: { 'X-Own': '1' } })
    expect([response.hops, await response.body.text()]).toEqual([1, 'a=1; b=2'])
    expect(seen[1]).toContain('x-own')
  })
})

describe('TLS', () => {
  it('refuses a certificate that nobody vouches for, unless told otherwise', async () => {
    await using server = await startHttpsServer((_request, response) => response.end('secret'))
    await using strict = openHttp({ ignoreHTTPSErrors: false })
    const error = await errorOf(strict.send(server.origin))
    expect([error.code, error.message.includes('DEPTH_ZERO_SELF_SIGNED_CERT')]).toEqual(['ONEJAR_TLS', true])
    await using lax = openHttp({ ignoreHTTPSErrors: true })
    expect(await (await lax.send(server.origin)).body.text()).toBe('secret')
  })

  it('takes an authority of the user’s own', async () => {
    await using server = await startHttpsServer((_request, response) => response.end('trusted'))
    await using http = openHttp({ ignoreHTTPSErrors: false, connect: { ca: certificate().cert } })
    expect(await (await http.send(server.on('localhost'))).body.text()).toBe('trusted')
  })
})

describe('the connection', () => {
  it('is made by the user’s connector', async () => {
    await using server = await startHttpServer((request, response) => response.end(request.headers.host))
    const asked: string[] = []
    await using http = openHttp({
      connect: ({ hostname }, callback) => {
        asked.push(hostname)
        const socket = net.connect(server.port, '127.0.0.1')
        once(socket, 'connect').then(
          () => callback(null, socket),
          (error: Error) => callback(error, null),
        )
      },
    })
    const response = await http.send('http://shop.example/')
    expect([await response.body.text(), asked]).toEqual(['shop.example', ['shop.example']])
  })

  it.each([
    ['refused', async () => `http://127.0.0.1:${await freePort()}/`, 'ECONNREFUSED'],
    ['to a name that does not exist', async () => 'http://no-such-host.invalid/', /ENOTFOUND|EAI_AGAIN/],
  ])('%s is ONEJAR_NETWORK with the system’s code', async (_what, url, code) => {
    await using http = openHttp()
    const error = await errorOf(http.send(`${await url()}?secret=canary`))
    expect(error.code).toBe('ONEJAR_NETWORK')
    expect(error.message).toMatch(code)
    expect(error.message).not.toContain('canary')
  })

  it('that takes too long is ONEJAR_TIMEOUT', async () => {
    await using http = openHttp({ connect: () => {} })
    expect((await errorOf(http.send('http://192.0.2.1/', { timeoutMs: 30 }))).code).toBe('ONEJAR_TIMEOUT')
  })

  it('is kept and used again', async () => {
    await using server = await startHttpServer((_request, response) => response.end('x'))
    await using http = openHttp({ maxConnectionsPerOrigin: 1 })
    for (let n = 0; n < 5; n += 1) await (await http.send(server.origin)).body.text()
    expect(server.accepted).toBe(1)
  })

  it('limits are kept', async () => {
    await using server = await startHttpServer((_request, response) => setImmediate(() => response.end('x')))
    await using http = openHttp({ maxConnectionsPerOrigin: 3 })
    await Promise.all(Array.from({ length: 30 }, async () => (await http.send(server.origin)).body.text()))
    expect(server.accepted).toBe(3)
  })
})

it('trailers are there when the body has ended', async () => {
  await using server = await startHttpServer((_request, response) => {
    response.writeHead(200, { trailer: 'x-sum' }).write('x')
    response.addTrailers({ 'x-sum': '42' })
    response.end()
  })
  await using http = openHttp()
  const response = await http.send(server.origin)
  await response.body.text()
  expect(response.trailers).toEqual({ 'x-sum': '42' })
})

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
