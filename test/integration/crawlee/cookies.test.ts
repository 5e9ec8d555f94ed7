import type * as Crawlee from '@crawlee/cheerio'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { crawlWith as CrawlWith } from '../../../src/crawlee/index.ts'
import type { Broker } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { CHEERIO, freshConfiguration } from './crawlee-versions.ts'

/** What Crawlee's own tests say of cookies, and what they leave open: each with the session's record in place of its copies. */
describe.each(CHEERIO)('cookies in a crawl of Crawlee %s', (_, load) => {
  let crawlee: typeof Crawlee
  let crawlWith: typeof CrawlWith
  let broker: Broker
  let site: TestServer
  /** The Cookie header of each request, by path. */
  let sent: Record<string, string | undefined>
  beforeEach(async () => {
    ;({ crawlee, crawlWith } = await load())
    broker = await memoryBroker()
    sent = {}
    site = await startHttpServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site')
      sent[pathname] = request.headers.cookie
      response.setHeader('content-type', 'text/html')
      const lines = searchParams.getAll('set')
      if (lines.length > 0) response.setHeader('set-cookie', lines)
      const to = searchParams.get('to')
      if (to === null) response.end('<h1>page</h1>')
      else response.writeHead(302, { location: to }).end()
    })
  })
  afterEach(async () => {
    await broker.close()
    await site.close()
  })

  const url = (path: string, ...lines: string[]) =>
    `${site.origin}${path}${lines.map((line, at) => `${at === 0 ? '?' : '&'}set=${encodeURIComponent(line)}`).join('')}`

  /** Crawls one after the other. */
  async function crawl(requests: (string | Crawlee.Source)[], options: Crawlee.CheerioCrawlerOptions = {}) {
    const bridge = crawlWith(broker)
    const crawler = new crawlee.CheerioCrawler(
      { ...bridge.http, requestHandler: () => {}, minConcurrency: 1, maxConcurrency: 1, ...options },
      freshConfiguration(crawlee),
    )
    const { requestsFailed } = await crawler.run(requests as string[])
    expect(requestsFailed).toBe(0)
    return bridge
  }
  const held = async () => (await broker.session('crawlee-1')).cookies.all().map(({ name }) => name)

  it('of a response go with the next request, each once', async () => {
    await crawl([url('/a', 'sid=1; Path=/', 'lang=en; Path=/'), url('/b'), url('/c')])
    expect([sent['/a'], sent['/b'], sent['/c']]).toEqual([undefined, 'sid=1; lang=en', 'sid=1; lang=en'])
  })

  it('that a response deletes do not come back', async () => {
    await crawl([
      url('/a', 'sid=1; Path=/', 'keep=1; Path=/'),
      url('/b', 'sid=; Path=/; Max-Age=0'),
      url('/c'),
      url('/d'),
    ])
    expect([sent['/b'], sent['/c'], sent['/d']]).toEqual(['sid=1; keep=1', 'keep=1', 'keep=1'])
    expect(await held()).toEqual(['keep'])
  })

  it('that are deleted between a response and its handler do not come back', async () => {
    const session = await broker.session('crawlee-1')
    await crawl([url('/a', 'sid=1; Path=/'), url('/b'), url('/c')], {
      // Here Crawlee has the response, and has not yet taken cookies from it.
      postNavigationHooks: [() => session.cookies.clear({ name: 'sid' })],
    })
    expect([sent['/b'], sent['/c']]).toEqual([undefined, undefined])
    expect(await held()).toEqual([])
  })

  it('that are deleted while a request is prepared are not sent any more', async () => {
    const session = await broker.session('crawlee-1')
    await session.cookies.set('sid=1; Path=/', site.origin)
    const bridge = crawlWith(broker)
    const pool = await crawlee.SessionPool.open(bridge.http.sessionPoolOptions, freshConfiguration(crawlee))
    const crawleeSession = await pool.getSession()
    const header = crawleeSession.getCookieString(url('/a'))
    expect(header).toBe('sid=1')
    await session.cookies.clear()
    const request = { url: url('/a'), headers: { Cookie: header }, sessionToken: crawleeSession }
    await bridge.http.httpClient.sendRequest(request)
    expect(sent['/a']).toBeUndefined()
  })

  it('on the way of a redirect are kept, and sent from the next hop on', async () => {
    const to = encodeURIComponent(url('/landed'))
    await crawl([`${url('/a', 'hop=1; Path=/')}&to=${to}`])
    expect(sent['/landed']).toBe('hop=1')
    expect(await held()).toEqual(['hop'])
  })

  it('go to no other host, by a redirect or otherwise', async () => {
    const other = site.on('localhost')
    const session = await broker.session('crawlee-1')
    await session.cookies.set('sid=1; Path=/', site.origin)
    const to = encodeURIComponent(`${other}/landed`)
    await crawl([
      { url: `${url('/a')}?to=${to}`, headers: { Cookie: 'mine=1', authorization: 'Bearer x' } },
      `${other}/b`,
    ])
    expect([sent['/a'], sent['/landed'], sent['/b']]).toEqual(['sid=1; mine=1', undefined, undefined])
  })

  it('that requests and hooks add go beside those of the session, with that request alone', async () => {
    await crawl([url('/set', 'sid=1; Path=/', 'lang=en; Path=/')])
    await crawl([{ url: url('/a'), headers: { Cookie: 'lang=de; mine=1' } }, url('/b')], {
      preNavigationHooks: [
        ({ request }, got) => {
          if (request.url.endsWith('/a')) got.headers = { Cookie: 'hook=1' }
        },
      ],
    })
    expect(sent['/a']?.split('; ').sort()).toEqual(['hook=1', 'lang=en', 'mine=1', 'sid=1'])
    expect(sent['/b']).toBe('sid=1; lang=en')
    expect(await held()).toEqual(['sid', 'lang'])
  })

  it('that a handler sets on Crawlee’s session are kept, and seen by Onejar’s', async () => {
    const seen: (string | undefined)[] = []
    const bridge = await crawl([url('/a'), url('/b')], {
      requestHandler: ({ session, request }) => {
        if (request.url.endsWith('/b')) return
        session?.setCookie('one=1; Path=/', request.url)
        session?.setCookies([{ name: 'two', value: '2', domain: '127.0.0.1', path: '/' }], request.url)
        seen.push(session?.getCookieString(request.url), session?.getCookies(request.url)[0]?.name)
        seen.push(session?.id)
      },
    })
    expect(seen).toEqual(['one=1; two=2', 'one', 'crawlee-1'])
    expect(sent['/b']).toBe('one=1; two=2')
    expect(() => bridge.sessionOf(undefined)).toThrow(/sessionPoolOptions/)
  })

  it('that only Chromium refuses are not kept, and attributes of a cookie stay as they are', async () => {
    await crawl([
      url('/a', 'weak=1; SameSite=None', 'strict=1; Path=/; SameSite=Strict; HttpOnly; Max-Age=60'),
    ])
    await crawl([url('/b'), url('/c')])
    const [strict, ...others] = (await broker.session('crawlee-1')).cookies.all()
    expect(others).toEqual([])
    expect(strict).toMatchObject({ name: 'strict', sameSite: 'strict', httpOnly: true, hostOnly: true })
    expect(strict!.expiresAt! - Date.now()).toBeLessThanOrEqual(60_000)
  })

  it('are one with those of sendRequest(), whose forms and types work', async () => {
    const bodies: unknown[] = []
    await using api = await startHttpServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const { cookie, 'content-type': type } = request.headers
      response.setHeader('set-cookie', 'api=1; Path=/').setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ method: request.method, cookie, type, text }))
    })
    await crawl([url('/a', 'sid=1; Path=/')])
    await crawl([url('/b')], {
      requestHandler: async ({ sendRequest }) => {
        const at = { url: `${api.origin}/api` }
        const posted = await sendRequest({
          ...at,
          method: 'POST',
          json: { a: 1 },
          responseType: 'json',
        } as never)
        const form = await sendRequest({
          ...at,
          method: 'POST',
          form: { b: '2' },
          searchParams: { c: 3 },
        } as never)
        const bytes = await sendRequest({ ...at, method: 'GET', responseType: 'buffer' } as never)
        bodies.push(
          posted.body,
          JSON.parse(form.body as string),
          Buffer.isBuffer(bytes.body),
          posted.statusCode,
        )
      },
    })
    expect(bodies).toEqual([
      { method: 'POST', cookie: 'sid=1', type: expect.stringContaining('application/json'), text: '{"a":1}' },
      { method: 'POST', cookie: 'sid=1; api=1', type: expect.stringContaining('urlencoded'), text: 'b=2' },
      true,
      200,
    ])
  })
})
