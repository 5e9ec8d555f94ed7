import type * as Crawlee from '@crawlee/cheerio'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { crawlWith as CrawlWith } from '../../../src/crawlee/index.ts'
import type { Broker } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { type Gate, startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { CHEERIO, freshConfiguration } from './crawlee-versions.ts'

const html = { 'content-type': 'text/html' }

describe.each(CHEERIO)('Crawlee %s over HTTP', (_, load) => {
  let crawlee: typeof Crawlee
  let crawlWith: typeof CrawlWith
  let broker: Broker
  beforeEach(async () => {
    ;({ crawlee, crawlWith } = await load())
    broker = await memoryBroker()
  })
  afterEach(() => broker.close())

  function crawler(options: Crawlee.CheerioCrawlerOptions, bridge = crawlWith(broker)) {
    return new crawlee.CheerioCrawler(
      { ...bridge.http, minConcurrency: 5, ...options },
      freshConfiguration(crawlee),
    )
  }

  const urlsOf = ({ origin }: Pick<Gate, 'origin'>, count: number) =>
    Array.from({ length: count }, (_, at) => `${origin}/${at}`)

  it('passes a challenge once, and has all pages over HTTP and in its statistics', async () => {
    await using gate = await startGate('cookie')
    const titles: string[] = []
    const bridge = crawlWith(broker)
    const crawl = crawler({ requestHandler: ({ $ }) => void titles.push($('h1').text()) }, bridge)
    const result = await crawl.run(urlsOf(gate, 30))
    expect(result).toMatchObject({ requestsFinished: 30, requestsFailed: 0, retryHistogram: [30] })
    expect(titles).toEqual(Array.from({ length: 30 }, () => 'content'))
    const session = await broker.session('crawlee-1')
    expect(session.cookies.all().map(({ name }) => name)).toEqual(['clearance'])
    // The one page that the browser loaded, and the thirty over HTTP.
    expect(gate.counts.passed).toBe(31)
  })

  it('does not make another attempt at a CAPTCHA, and says what it is', async () => {
    await using gate = await startGate('captcha')
    const failed: unknown[] = []
    const crawl = crawler({
      requestHandler: () => {},
      failedRequestHandler: (_context, error) => void failed.push(error),
    })
    const result = await crawl.run([`${gate.origin}/a`])
    expect(result).toMatchObject({ requestsFinished: 0, requestsFailed: 1, retryHistogram: [1] })
    expect(failed).toEqual([expect.any(crawlee.NonRetryableError)])
    expect(failed[0]).toMatchObject({ code: 'ONEJAR_CAPTCHA', cause: { code: 'ONEJAR_CAPTCHA' } })
    expect(JSON.stringify(crawl.stats.errorTracker.result)).toContain('ONEJAR_CAPTCHA')
  })

  it('goes on with another session where a site refuses one, while there is another', async () => {
    await using gate = await startGate('open', {
      intercept: (request, response) => {
        if (!request.headers.cookie?.includes('refused=1')) return false
        response.writeHead(403, html)
        response.end(
          "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>You don't have permission to access this server.<P>Reference #18.2e1302.1689012345.9a8b7c</body></html>",
        )
        return true
      },
    })
    const bridge = crawlWith(broker, { sessions: ['refused', 'welcome'] })
    const refused = await broker.session('refused')
    await refused.cookies.set('refused=1; Path=/', gate.origin)
    const by: string[] = []
    const crawl = crawler(
      { requestHandler: ({ session }) => void by.push(bridge.sessionOf(session).id), maxRequestRetries: 20 },
      bridge,
    )
    expect(await crawl.run(urlsOf(gate, 6))).toMatchObject({ requestsFinished: 6, requestsFailed: 0 })
    expect(by).toEqual(Array.from({ length: 6 }, () => 'welcome'))
    const last = crawler({ requestHandler: () => {} }, crawlWith(broker, { sessions: ['refused'] }))
    expect(await last.run([gate.origin])).toMatchObject({ requestsFailed: 1, retryHistogram: [1] })
  })

  it('makes Crawlee’s attempts and no others, and keeps a snapshot of what failed', async () => {
    let asked = 0
    await using server = await startHttpServer((_request, response) => {
      asked++
      response.writeHead(asked < 3 ? 500 : 200, html).end('<h1>the page</h1>')
    })
    const crawl = crawler({
      requestHandler: ({ $ }) => {
        throw new Error(`no price in ${$('h1').text()}`)
      },
      maxRequestRetries: 3,
      statisticsOptions: { saveErrorSnapshots: true },
    })
    const result = await crawl.run([server.origin])
    expect(asked).toBe(4)
    expect(result).toMatchObject({ requestsFailed: 1, retryHistogram: [undefined, undefined, undefined, 1] })
    const snapshots = JSON.stringify(crawl.stats.errorTrackerRetry.result)
    expect(snapshots).toContain('no price in the page')
    expect(snapshots).toMatch(/ERROR_SNAPSHOT_[\w-]+\.html/)
  })

  it('fails a status that Crawlee takes for a refusal, and keeps the session', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/login') response.setHeader('set-cookie', 'sid=1; Path=/')
      const isForbidden = request.url === '/secret'
      response.writeHead(isForbidden ? 401 : 200, html).end('<h1>page</h1>')
    })
    const crawl = crawler({
      requestHandler: () => {},
      maxRequestRetries: 0,
      maxConcurrency: 1,
      minConcurrency: 1,
    })
    const result = await crawl.run([
      `${server.origin}/login`,
      `${server.origin}/secret`,
      `${server.origin}/b`,
    ])
    expect(result).toMatchObject({ requestsFinished: 2, requestsFailed: 1 })
    expect(crawl.sessionPool?.usableSessionsCount).toBe(1)
    expect((await broker.session('crawlee-1')).cookies.all()).toHaveLength(1)
  })

  it('has no cookie in the state that Crawlee saves, and goes on with the same sessions', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(200, { ...html, 'set-cookie': 'sid=s3cr3t; Path=/' }).end('<h1>page</h1>')
    })
    const configuration = freshConfiguration(crawlee)
    const bridge = crawlWith(broker, { sessions: ['alice'] })
    const make = () => new crawlee.CheerioCrawler({ ...bridge.http, requestHandler: () => {} }, configuration)
    const first = make()
    await first.run([`${server.origin}/a`])
    const state = JSON.stringify(first.sessionPool?.getState())
    expect(state).toContain('alice')
    expect(state).not.toContain('s3cr3t')
    const again = await crawlee.SessionPool.open(bridge.http.sessionPoolOptions, configuration)
    expect(again.getState().sessions.map(({ id }) => id)).toEqual(['alice'])
    const [restored] = again.getState().sessions
    expect(bridge.sessionOf(await again.getSession(restored!.id))).toBe(await broker.session('alice'))
  })

  it('leaves out what another crawl has saved', async () => {
    const bridge = crawlWith(broker, { sessions: ['alice'] })
    const configuration = freshConfiguration(crawlee)
    const foreign = await crawlee.SessionPool.open({}, configuration)
    await foreign.getSession()
    await foreign.persistState()
    const pool = await crawlee.SessionPool.open(bridge.http.sessionPoolOptions, configuration)
    expect(pool.getState().sessions).toEqual([])
    expect((await pool.getSession()).id).toBe('alice')
  })

  it('leaves no connection waiting with a body that nobody reads, and parses what is not UTF-8', async () => {
    await using server = await startHttpServer((request, response) => {
      if (request.url?.endsWith('.pdf')) {
        response.writeHead(200, { 'content-type': 'application/pdf' }).end(Buffer.alloc(1_000_000))
      } else {
        response.writeHead(200, { 'content-type': 'text/html; charset=windows-1252' })
        response.end(Buffer.from('<h1>caf\xe9</h1>', 'latin1'))
      }
    })
    await using narrow = await memoryBroker({ connections: { perOrigin: 2 } })
    const titles: string[] = []
    const crawl = crawler(
      { requestHandler: ({ $ }) => void titles.push($('h1').text()), maxRequestRetries: 0 },
      crawlWith(narrow),
    )
    const files = Array.from({ length: 16 }, (_, at) => `${server.origin}/${at}.pdf`)
    const result = await crawl.run([...files, `${server.origin}/page`])
    expect(result).toMatchObject({ requestsFinished: 1, requestsFailed: 16 })
    expect(titles).toEqual(['café'])
  })

  it('says which line is missing, and where proxies belong', async () => {
    await using server = await startHttpServer((_request, response) => response.end('<h1>page</h1>'))
    const failed: string[] = []
    const failedRequestHandler = (_: unknown, { message }: Error) => void failed.push(message)
    const { httpClient } = crawlWith(broker).http
    const lacking = new crawlee.CheerioCrawler(
      { httpClient, requestHandler: () => {}, failedRequestHandler, maxRequestRetries: 0 },
      freshConfiguration(crawlee),
    )
    await lacking.run([server.origin])
    const proxyConfiguration = new crawlee.ProxyConfiguration({ proxyUrls: ['http://127.0.0.1:1'] })
    const proxied = crawler({ requestHandler: () => {}, failedRequestHandler, proxyConfiguration })
    expect(await proxied.run([server.origin])).toMatchObject({ retryHistogram: [1] })
    expect(failed).toEqual([
      expect.stringContaining('give the crawler sessionPoolOptions as well'),
      expect.stringContaining('sessionOptions: (id) => ({ proxy'),
    ])
  })

  it('opens the next session again after one was released, and works without a pool', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(200, html).end('<h1>page</h1>')
    })
    const bridge = crawlWith(broker)
    const once = () => crawler({ requestHandler: () => {} }, bridge).run([server.origin])
    expect(await once()).toMatchObject({ requestsFinished: 1 })
    await (await broker.session('crawlee-1')).release()
    expect(await once()).toMatchObject({ requestsFinished: 1 })
    const { httpClient } = bridge.http
    const without = new crawlee.HttpCrawler(
      { httpClient, useSessionPool: false, requestHandler: () => {} },
      freshConfiguration(crawlee),
    )
    expect(await without.run([server.origin])).toMatchObject({ requestsFinished: 1 })
  })
})
