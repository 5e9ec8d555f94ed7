import { Readable } from 'node:stream'
import { Request as UndiciRequest, request as undiciRequest } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, FetchOptions, RequestOptions, Session } from '../../../src/index.ts'
import { bodies } from '../../support/bodies.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
}

let server: TestServer
let broker: Broker
let session: Session
let asked = 0
beforeEach(async () => {
  asked = 0
  server = await startHttpServer(async (request, response) => {
    asked++
    const body = (await readBody(request).catch(() => Buffer.of())).toString('latin1')
    const { method, url, headers } = request
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ method, url, headers, body }))
  })
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

const seen = async (call: Promise<Response>) => (await (await call).json()) as Seen

describe('what a caller passes in', () => {
  it('is the URL as it was at the call, in a loop over one URL object', async () => {
    const url = new URL('/?page=1', server.origin)
    const calls: Promise<Seen>[] = []
    for (const page of ['1', '2', '3']) {
      url.searchParams.set('page', page)
      calls.push(seen(session.fetch(url)))
    }
    expect((await Promise.all(calls)).map((each) => each.url)).toEqual(['/?page=1', '/?page=2', '/?page=3'])
  })

  it('is copied with its headers, options, bytes and forms', async () => {
    const headers = new Headers({ 'x-a': '1' })
    const bytes = Buffer.from('first')
    const params = new URLSearchParams({ a: '1' })
    const form = new FormData()
    form.set('a', '1')
    const options: { -readonly [K in keyof RequestOptions]: RequestOptions[K] } = {
      method: 'POST',
      headers,
      body: bytes,
    }
    const calls = [seen(session.fetch(server.origin, options as FetchOptions))]
    calls.push(seen(session.fetch(server.origin, { method: 'POST', body: params })))
    calls.push(seen(session.fetch(server.origin, { method: 'POST', body: form })))
    headers.set('x-a', '2')
    options.method = 'PUT'
    bytes.write('LATER')
    params.set('a', '2')
    form.set('a', '2')
    const [first, second, third] = await Promise.all(calls)
    expect([first?.method, first?.headers['x-a'], first?.body]).toEqual(['POST', '1', 'first'])
    expect(second?.body).toBe('a=1')
    expect(third?.body).toContain('\r\n\r\n1\r\n')
  })

  it('may be headers that can be read once, and options with getters, which are asked once', async () => {
    let reads = 0
    class Options {
      get headers() {
        reads++
        return (function* () {
          yield ['x-a', '1'] as const
        })()
      }
    }
    const options = new Options() as unknown as RequestOptions
    expect((await seen(session.fetch(server.origin, options as FetchOptions))).headers['x-a']).toBe('1')
    expect(reads).toBe(1)
    const map = new Map([['x-b', '2']])
    expect((await seen(session.fetch(server.origin, { headers: map as never }))).headers['x-b']).toBe('2')
  })

  it('may be a Request of either class', async () => {
    for (const Class of [Request, UndiciRequest]) {
      const request = new Class(`${server.origin}/r`, {
        method: 'PUT',
        headers: { 'x-a': '1' },
        body: 'text',
      }) as Request
      const got = await seen(session.fetch(request, { headers: undefined as never }))
      expect([got.method, got.url, got.headers['x-a'], got.body]).toEqual(['PUT', '/r', '1', 'text'])
      const again = await errorOf(session.fetch(request))
      expect([again.code, again.message.includes('clone()')]).toEqual(['ONEJAR_BAD_OPTIONS', true])
    }
  })

  it.each(['get', 'head', 'post', 'put', 'delete', 'options'])(
    'may be %s in small letters',
    async (method) => {
      const shown = async (name: string) => {
        const response = await session.request(server.origin, { method: name })
        const text = await response.body.text()
        return text === '' ? '' : JSON.parse(text)
      }
      const small = await shown(method)
      expect(small).toEqual(await shown(method.toUpperCase()))
      const { dispatcher } = session
      const through = await undiciRequest(server.origin, { method: method as 'GET', dispatcher })
      expect(through.statusCode).toBe(200)
      const text = await through.body.text()
      if (text !== '') expect(JSON.parse(text).method).toBe(method.toUpperCase())
    },
  )

  it('keeps the letters of other methods, as fetch does', async () => {
    expect((await seen(session.fetch(server.origin, { method: 'PATCH', body: 'x' }))).method).toBe('PATCH')
    for (const method of ['CONNECT', 'trace', 'TRACK', 'a b', '', 7]) {
      const error = await errorOf(session.fetch(server.origin, { method: method as string }))
      expect([error.code, error.message]).toEqual([
        'ONEJAR_BAD_OPTIONS',
        expect.stringContaining('session.fetch(): method'),
      ])
    }
  })
})

describe('what has not the form it should have', () => {
  it.each<[string, unknown]>([
    ['timeoutMs', '3000'],
    ['timeoutMs', Number.NaN],
    ['timeoutMs', Number.POSITIVE_INFINITY],
    ['render', 'yes'],
    ['escalate', 'no'],
    ['deadLetter', 1],
    ['robots', 'off'],
    ['context', 'x'],
    ['context', null],
    ['context', { kind: 'xhr' }],
    ['context', { initiator: 'not a page' }],
    ['context', { initiatr: 'https://a.test' }],
    ['headers', 42],
    ['headers', null],
    ['headers', 'x-a: 1'],
    ['headers', [['x-a']]],
    ['headers', ['x-a']],
    ['headers', { 'x a': '1' }],
    ['headers', { 'x-a': 'a\nb' }],
    ['headers', { 'x-a': '€' }],
    ['headers', { 'x-a': {} }],
    ['headers', { 'x-a': null }],
    ['omitHeaders', 'cookie'],
    ['redirect', 'no'],
    ['maxRedirects', '3'],
    ['signal', {}],
    ['idempotencyKey', 3],
    ['expect', 'x'],
    ['extract', 'h1'],
    ['retry', 3],
    ['retry', { attempts: '3' }],
    ['timeoutms', 3000],
    ['headrs', {}],
  ])('is refused by its name and costs no request: %s %j', async (name, value) => {
    for (const call of ['fetch', 'request'] as const) {
      const error = await errorOf(session[call](server.origin, { [name]: value } as FetchOptions))
      expect([error.code, error.retry]).toEqual(['ONEJAR_BAD_OPTIONS', 'never'])
      expect(error.message).toContain(`session.${call}(): `)
      expect(error.message).toContain(name)
    }
    expect(asked).toBe(0)
  })

  it('is none of the options of fetch that mean nothing here, but a hash that nobody would compare', async () => {
    const ignored = {
      cache: 'no-store',
      credentials: 'omit',
      mode: 'cors',
      keepalive: true,
      referrer: 'about:client',
    }
    const init = {
      ...ignored,
      referrerPolicy: 'origin',
      duplex: 'half',
      priority: 'low',
      window: null,
      integrity: '',
    }
    expect((await seen(session.fetch(server.origin, init as FetchOptions))).method).toBe('GET')
    const error = await errorOf(session.fetch(server.origin, { integrity: 'sha256-x' } as FetchOptions))
    expect([error.code, error.message]).toEqual(['ONEJAR_BAD_OPTIONS', expect.stringContaining('integrity')])
  })

  it('names the nearest option that there is', async () => {
    const error = await errorOf(session.fetch(server.origin, { timeoutms: 1 } as FetchOptions))
    expect(error.message).toContain('the nearest is timeoutMs')
  })

  it.each([undefined, null, 42, {}, [], Symbol('x'), () => {}, '', { url: 'https://a.test' }])(
    'is a URL that is none: %s',
    async (url) => {
      for (const call of ['fetch', 'request'] as const) {
        const error = await errorOf(session[call](url as never))
        expect([error.code, error.retry]).toEqual(['ONEJAR_BAD_URL', 'never'])
      }
    },
  )

  it.each<[unknown]>(['x', 42, [], new Map(), new Headers(), () => {}].map((each) => [each]))(
    'are options that are none: %s',
    async (options) => {
      expect((await errorOf(session.fetch(server.origin, options as FetchOptions))).code).toBe(
        'ONEJAR_BAD_OPTIONS',
      )
    },
  )

  it.each<[unknown]>([42, {}, [1, 2], true, () => {}].map((each) => [each]))(
    'is a body that is none: %s',
    async (body) => {
      const error = await errorOf(session.fetch(server.origin, { method: 'POST', body: body as never }))
      expect([error.code, error.message]).toEqual(['ONEJAR_BAD_OPTIONS', expect.stringContaining('body')])
      expect(asked).toBe(0)
    },
  )

  it('is a getter that throws, and a stream of what is neither bytes nor text', async () => {
    const thrown = new Error('mine')
    const options = {
      get headers(): never {
        throw thrown
      },
    }
    expect(await errorOf(session.fetch(server.origin, options))).toMatchObject({
      code: 'ONEJAR_BAD_OPTIONS',
      cause: thrown,
    })
    const numbers = async function* () {
      yield 42
    }
    for (const body of [numbers(), Readable.from(numbers())]) {
      const error = await errorOf(session.fetch(server.origin, { method: 'POST', body: body as never }))
      expect([error.code, error.retry]).toEqual(['ONEJAR_BAD_INPUT', 'never'])
    }
  })
})

describe.each(Object.entries(bodies))('%s as a body', (_name, { make, type, has }) => {
  it('is sent with its bytes and its content type', async () => {
    const got = await seen(session.fetch(server.origin, { method: 'POST', body: make() as never }))
    for (const part of has) expect(got.body).toContain(part)
    if (type === undefined) expect(got.headers['content-type']).toBeUndefined()
    else expect(got.headers['content-type']).toMatch(type)
  })
})
