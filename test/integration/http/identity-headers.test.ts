import type { LookupFunction } from 'node:net'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IdentityHeaders, type IdentitySource } from '../../../src/http/index.ts'
import type { Identity, RequestContext } from '../../../src/record/index.ts'
import { startHttp2Server, startHttpServer, type TestServer } from '../../support/http-server.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { openHttp } from './fixture.ts'

type Kind = NonNullable<RequestContext['kind']>
type Scheme = 'local http' | 'plain http' | 'https'

const KINDS: Kind[] = ['navigate', 'link', 'form', 'window-open', 'fetch', 'img', 'iframe']
const SCHEMES: Scheme[] = ['local http', 'plain http', 'https']
const SITES = ['same-origin', 'cross-site'] as const

/** How long a browser may take on a busy machine, for its start or a page. */
const STUCK_MS = 110_000
/** What undici keeps for itself: see `own-headers.ts`. */
const NOT_COMPARED = new Set(['host', 'connection', 'content-length'])

let browser: Browser
let page: Page
let plain: TestServer
let secure: TestServer
/** Header pairs by the `id` in the query of the request that carried them. */
const seen = new Map<string, string[][]>()
let waiting: { id: string; done: () => void } | undefined

const pairsOf = (raw: readonly string[]) =>
  raw
    .flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1]!]] : []))
    .filter(([name]) => !name!.startsWith(':') && !NOT_COMPARED.has(name!))

beforeAll(async () => {
  const handler: Parameters<typeof startHttpServer>[0] = (request, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    const id = url.searchParams.get('id')
    if (id !== null) seen.set(id, pairsOf(request.rawHeaders))
    response.setHeader('set-cookie', ['c=1; Path=/', 'd=2; Path=/'])
    response.setHeader('content-type', 'text/html')
    const frame = url.searchParams.get('frame')
    response.end(frame === null ? '<p>page</p>' : `<iframe src="${frame.replace(/"/g, '')}"></iframe>`)
    if (waiting?.id === id) waiting.done()
  }
  plain = await startHttpServer(handler)
  secure = await startHttp2Server(handler)
  browser = await launchChromium(['--host-resolver-rules=MAP *.test 127.0.0.1'])
  page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
  page.setDefaultTimeout(STUCK_MS)
})

afterAll(async () => {
  await browser?.close()
  await Promise.all([plain?.close(), secure?.close()])
})

const originOf = (scheme: Scheme, host: string) =>
  scheme === 'local http' ? plain.origin : scheme === 'https' ? secure.on(host) : plain.on(host)

/** Lets the browser make a request of this kind, and waits until the server has it. */
async function browse(kind: Kind, start: string, target: string, id: string): Promise<string[][]> {
  const arrived = new Promise<void>((done) => {
    waiting = { id, done }
  })
  await page.goto(kind === 'iframe' ? `${start}?frame=${encodeURIComponent(target)}` : start)
  if (kind === 'navigate') await page.goto(target)
  if (kind === 'link') {
    await page.evaluate((href) => {
      document.body.innerHTML = `<a href="${href}">go</a>`
    }, target)
    await page.click('a')
  }
  if (kind === 'form') {
    await page.evaluate((action) => {
      document.body.innerHTML = `<form method="post" action="${action}"><button>go</button></form>`
    }, target)
    await page.click('button')
  }
  if (kind === 'window-open') {
    await page.evaluate((href) => {
      document.body.innerHTML = `<button onclick="window.open('${href}')">go</button>`
    }, target)
    const popup = page.waitForEvent('popup')
    await page.click('button')
    await (await popup).close()
  }
  if (kind === 'fetch')
    await page.evaluate((href) => fetch(href, { credentials: 'include' }).catch(() => {}), target)
  if (kind === 'img') {
    await page.evaluate((href) => {
      new Image().src = href
    }, target)
  }
  await arrived
  return seen.get(id)!
}

/** The identity, taken from what this browser sends when an address is typed in. */
async function identityOf(): Promise<Identity> {
  const pairs = await browse('navigate', secure.origin, `${secure.origin}/?id=identity`, 'identity')
  const headers: Record<string, string> = Object.fromEntries(pairs)
  return {
    userAgent: headers['user-agent']!,
    acceptLanguage: headers['accept-language']!,
    clientHints: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('sec-ch-'))),
  }
}

const cases = SCHEMES.flatMap((scheme) =>
  KINDS.flatMap((kind) => SITES.map((site) => ({ scheme, kind, site }))),
).filter(
  ({ kind, site, scheme }) => site === 'same-origin' || (kind !== 'navigate' && scheme !== 'local http'),
)

describe('headers and their order, beside Chromium', () => {
  let source: IdentitySource

  beforeAll(async () => {
    source = new IdentityHeaders(await identityOf())
  })

  it.each(cases)('$kind, $scheme, $site', async ({ scheme, kind, site }) => {
    const id = `${scheme}-${kind}-${site}`.replaceAll(' ', '-')
    const start = `${originOf(scheme, 'one.test')}/start`
    const target = `${originOf(scheme, site === 'cross-site' ? 'two.test' : 'one.test')}/?id=${id}`
    const theirs = await browse(kind, start, target, id)

    await using http = openHttp({ connect: { rejectUnauthorized: false, lookup: toLoopback } })
    const sent = theirs.flatMap(([name, value]) => (name === 'cookie' ? [value] : [])).join('; ')
    const cookies = { header: () => sent, receive: () => {} }
    const initiator =
      kind === 'navigate' ? null : kind === 'iframe' ? `${start}?frame=${encodeURIComponent(target)}` : start
    const context: RequestContext = { kind, initiator }
    const send = async (url: string) => {
      const method = kind === 'form' ? 'POST' : 'GET'
      const more = method === 'POST' ? { body: new URLSearchParams() } : {}
      const response = await http.send(url, { identity: source, cookies, context, method, ...more })
      await response.body.dump()
    }
    // The first request of the connection, which has the `priority` of HTTP/2 already.
    await send(target)
    expect(seen.get(id)).toEqual(theirs)
  })
})

describe('headers of a request’s own among them', () => {
  const json = { 'content-type': 'application/json' }
  const calls: {
    what: string
    method: string
    body?: string
    params?: true
    headers?: Record<string, string>
  }[] = [
    { what: 'a text', method: 'POST', body: 'a=1' },
    { what: 'parameters', method: 'POST', body: 'a=1', params: true },
    { what: 'JSON', method: 'POST', body: '{}', headers: json },
    { what: 'JSON with a token', method: 'PUT', body: '{}', headers: { authorization: 'Bearer x', ...json } },
    { what: 'nothing', method: 'DELETE' },
    { what: 'a token', method: 'GET', headers: { authorization: 'Bearer x' } },
    { what: 'a CSRF header', method: 'GET', headers: { 'x-csrf-token': 'x' } },
    { what: 'an API key', method: 'GET', headers: { 'x-api-key': 'x' } },
    { what: 'a range', method: 'GET', headers: { range: 'bytes=0-1' } },
    { what: 'an Accept', method: 'GET', headers: { accept: 'application/json' } },
  ]

  it.each(SCHEMES.flatMap((scheme) => calls.map((call) => ({ scheme, ...call }))))(
    '$method with $what, $scheme',
    async ({ scheme, what, method, body, params, headers = {} }) => {
      const origin = originOf(scheme, 'one.test')
      const source = new IdentityHeaders(await identityOf())
      const id = `own-${scheme}-${method}-${what}`.replaceAll(' ', '-')
      const target = `${origin}/?id=${id}`
      await page.goto(`${origin}/start`)
      await page.evaluate(
        ([url, init, isForm]) => {
          const body = isForm ? { body: new URLSearchParams(init.body) } : {}
          return fetch(url, { ...init, ...body })
        },
        [target, { method, headers, ...(body === undefined ? {} : { body }) }, params === true] as const,
      )
      const theirs = seen.get(id)
      await using http = openHttp({ connect: { rejectUnauthorized: false, lookup: toLoopback } })
      const response = await http.send(target, {
        identity: source,
        cookies: { header: () => 'c=1; d=2', receive: () => {} },
        context: { kind: 'fetch', initiator: `${origin}/start` },
        method,
        headers,
        ...(body === undefined ? {} : { body: params ? new URLSearchParams(body) : body }),
      })
      await response.body.dump()
      expect(seen.get(id)).toEqual(theirs)
    },
  )
})

const toLoopback: LookupFunction = (_hostname, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}
