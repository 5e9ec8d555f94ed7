import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { OnejarResponse, toResponse } from '../../../src/http/index.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { errorOf, openHttp } from './fixture.ts'

const PATHS = [
  '/text',
  '/json',
  '/bom',
  '/bytes',
  '/empty',
  '/form',
  '/urlencoded',
  '/gzip',
  '/multi',
  '/404',
  '/moved',
]
const NULL_BODIES = ['/204', '/205', '/304']

/** One server for both: Node's own fetch, and a Response made over the transport. */
async function startBoth() {
  const server = await startHttpServer((request, response) => {
    const path = request.url?.split('?')[0]
    const boundary = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
    if (path === '/moved') response.writeHead(302, { location: '/text?x=1' }).end()
    else if (path === '/204' || path === '/205' || path === '/304') {
      response.writeHead(Number(path.slice(1))).end()
    } else if (path === '/text') response.setHeader('Content-Type', 'text/HTML; charset=UTF-8').end('grüße')
    else if (path === '/json') response.setHeader('content-type', 'application/json').end('{"a":[1,2]}')
    else if (path === '/bad-json') response.end('{"a":')
    else if (path === '/bom') response.end(Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62]))
    else if (path === '/bytes') response.end(Buffer.from([0, 1, 254, 255]))
    else if (path === '/form') {
      response.setHeader('content-type', 'multipart/form-data; boundary=b').end(boundary)
    } else if (path === '/urlencoded') {
      response.setHeader('content-type', 'application/x-www-form-urlencoded').end('a=1&b=%C3%BC')
    } else if (path === '/gzip') {
      response.setHeader('content-encoding', 'gzip').end(zlib.gzipSync('packed'))
    } else if (path === '/multi') {
      response.setHeader('set-cookie', ['a=1', 'b=2']).setHeader('x-two', ['1', '2']).end('multi')
    } else if (path === '/404') response.writeHead(404, 'Nope').end('missing')
    else if (path === '/large') response.end(Buffer.alloc(300_000, 'x'))
    else response.end()
  })
  const http = openHttp()
  return {
    server,
    real: (path: string, method = 'GET') => fetch(server.origin + path, { method }),
    ours: async (path: string, method = 'GET') =>
      toResponse(await http.send(server.origin + path, { method }), { via: 'http' }),
    http,
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]()
      await server.close()
    },
  }
}

/** What a call gives, in a form that can be compared. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    const value = await call()
    if (value instanceof Blob) return ['Blob', value.type, await value.text()]
    if (value instanceof ArrayBuffer) return ['ArrayBuffer', [...new Uint8Array(value)]]
    if (value instanceof Uint8Array) return ['Uint8Array', value.constructor.name, [...value]]
    if (value instanceof FormData) return ['FormData', [...value]]
    return value
  } catch (error) {
    return ['throws', (error as Error).name]
  }
}

const READS = ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const

describe.each([...PATHS, ...NULL_BODIES, '/bad-json'])('side by side with fetch: %s', (path) => {
  it('plain members', async () => {
    await using both = await startBoth()
    const members = (response: Response) => ({
      status: response.status,
      statusText: response.statusText,
      ok: response.ok,
      redirected: response.redirected,
      type: response.type,
      url: response.url,
      bodyUsed: response.bodyUsed,
      body: response.body === null ? null : [response.body.constructor.name, response.body.locked],
      headers: [...response.headers].filter(([name]) => name !== 'date'),
      cookies: response.headers.getSetCookie(),
      tag: Object.prototype.toString.call(response),
      isResponse: response instanceof Response,
      isHeaders: response.headers instanceof Headers,
    })
    const [real, ours] = [await both.real(`${path}?q=1#hash`), await both.ours(`${path}?q=1#hash`)]
    expect(members(ours)).toEqual(members(real))
    await Promise.all([real.text(), ours.text()])
  })

  it.each(READS)('%s(), and then each read again', async (how) => {
    await using both = await startBoth()
    const runs = await Promise.all(
      [await both.real(path), await both.ours(path)].map(async (response) => {
        const promise = response[how]()
        const usedAtOnce = response.bodyUsed
        const first = await outcome(() => promise)
        const again = []
        for (const next of READS) again.push(await outcome(() => response[next]()))
        return {
          usedAtOnce,
          first,
          again,
          used: response.bodyUsed,
          clone: await outcome(() => response.clone().status),
        }
      }),
    )
    expect(runs[1]).toEqual(runs[0])
  })

  it('clones', async () => {
    await using both = await startBoth()
    const runs = await Promise.all(
      [await both.real(path), await both.ours(path)].map(async (response) => {
        const clone = response.clone()
        const second = clone.clone()
        const used = [response.bodyUsed, clone.bodyUsed]
        return {
          used,
          texts: await Promise.all([response.text(), clone.text(), second.text()]),
          after: [response.bodyUsed, clone.bodyUsed],
          members: [clone.status, clone.url, clone.redirected, clone.type, [...clone.headers].length],
        }
      }),
    )
    expect(runs[1]).toEqual(runs[0])
  })
})

describe('the stream', () => {
  const collect = async (response: Response) => {
    const chunks: number[] = []
    for await (const chunk of response.body!) chunks.push(...chunk)
    return Buffer.from(chunks).toString()
  }

  it('gives the body, and counts as use', async () => {
    await using both = await startBoth()
    for (const response of [await both.real('/text'), await both.ours('/text')]) {
      expect(response.body).toBe(response.body)
      expect(response.bodyUsed).toBe(false)
      expect(await collect(response)).toBe('grüße')
      expect(response.bodyUsed).toBe(true)
      expect(await outcome(() => response.text())).toEqual(['throws', 'TypeError'])
    }
  })

  it('that is locked forbids reads and clones', async () => {
    await using both = await startBoth()
    for (const response of [await both.real('/text'), await both.ours('/text')]) {
      const reader = response.body!.getReader()
      expect(response.bodyUsed).toBe(false)
      expect(await outcome(() => response.json())).toEqual(['throws', 'TypeError'])
      expect(await outcome(() => response.clone())).toEqual(['throws', 'TypeError'])
      await reader.cancel()
      expect(response.bodyUsed).toBe(true)
    }
  })

  it('that was looked at still leaves text() whole', async () => {
    await using both = await startBoth()
    const response = await both.ours('/large')
    expect(response.body).toBeInstanceOf(ReadableStream)
    expect((await response.text()).length).toBe(300_000)
  })

  it('reads into a buffer of the caller', async () => {
    await using both = await startBoth()
    const response = await both.ours('/text')
    const reader = response.body!.getReader({ mode: 'byob' })
    const { value } = await reader.read(new Uint8Array(3))
    expect(Buffer.from(value!).toString()).toBe(
      'grü'.slice(0, 2) + Buffer.from('ü').subarray(0, 1).toString(),
    )
    await reader.cancel()
  })

  it('of a response that was read is locked', async () => {
    await using both = await startBoth()
    const response = await both.ours('/text')
    await response.text()
    expect(response.body?.locked).toBe(true)
  })

  it('that is cancelled gives the socket up', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.write('begun')
    })
    await using http = openHttp()
    const response = toResponse(await http.send(server.origin), { via: 'http' })
    await response.body!.cancel()
    await server.drained()
  })
})

describe('what is Onejar’s own', () => {
  it('headers cannot be changed, as those of fetch', async () => {
    await using both = await startBoth()
    for (const { headers } of [await both.real('/text'), await both.ours('/text')]) {
      for (const change of [
        () => headers.set('a', 'b'),
        () => headers.append('a', 'b'),
        () => headers.delete('date'),
      ]) {
        expect(change).toThrow(TypeError)
      }
    }
  })

  it('says which way it came, and clones say it too', async () => {
    await using both = await startBoth()
    const response = await both.ours('/text')
    expect([response.via, response.clone().via]).toEqual(['http', 'http'])
    expect(response).toBeInstanceOf(OnejarResponse)
  })

  it('a HEAD has no body', async () => {
    await using both = await startBoth()
    const [real, ours] = [await both.real('/text', 'HEAD'), await both.ours('/text', 'HEAD')]
    expect([ours.body, await ours.text(), ours.bodyUsed]).toEqual([
      real.body,
      await real.text(),
      real.bodyUsed,
    ])
  })

  it('a body that breaks off rejects with an OnejarError', async () => {
    await using server = await startHttpServer((request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setImmediate(() => request.socket.destroy())
    })
    await using http = openHttp()
    const open = async () => toResponse(await http.send(server.origin), { via: 'http' })
    expect((await errorOf((await open()).text())).code).toBe('ONEJAR_NETWORK')
    expect((await errorOf((await open()).blob())).code).toBe('ONEJAR_NETWORK')
    expect((await errorOf((await open()).clone().text())).code).toBe('ONEJAR_NETWORK')
  })

  it('can be made of bytes that are there already', async () => {
    const parts = {
      statusCode: 418,
      statusText: '',
      wireHeaders: { 'content-type': 'text/plain' },
      body: Buffer.from('from the page'),
      url: new URL('https://shop.test/a#b'),
      method: 'GET',
      redirected: false,
    }
    const response = toResponse(parts, { via: 'page' })
    expect([response.status, response.ok, response.via, response.url]).toEqual([
      418,
      false,
      'page',
      'https://shop.test/a',
    ])
    expect(await response.clone().text()).toBe('from the page')
    expect((await response.blob()).type).toBe('text/plain')
  })

  it('leaves sockets to be used again when its body is null', async () => {
    await using both = await startBoth()
    for (let n = 0; n < 3; n += 1) {
      await both.ours('/204')
      ;(await both.server) satisfies TestServer
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(both.server.accepted).toBeLessThanOrEqual(2)
  })
})
