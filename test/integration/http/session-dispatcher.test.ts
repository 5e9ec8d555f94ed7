import type { IncomingMessage } from 'node:http'
import zlib from 'node:zlib'
import { fetch as undiciFetch, request as undiciRequest } from 'undici'
import { describe, expect, it } from 'vitest'
import { isOnejarError } from '../../../src/core/index.ts'
import { IdentityHeaders, SessionDispatcher, type SessionDispatcherOptions } from '../../../src/http/index.ts'
import { startHttp2Server, startHttpServer } from '../../support/http-server.ts'
import { openHttp } from './fixture.ts'

const identity = new IdentityHeaders({
  userAgent: 'Mozilla/5.0 Chrome/156.0.0.0',
  clientHints: { 'sec-ch-ua-platform': '"Linux"' },
  acceptLanguage: 'de',
})

function openSession(options: Partial<SessionDispatcherOptions> = {}) {
  const http = openHttp()
  const dispatcher = new SessionDispatcher({ transport: http.transport, cookies: http.cookies, ...options })
  return { ...http, dispatcher }
}

/** The three ways in that the docs name. */
const clients: Record<string, (url: string, dispatcher: SessionDispatcher) => Promise<string>> = {
  'undici.fetch': async (url, dispatcher) => (await undiciFetch(url, { dispatcher })).text(),
  'undici.request': async (url, dispatcher) => (await undiciRequest(url, { dispatcher })).body.text(),
  "Node's own fetch": async (url, dispatcher) =>
    // Node's types are of the undici that it carries; the interface is the same.
    (await fetch(url, { dispatcher } as unknown as RequestInit)).text(),
}

describe.each(Object.keys(clients))('%s', (name) => {
  const client = clients[name]!

  it('lives on the record: cookies go out, and come in', async () => {
    await using server = await startHttpServer((request, response) => {
      response.setHeader('set-cookie', ['got=1; Path=/', 'b=\xfc'])
      // As bytes: Node's server encodes headers as UTF-8 when it sends them together with a string.
      response.end(Buffer.from(request.headers.cookie ?? ''))
    })
    await using session = openSession()
    session.cookies.set('127.0.0.1', 'a', '1')
    expect(await client(server.origin, session.dispatcher)).toBe('a=1')
    expect(session.cookies.received[0]?.lines).toEqual(['got=1; Path=/', 'b=\xfc'])
    expect(await client(server.origin, session.dispatcher)).toContain('got=1')
  })

  it('gives out a response that set cookies only when open pages have them, and all of it', async () => {
    const body = 'x'.repeat(300_000)
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/set') response.setHeader('set-cookie', 'a=1')
      response.end(body)
    })
    const settled = Promise.withResolvers<void>()
    let asked = 0
    const after = () => {
      asked++
      return settled.promise
    }
    await using session = openSession({ after })
    expect(await client(`${server.origin}/plain`, session.dispatcher)).toBe(body)
    expect(asked).toBe(0)

    let done = false
    const fetched = client(`${server.origin}/set`, session.dispatcher).then((text) => {
      done = true
      return text
    })
    // Another request goes there and back in the meantime: what is held is held.
    await client(`${server.origin}/plain`, session.dispatcher)
    await expect.poll(() => asked).toBe(1)
    expect(done).toBe(false)
    settled.resolve()
    expect(await fetched).toBe(body)
  })

  it('carries the identity, in place of what the client says by default', async () => {
    let seen: IncomingMessage['headers'] = {}
    await using server = await startHttpServer((request, response) => {
      seen = request.headers
      response.end()
    })
    await using session = openSession({ identity })
    await client(server.origin, session.dispatcher)
    expect(seen).toMatchObject({
      'user-agent': 'Mozilla/5.0 Chrome/156.0.0.0',
      'accept-language': 'de',
      'sec-ch-ua-platform': '"Linux"',
      accept: '*/*',
    })
  })

  it('gets a body that it can read, whatever it asks for', async () => {
    await using server = await startHttpServer((request, response) => {
      const zip = /gzip/.test(String(request.headers['accept-encoding'] ?? ''))
      if (zip) response.setHeader('content-encoding', 'gzip')
      response.end(zip ? zlib.gzipSync('text') : 'text')
    })
    await using session = openSession({ identity })
    expect(await client(server.origin, session.dispatcher)).toBe('text')
  })

  it('waits for the barrier', async () => {
    const order: string[] = []
    await using server = await startHttpServer((_request, response) => {
      order.push('asked')
      response.end()
    })
    await using session = openSession({
      before: async (url) => {
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`barrier ${url.pathname}`)
      },
    })
    await client(`${server.origin}/x?y`, session.dispatcher)
    expect(order).toEqual(['barrier /x', 'asked'])
  })

  it('fails when the barrier fails', async () => {
    await using server = await startHttpServer((_request, response) => response.end())
    await using session = openSession({ before: () => Promise.reject(new Error('browser is gone')) })
    const error = await client(server.origin, session.dispatcher).catch((caught: Error) => caught)
    expect(String((error as Error).cause ?? error)).toContain('browser is gone')
    expect(server.accepted).toBe(0)
  })

  it('is waited for when the transport closes, and not a moment longer', async () => {
    let answer = () => {}
    let onAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      onAsked = resolve
    })
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/reset') request.socket.destroy()
      else {
        answer = () => response.end('late')
        onAsked()
      }
    })
    await using session = openSession()
    await client(`${server.origin}/reset`, session.dispatcher).catch(() => 'reset')
    const sent = client(server.origin, session.dispatcher)
    await asked
    const closed = session.transport.close(10 * 60_000)
    answer()
    expect(await sent).toBe('late')
    await closed
  })

  it('fails when the transport or the dispatcher is closed', async () => {
    await using session = openSession()
    await session.dispatcher.close()
    const error = await client('http://127.0.0.1:59999/', session.dispatcher).catch((caught: Error) => caught)
    expect(isOnejarError((error as Error).cause ?? error, 'ONEJAR_CLOSED')).toBe(true)
    await using other = openSession({ before: () => Promise.resolve() })
    await other.transport.close()
    const late = await client('http://127.0.0.1:59999/', other.dispatcher).catch((caught: Error) => caught)
    expect(isOnejarError((late as Error).cause ?? late, 'ONEJAR_CLOSED')).toBe(true)
  })
})

describe.each(['undici.fetch', "Node's own fetch"])('%s', (name) => {
  it('asks the record on each redirect hop, per host', async () => {
    const seen: (string | undefined)[] = []
    await using server = await startHttpServer((request, response) => {
      seen.push(request.headers.cookie)
      response.setHeader('set-cookie', `seen${seen.length}=1`)
      if (request.url === '/from') response.writeHead(302, { location: `http://localhost:${server.port}/to` })
      response.end()
    })
    await using session = openSession()
    session.cookies.set('127.0.0.1', 'secret', 'first').set('localhost', 'other', 'second')
    await clients[name]!(`${server.origin}/from`, session.dispatcher)
    expect(seen).toEqual(['secret=first', 'other=second'])
    expect(session.cookies.received.map((one) => new URL(one.url).hostname)).toEqual([
      '127.0.0.1',
      'localhost',
    ])
  })

  it('can be aborted', async () => {
    let onAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      onAsked = resolve
    })
    await using server = await startHttpServer(() => onAsked())
    await using session = openSession()
    const controller = new AbortController()
    const options = { dispatcher: session.dispatcher, signal: controller.signal }
    const sent =
      name === 'undici.fetch'
        ? undiciFetch(server.origin, options)
        : fetch(server.origin, options as unknown as RequestInit)
    await asked
    controller.abort()
    await expect(sent).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    await server.drained()
  })
})

it('a caller’s own headers win, and its cookies are added', async () => {
  let seen: IncomingMessage['headers'] = {}
  await using server = await startHttpServer((request, response) => {
    seen = request.headers
    response.end()
  })
  await using session = openSession({ identity })
  session.cookies.set('127.0.0.1', 'a', '1')
  const headers = { 'user-agent': 'mine', cookie: 'a=2; b=3' }
  await (await undiciRequest(server.origin, { dispatcher: session.dispatcher, headers })).body.dump()
  expect([seen['user-agent'], seen.cookie]).toEqual(['mine', 'a=1; b=3'])
})

it('HTTP/2 for undici’s functions, HTTP/1.1 for Node’s own fetch', async () => {
  await using server = await startHttp2Server((request, response) => response.end(request.httpVersion))
  await using session = openSession()
  const versions = []
  for (const client of Object.values(clients)) versions.push(await client(server.origin, session.dispatcher))
  expect(versions).toEqual(['2.0', '2.0', '1.1'])
})

it('the method is in the context that the record is asked with', async () => {
  await using server = await startHttpServer((_request, response) => response.end())
  await using session = openSession()
  const options = { dispatcher: session.dispatcher, method: 'POST', body: 'x' } as const
  await (await undiciRequest(server.origin, options)).body.dump()
  expect(session.cookies.asked[0]?.context).toEqual({ kind: 'fetch', method: 'POST' })
})
