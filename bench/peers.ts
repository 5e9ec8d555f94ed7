import { CookieAgent } from 'http-cookie-agent/undici'
import { type BrowserContext, chromium } from 'playwright'
import { CookieJar } from 'tough-cookie'
import { Agent, request, fetch as undiciFetch } from 'undici'
import { defaultBrowserArgs, findBrowser } from '../src/browser/index.ts'
import { openBroker } from '../src/index.ts'
import type { Peer } from './measure.ts'
import type { BenchPage } from './pages.ts'

const CONCURRENCY = 32
const COOKIES = Array.from({ length: 20 }, (_, i) => `cookie${i}=${'value'.repeat(4)}${i}; Path=/`)

/** The peers of the HTTP race. The jar of each holds twenty cookies, and each stores the cookies that the server sets. */
export async function httpPeers(origin: string): Promise<Peer[]> {
  const url = `${origin}/`
  const broker = await openBroker({ store: 'memory' })
  const session = await broker.session('bench')
  for (const line of COOKIES) await session.cookies.set(line, url)
  await (await session.fetch(url)).text()
  const cookie = session.cookies.header(url)

  const agent = new Agent()
  const rawHeaders = { cookie }
  const jar = filledJar(url)
  const cookieAgent = new CookieAgent({ cookies: { jar: filledJar(url) as never } })
  const fast = { concurrency: CONCURRENCY, requests: 8000 }

  return [
    {
      name: 'undici.request',
      ...fast,
      fetch: async () => (await request(url, { dispatcher: agent, headers: rawHeaders })).body.text(),
      close: () => agent.close(),
    },
    { name: 'session.request', ...fast, fetch: async () => (await session.request(url)).body.text() },
    {
      name: 'undici.request + tough-cookie by hand',
      ...fast,
      fetch: async () => {
        const { headers, body } = await request(url, {
          dispatcher: agent,
          headers: { cookie: await jar.getCookieString(url) },
        })
        for (const line of [headers['set-cookie'] ?? []].flat()) await jar.setCookie(line, url)
        return body.text()
      },
    },
    {
      name: 'undici.request + http-cookie-agent',
      ...fast,
      fetch: async () => (await request(url, { dispatcher: cookieAgent })).body.text(),
      close: () => cookieAgent.close(),
    },
    {
      name: 'undici.fetch',
      ...fast,
      requests: 4000,
      fetch: async () => (await undiciFetch(url, { dispatcher: agent, headers: rawHeaders })).text(),
    },
    {
      name: 'session.fetch',
      ...fast,
      requests: 4000,
      fetch: async () => (await session.fetch(url)).text(),
      close: () => broker.close(),
    },
  ]
}

/**
 * The peers of one kind of page. Both send the same headers, twenty cookies included. Closing the last of them closes all.
 */
export async function pagePeers(origin: string, kind: string, { path, body }: BenchPage): Promise<Peer[]> {
  const url = origin + path
  const broker = await openBroker({ store: 'memory' })
  const session = await broker.session('bench')
  for (const line of COOKIES) await session.cookies.set(line, url)
  const {
    host: _host,
    connection: _connection,
    ...headers
  } = (await (await session.fetch(`${origin}/headers`)).json()) as Record<string, string>
  const agent = new Agent()
  const large = body.length > 65_536
  const fast = { concurrency: CONCURRENCY, requests: large ? 1000 : 4000 }
  const half = { concurrency: CONCURRENCY, requests: large ? 500 : 2000 }
  return [
    {
      name: `undici.request, ${kind}`,
      ...fast,
      fetch: async () => (await request(url, { dispatcher: agent, headers })).body.text(),
    },
    {
      name: `session.request, ${kind}`,
      ...fast,
      fetch: async () => (await session.request(url)).body.text(),
    },
    {
      name: `session.dispatcher, ${kind}`,
      ...fast,
      fetch: async () => (await request(url, { dispatcher: session.dispatcher })).body.text(),
    },
    {
      name: `undici.fetch, ${kind}`,
      ...half,
      fetch: async () => (await undiciFetch(url, { dispatcher: agent, headers })).text(),
      close: () => agent.close(),
    },
    {
      name: `session.fetch, ${kind}`,
      ...half,
      fetch: async () => (await session.fetch(url)).text(),
      close: () => broker.close(),
    },
  ]
}

/** The peers that share cookies with a browser. They are slower, so fewer requests are enough. */
export async function browserPeers(origin: string): Promise<Peer[]> {
  const url = `${origin}/`
  const found = await findBrowser()
  if (!found) throw new Error('There is no Chromium: npm run parts')
  const browser = await chromium.launch({ executablePath: found.executablePath, args: defaultBrowserArgs() })
  const context = await filledContext(await browser.newContext(), url)
  const page = await context.newPage()
  return [
    {
      name: 'Playwright context.request',
      concurrency: CONCURRENCY,
      requests: 800,
      fetch: async () => (await context.request.get(url)).text(),
    },
    {
      name: 'Playwright page.goto',
      concurrency: 1,
      requests: 20,
      fetch: async () => {
        await page.goto(url)
        return page.content()
      },
      close: () => browser.close(),
    },
  ]
}

function filledJar(url: string): CookieJar {
  const jar = new CookieJar()
  for (const line of COOKIES) jar.setCookieSync(line, url)
  return jar
}

async function filledContext(context: BrowserContext, url: string): Promise<BrowserContext> {
  await context.addCookies(
    COOKIES.map((line) => {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      return { name, value, url }
    }),
  )
  return context
}
