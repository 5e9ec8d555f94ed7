import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client/core/index.js'
import ky from 'ky'
import { createFetch } from 'ofetch'
import createClient, { type ClientOptions } from 'openapi-fetch'
import { FormData as UndiciFormData, Request as UndiciRequest } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { type Gate, startGate } from '../../support/gates.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

interface Echo {
  readonly method: string
  readonly url: string
  readonly body: string
  readonly type: string | undefined
  readonly cookie: string | undefined
}
interface Paths {
  '/items': {
    get: { responses: { 200: { content: { 'application/json': { data: Echo } } } } }
    post: {
      requestBody: { content: { 'application/json': { a: number } } }
      responses: { 200: { content: { 'application/json': { data: Echo } } } }
    }
  }
}

/** How each library reads and writes `/items`, with `session.fetch` as it is. */
type Client = (
  fetch: Session['fetch'],
  origin: string,
) => { get(): Promise<Echo | undefined>; post(): Promise<Echo | undefined> }

const CLIENTS: readonly (readonly [string, Client])[] = [
  [
    'ky',
    (fetch, origin) => {
      const api = ky.create({ fetch, prefix: origin, retry: 0, timeout: false })
      return {
        get: async () => (await api('items', { searchParams: { a: 1 } }).json<{ data: Echo }>()).data,
        post: async () => (await api.post('items', { json: { a: 1 } }).json<{ data: Echo }>()).data,
      }
    },
  ],
  [
    'ofetch',
    (fetch, origin) => {
      const api = createFetch({ fetch }).create({
        baseURL: origin,
        retry: 1,
        retryDelay: 1,
        timeout: 60_000,
        onRequest() {},
        onResponse() {},
      })
      return {
        get: async () => (await api<{ data: Echo }>('/items', { query: { a: 1 } })).data,
        post: async () => (await api<{ data: Echo }>('/items', { method: 'POST', body: { a: 1 } })).data,
      }
    },
  ],
  [
    'openapi-fetch',
    (fetch, origin) => {
      const api = createClient<Paths>({ baseUrl: origin, fetch, credentials: 'include', cache: 'no-store' })
      return {
        get: async () => (await api.GET('/items')).data?.data,
        post: async () => (await api.POST('/items', { body: { a: 1 } })).data?.data,
      }
    },
  ],
  [
    'the HttpLink of @apollo/client',
    (fetch, origin) => {
      const link = (useGETForQueries: boolean) =>
        new HttpLink({
          uri: `${origin}/items`,
          fetch,
          useGETForQueries,
          credentials: 'include',
        })
      const ask = async (useGet: boolean) => {
        const client = new ApolloClient({ cache: new InMemoryCache(), link: link(useGet) })
        const query = gql`
          query {
            method
            url
            body
            type
            cookie
          }
        `
        try {
          return (await client.query<Echo>({ query })).data
        } finally {
          client.stop()
        }
      }
      return { get: () => ask(true), post: () => ask(false) }
    },
  ],
]

async function echo(request: Parameters<Parameters<typeof startHttpServer>[0]>[0]): Promise<string> {
  const body = (await readBody(request)).toString()
  const { method, url, headers } = request
  const data = { method, url, body, type: headers['content-type'] ?? null, cookie: headers.cookie ?? null }
  return JSON.stringify({ data })
}

let broker: Broker
let session: Session
let server: TestServer
beforeEach(async () => {
  server = await startHttpServer((request, response) => {
    echo(request).then((text) => {
      if (request.url === '/moved') response.writeHead(307, { location: '/items' }).end()
      else
        response
          .writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'seen=1; Path=/' })
          .end(text)
    })
  })
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

describe.each(CLIENTS)('%s with session.fetch', (_, client) => {
  it('reads and writes on the record', async () => {
    await session.cookies.set('login=1; Path=/', server.origin)
    const { get, post } = client(session.fetch, server.origin)
    expect(await get()).toMatchObject({ method: 'GET', cookie: 'login=1' })
    expect(await post()).toMatchObject({
      method: 'POST',
      cookie: 'login=1; seen=1',
      type: 'application/json',
    })
    expect((await post())?.body).toMatch(/^\{/)
    expect(session.cookies.all().map(({ name }) => name)).toEqual(['login', 'seen'])
  })

  it('passes a challenge, with the body that it was called with', async () => {
    let gate: Gate | undefined
    gate = await startGate('cookie', {
      intercept: (request, response) => {
        if (request.url?.split('?')[0] !== '/items' || !/clear/.test(request.headers.cookie ?? ''))
          return false
        echo(request).then((text) =>
          response.writeHead(200, { 'content-type': 'application/json' }).end(text),
        )
        return true
      },
    })
    try {
      const { get, post } = client(session.fetch, gate.origin)
      const wrote = await post()
      expect(wrote).toMatchObject({ method: 'POST', body: expect.stringMatching(/^\{/) })
      expect(await get()).toMatchObject({ method: 'GET' })
    } finally {
      await gate.close()
    }
  })

  it('fails once the session is released', async () => {
    const { get } = client(session.fetch, server.origin)
    await session.release()
    const error = await get().then(
      () => undefined,
      (failure: { code?: string; cause?: { code?: string } }) => failure,
    )
    expect(error?.code ?? error?.cause?.code).toBe('ONEJAR_CLOSED')
  })
})

describe('session.fetch as a function of its own', () => {
  const REQUESTS = [
    ['Node’s', globalThis.Request, globalThis.FormData],
    [
      'undici’s',
      UndiciRequest as unknown as typeof globalThis.Request,
      UndiciFormData as unknown as typeof globalThis.FormData,
    ],
  ] as const

  it('and session.request keep their session', async () => {
    const { fetch, request } = session
    expect((await fetch(`${server.origin}/items`)).status).toBe(200)
    const { statusCode, body } = await request(`${server.origin}/items`)
    await body.dump()
    expect(statusCode).toBe(200)
  })

  it.each(REQUESTS)(
    'takes %s Request, with any body, and sends it again where it has to',
    async (_, Request, FormData) => {
      const { fetch } = session
      const form = new FormData()
      form.set('a', 'in a form')
      form.set('f', new Blob(['in a file']), 'f.txt')
      const bodies: [BodyInit, string][] = [
        ['in a text', 'in a text'],
        [new URLSearchParams({ a: 'in a query' }), 'in+a+query'],
        [new Blob(['in a blob']), 'in a blob'],
        [Buffer.from('in bytes'), 'in bytes'],
        [form, 'in a file'],
      ]
      for (const [body, text] of bodies) {
        const response = await fetch(new Request(`${server.origin}/moved`, { method: 'POST', body }))
        const { data } = (await response.json()) as { data: Echo }
        expect(data.method).toBe('POST')
        expect(data.body).toContain(text)
      }
    },
  )

  it.each(REQUESTS)('sends the stream of %s Request while it is still being written', async (_, Request) => {
    const arrived = Promise.withResolvers<void>()
    await using slow = await startHttpServer((request, response) => {
      request.once('data', () => arrived.resolve())
      readBody(request).catch(() => {})
      request.once('end', () => response.end('done'))
    })
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from('first'))
        await arrived.promise
        controller.enqueue(Buffer.from('last'))
        controller.close()
      },
    })
    const request = new Request(slow.origin, { method: 'POST', body, duplex: 'half' } as RequestInit)
    expect(await (await session.fetch(request)).text()).toBe('done')
  })

  it('fails with what the stream of a Request fails with, and takes none that was read', async () => {
    const body = new ReadableStream({
      pull() {
        throw new Error('the disk is gone')
      },
    })
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    await expect(session.fetch(new Request(server.origin, init))).rejects.toThrow()
    const read = new Request(server.origin, { method: 'POST', body: 'a' })
    await read.text()
    expect((await errorOf(session.fetch(read))).code).toMatch(/^ONEJAR_BAD_/)
  })

  it('heeds the signal of a Request, and of the options', async () => {
    await using stuck = await startHttpServer(() => {})
    const controller = new AbortController()
    const calls = [
      session.fetch(new Request(stuck.origin, { signal: controller.signal })),
      session.fetch(new UndiciRequest(stuck.origin, { signal: controller.signal }) as unknown as Request),
      session.fetch(stuck.origin, { signal: controller.signal }),
    ]
    const ended = Promise.all(calls.map((call) => errorOf(call)))
    controller.abort()
    expect((await ended).map(({ code }) => code)).toEqual(Array(3).fill('ONEJAR_ABORTED'))
  })

  it('ignores what the session settles, wherever it is said, and refuses what it would have to keep', async () => {
    const { origin } = server
    const settled = {
      cache: 'no-store',
      credentials: 'omit',
      keepalive: true,
      mode: 'no-cors',
      referrer: '',
    } as const
    for (const [input, init] of [[origin, settled], [new Request(origin, settled)]] as const) {
      expect((await session.fetch(input, init as never)).status).toBe(200)
    }
    const integrity = 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    expect((await errorOf(session.fetch(origin, { integrity } as never))).code).toBe('ONEJAR_BAD_OPTIONS')
    expect((await errorOf(session.fetch(new Request(origin, { integrity })))).code).toBe('ONEJAR_BAD_OPTIONS')
    expect((await errorOf(session.fetch('/items'))).code).toBe('ONEJAR_BAD_URL')
  })

  it('gets Onejar’s own options through each library', async () => {
    const { origin } = server
    const { fetch } = session
    const omitHeaders = ['cookie']
    await session.cookies.set('login=1; Path=/', origin)
    const link = new HttpLink({
      uri: `${origin}/items`,
      fetch,
      fetchOptions: { omitHeaders } as object,
    })
    const apollo = new ApolloClient({ cache: new InMemoryCache(), link })
    const openapi = createClient<Paths>({
      baseUrl: origin,
      fetch,
      requestInitExt: { omitHeaders },
    } as ClientOptions)
    const query = gql`
      query {
        cookie
      }
    `
    const got = [
      (await ky(`${origin}/items`, { fetch, omitHeaders } as object).json<{ data: Echo }>()).data,
      (
        await createFetch({ fetch })<{ data: Echo }>(`${origin}/items`, {
          omitHeaders,
        } as object)
      ).data,
      (await openapi.GET('/items')).data?.data,
      (await apollo.query<Echo>({ query })).data,
    ]
    apollo.stop()
    expect(got.map((each) => each?.cookie)).toEqual([null, null, null, null])
  })

  it('still tells who mistypes an option', async () => {
    const { origin } = server
    const headers = new Headers({ 'x-a': '1' })
    for (const wrong of [
      { timeout: 5 },
      { retry: 2 },
      { baseURL: origin },
      { headers, timeout: 5 },
      { headers, dispatcher: {} },
    ]) {
      expect((await errorOf(session.fetch(origin, wrong as never))).code).toBe('ONEJAR_BAD_OPTIONS')
    }
  })
})
