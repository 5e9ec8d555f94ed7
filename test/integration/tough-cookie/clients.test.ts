import axios from 'axios'
import { wrapper } from 'axios-cookiejar-support'
import got from 'got'
import { HttpCookieAgent } from 'http-cookie-agent/http'
import { CookieAgent, cookie as cookieInterceptor } from 'http-cookie-agent/undici'
import { Agent, request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { cookieJar, type SessionCookieJar } from '../../../src/tough-cookie/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

let broker: Broker
let session: Session
let jar: SessionCookieJar
let server: TestServer

/** Each path sets the cookie of its name; `/gone` deletes the one called api; the answer is what was sent. */
beforeEach(async () => {
  server = await startHttpServer((request, response) => {
    const name = (request.url ?? '/').slice(1)
    const lines: Record<string, string[]> = {
      '': [],
      'favicon.ico': [],
      gone: ['api=; Max-Age=0; Path=/'],
      // Chromium refuses the first two, without a word to anybody.
      careless: ['tracker=1; SameSite=None; Path=/', '__Host-late=1; Path=/', 'careless=1; Path=/'],
    }
    response.writeHead(200, {
      'content-type': 'text/plain',
      'set-cookie': lines[name] ?? [`${name}=1; Path=/`],
    })
    response.end(request.headers.cookie ?? '')
  })
  broker = await memoryBroker()
  session = await broker.session('a')
  jar = cookieJar(session)
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

// `as never`: http-cookie-agent is CommonJS, and to TypeScript its tough-cookie is another one than a module's.
/** A way to ask for a URL and read the text, for each client. */
const CLIENTS: readonly (readonly [string, (jar: SessionCookieJar) => (url: string) => Promise<string>])[] = [
  ['got', (jar) => (url) => got(url, { cookieJar: jar, retry: { limit: 0 } }).text()],
  [
    'axios with axios-cookiejar-support',
    (jar) => {
      const client = wrapper(axios.create({ jar }))
      return async (url) => String((await client.get(url, { responseType: 'text' })).data)
    },
  ],
  [
    'axios with http-cookie-agent',
    (jar) => async (url) => {
      const httpAgent = new HttpCookieAgent({ cookies: { jar: jar as never } })
      return String((await axios.get(url, { httpAgent, responseType: 'text' })).data)
    },
  ],
  [
    'undici with the agent of http-cookie-agent',
    (jar) => async (url) => {
      const dispatcher = new CookieAgent({ cookies: { jar: jar as never } })
      try {
        return await (await request(url, { dispatcher })).body.text()
      } finally {
        await dispatcher.close()
      }
    },
  ],
  [
    'undici with the interceptor of http-cookie-agent',
    (jar) => async (url) => {
      const agent = new Agent()
      try {
        return await (
          await request(url, { dispatcher: agent.compose(cookieInterceptor({ jar: jar as never })) })
        ).body.text()
      } finally {
        await agent.close()
      }
    },
  ],
]

describe.each(CLIENTS)('%s on the jar of a session', (_, clientOf) => {
  it('shares cookies with the session’s requests, both ways, deletions too', async () => {
    const { origin } = server
    const get = clientOf(jar)
    await session.cookies.set('api=1; Path=/; SameSite=Strict; HttpOnly', origin)
    expect(await get(`${origin}/client`)).toBe('api=1')
    expect(await (await session.fetch(`${origin}/fetched`)).text()).toBe('api=1; client=1')
    expect(await get(`${origin}/gone`)).toBe('api=1; client=1; fetched=1')
    expect(session.cookies.header(origin)).toBe('client=1; fetched=1')
    await session.cookies.clear({ name: 'client' })
    expect(await get(`${origin}/`)).toBe('fetched=1')
    expect(session.cookies.header(server.on('localhost'))).toBe('')
  })

  it('keeps what Chromium’s rules refuse out of the session, without failing for it', async () => {
    const get = clientOf(jar)
    await get(`${server.origin}/careless`)
    expect(session.cookies.all().map(({ name }) => name)).toEqual(['careless'])
  })

  it('fails with the typed error once the session is released', async () => {
    const get = clientOf(jar)
    await session.release()
    const error = await get(server.origin).then(
      () => undefined,
      (failure: { code?: unknown; cause?: { code?: unknown } }) => failure,
    )
    expect(error?.code ?? error?.cause?.code).toBe('ONEJAR_CLOSED')
  })
})

describe('the jar of a session with an open page', () => {
  it('gives each client what the page wrote, and the page what each client got', async () => {
    const { origin } = server
    const page = await session.page()
    await page.goto(origin)
    for (const [index, [name, clientOf]] of CLIENTS.entries()) {
      await page.evaluate(`document.cookie = 'page${index}=1'`)
      // got waits for pages by itself; clients that read at once are let go when both sides are one.
      if (name !== 'got') await jar.settled()
      expect(await clientOf(jar)(`${origin}/client${index}`), name).toContain(`page${index}=1`)
      await jar.settled()
      expect(await page.evaluate('document.cookie'), name).toContain(`client${index}=1`)
    }
    await jar.removeAllCookies()
    expect(await page.evaluate('document.cookie')).toBe('')
    await page.evaluate("document.cookie = 'last=1'")
    expect(await jar.getCookieString(origin)).toBe('last=1')
    await page.evaluate("document.cookie = 'last=; Max-Age=0'")
    expect(await jar.getCookieString(origin)).toBe('')
    await jar.setCookie('written=1; Path=/', origin)
    expect(await page.evaluate('document.cookie')).toBe('written=1')
    await page.close()
  })

  it('has what a page wrote once that is closed, also for clients that cannot wait', async () => {
    const { origin } = server
    const page = await session.page()
    await page.goto(`${origin}/visited`)
    await page.evaluate("document.cookie = 'script=1'")
    await page.close()
    expect(jar.getCookieStringSync(origin)).toBe('visited=1; script=1')
  })

  it('has pages asked behind a synchronous read, so that the next one knows', async () => {
    const { origin } = server
    const page = await session.page()
    await page.goto(origin)
    await page.evaluate("document.cookie = 'later=1'")
    jar.getCookiesSync(origin)
    await expect.poll(() => jar.getCookieStringSync(origin)).toBe('later=1')
    await page.close()
  })
})
