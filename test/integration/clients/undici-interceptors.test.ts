import { gzipSync } from 'node:zlib'
import { type Dispatcher, errors, interceptors, fetch as undiciFetch, request as undiciRequest } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

const TOKEN = '0f9c2b7de1a84c6392d7'

interface Seen {
  readonly url: string
  readonly cookie: string | undefined
  readonly token: string | undefined
}

let broker: Broker
let session: Session
let server: TestServer
let other: TestServer
let seen: Seen[]

beforeEach(async () => {
  seen = []
  const start = () =>
    startHttpServer((request, response) => {
      const { url = '', headers } = request
      seen.push({ url: `${headers.host}${url}`, cookie: headers.cookie, token: headers['x-token'] as string })
      const times = seen.filter((each) => each.url.endsWith(url)).length
      const text = `${headers.cookie ?? ''} ${times}`
      switch (url) {
        case '/away':
          response
            .writeHead(302, { location: `${other.on('localhost')}/end`, 'set-cookie': 'away=1; Path=/' })
            .end()
          break
        case '/moved':
          response.writeHead(302, { location: '/end', 'set-cookie': 'moved=1; Path=/' }).end()
          break
        case '/busy':
          response.writeHead(times === 1 ? 503 : 200, { 'set-cookie': `try${times}=1; Path=/` }).end(text)
          break
        case '/kept':
          response.writeHead(200, { 'cache-control': 'public, max-age=600' }).end(text)
          break
        case '/packed':
          response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text))
          break
        case '/missing':
          response.writeHead(404, { 'content-type': 'text/plain' }).end('no such thing')
          break
        case '/slow':
          response.writeHead(200, { 'set-cookie': 'slow=1; Path=/' })
          response.flushHeaders()
          setImmediate(() => response.end(text))
          break
        default:
          response.writeHead(200, { 'set-cookie': 'end=1; Path=/' }).end(text)
      }
    })
  ;[server, other] = await Promise.all([start(), start()])
  broker = await memoryBroker()
  session = await broker.session('a')
  await session.cookies.set('login=1; Path=/', server.origin)
  await session.localStorage(server.origin).set('token', TOKEN)
  session.tokenBindings.add({ origin: server.origin, header: 'x-token', source: { local: 'token' } })
})
afterEach(async () => {
  await broker.close()
  await Promise.all([server.close(), other.close()])
})

/** The three that take a dispatcher. */
const FUNCTIONS: readonly (readonly [string, (url: string, dispatcher: Dispatcher) => Promise<string>])[] = [
  ['undici.request', async (url, dispatcher) => (await undiciRequest(url, { dispatcher })).body.text()],
  ['undici.fetch', async (url, dispatcher) => (await undiciFetch(url, { dispatcher })).text()],
  ['Node’s fetch', async (url, dispatcher) => (await fetch(url, { dispatcher } as RequestInit)).text()],
]

describe.each(FUNCTIONS)('%s on the session’s dispatcher, under interceptors', (_, read) => {
  it('retry: each attempt has the cookies of the one before, and the learned header', async () => {
    const dispatcher = session.dispatcher.compose(interceptors.retry({ minTimeout: 1, maxTimeout: 1 }))
    expect(await read(`${server.origin}/busy`, dispatcher)).toBe('login=1; try1=1 2')
    expect(seen.map(({ token }) => token)).toEqual([TOKEN, TOKEN])
    expect(session.cookies.all().map(({ name }) => name)).toEqual(['login', 'try1', 'try2'])
  })

  it('redirect: each hop is judged by where it goes', async () => {
    const dispatcher = session.dispatcher.compose(interceptors.redirect({ maxRedirections: 3 }))
    expect(await read(`${server.origin}/moved`, dispatcher)).toBe('login=1; moved=1 1')
    await read(`${server.origin}/away`, dispatcher)
    expect(seen.at(-1)).toMatchObject({ cookie: undefined, token: undefined })
    expect(session.cookies.header(other.on('localhost'))).toBe('end=1')
  })

  it('cache: what may be kept is not asked for again, what sets cookies is', async () => {
    const dispatcher = session.dispatcher.compose(interceptors.cache())
    for (const _ of [1, 2]) expect(await read(`${server.origin}/kept`, dispatcher)).toBe('login=1 1')
    for (const _ of [1, 2]) await read(`${server.origin}/end`, dispatcher)
    expect(seen.map(({ url }) => url.replace(/.*\//, '/'))).toEqual(['/kept', '/end', '/end'])
  })

  it('fails with the typed error once the session is released', async () => {
    const all = [interceptors.retry(), interceptors.redirect(), interceptors.cache()]
    const dispatcher = session.dispatcher.compose(...all)
    await session.release()
    const error = await read(`${server.origin}/end`, dispatcher).then(
      () => undefined,
      (failure: { code?: string; cause?: { code?: string } }) => failure,
    )
    expect(error?.code ?? error?.cause?.code).toBe('ONEJAR_CLOSED')
  })
})

describe('the session’s dispatcher', () => {
  const ask = (path: string, dispatcher: Dispatcher, headers = {}) =>
    undiciRequest(server.origin + path, { dispatcher, headers })

  it('dump: the body goes, the cookies stay', async () => {
    const { body } = await ask('/end', session.dispatcher.compose(interceptors.dump({ maxSize: 1_000 })))
    expect(await body.text()).toBe('')
    expect(session.cookies.header(server.origin)).toBe('login=1; end=1')
  })

  it('responseError: a bad status is undici’s error', async () => {
    const failing = ask('/missing', session.dispatcher.compose(interceptors.responseError()))
    await expect(failing).rejects.toBeInstanceOf(errors.ResponseError)
  })

  it('decompress: what was asked for is decoded', async () => {
    const dispatcher = session.dispatcher.compose(interceptors.decompress())
    const { body } = await ask('/packed', dispatcher, { 'accept-encoding': 'gzip' })
    expect(await body.text()).toBe('login=1 1')
  })

  it('deduplicate: those who ask for the same at once get one response', async () => {
    const dispatcher = session.dispatcher.compose(interceptors.deduplicate())
    const texts = await Promise.all(
      Array.from({ length: 3 }, async () => (await ask('/slow', dispatcher)).body.text()),
    )
    expect(texts).toEqual(Array(3).fill('login=1 1'))
    expect(seen).toHaveLength(1)
  })

  it('takes several, and interceptors of one’s own', async () => {
    const paths: string[] = []
    const dispatcher = session.dispatcher.compose(
      (dispatch) => (options, handler) => {
        paths.push(options.path)
        return dispatch(options, handler)
      },
      interceptors.retry({ minTimeout: 1 }),
      interceptors.redirect({ maxRedirections: 3 }),
    )
    const { body } = await ask('/moved', dispatcher)
    expect(await body.text()).toBe('login=1; moved=1 1')
    expect(paths).toEqual(['/moved', '/end'])
  })

  it('shares all of it with an open page', async () => {
    const dispatcher = session.dispatcher.compose(interceptors.redirect({ maxRedirections: 3 }))
    const page = await session.page()
    await page.goto(`${server.origin}/end`)
    await page.evaluate(`document.cookie = 'script=1'; localStorage.setItem('token', 'renewed-${TOKEN}')`)
    expect(await (await ask('/moved', dispatcher)).body.text()).toContain('script=1; moved=1')
    expect(seen.at(-1)?.token).toBe(`renewed-${TOKEN}`)
    expect(await page.evaluate('document.cookie')).toContain('moved=1')
    await page.close()
  })
})
