import type * as Crawlee from '@crawlee/playwright'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { crawlWith as CrawlWith } from '../../../src/crawlee/index.ts'
import type { Broker } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { freshConfiguration, PLAYWRIGHT } from './crawlee-versions.ts'

describe.each(PLAYWRIGHT)('PlaywrightCrawler %s on sessions', (_, load) => {
  let crawlee: typeof Crawlee
  let crawlWith: typeof CrawlWith
  let broker: Broker
  beforeEach(async () => {
    ;({ crawlee, crawlWith } = await load())
    broker = await memoryBroker()
  })
  afterEach(() => broker.close())

  function crawler(options: Crawlee.PlaywrightCrawlerOptions, bridge = crawlWith(broker)) {
    return new crawlee.PlaywrightCrawler(
      { ...bridge.browser, maxConcurrency: 2, ...options },
      freshConfiguration(crawlee),
    )
  }

  it('passes a challenge, and shares its session with requests', async () => {
    await using gate = await startGate('cookie')
    const bridge = crawlWith(broker)
    const seen: string[] = []
    const crawl = crawler(
      {
        requestHandler: async ({ page, session }) => {
          await page.evaluate(() => localStorage.setItem('from', 'page'))
          const own = bridge.sessionOf(session)
          const response = await own.fetch(`${gate.origin}/http`)
          const item = await own.localStorage(gate.origin).get('from')
          seen.push(`${await page.textContent('h1')} ${response.status} ${response.via} ${item}`)
        },
      },
      bridge,
    )
    const urls = [1, 2, 3].map((number) => `${gate.origin}/${number}`)
    expect(await crawl.run(urls)).toMatchObject({ requestsFinished: 3, requestsFailed: 0 })
    expect(seen).toEqual(Array.from({ length: 3 }, () => 'content 200 http page'))
    // The crawler has closed its pages and its browser; the session goes on.
    const session = await broker.session('crawlee-1')
    expect((await session.fetch(`${gate.origin}/after`)).via).toBe('http')
  })

  it('sends each cookie as the session has it, and no deleted one', async () => {
    const sent: (string | undefined)[] = []
    await using server = await startHttpServer((request, response) => {
      if (request.url === '/favicon.ico') return void response.writeHead(404).end()
      sent.push(request.headers.cookie)
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>page</h1>')
    })
    const session = await broker.session('crawlee-1')
    await session.cookies.set('strict=1; Path=/; SameSite=Strict; HttpOnly', server.origin)
    await session.cookies.set('gone=1; Path=/', server.origin)
    const crawl = crawler({
      maxConcurrency: 1,
      requestHandler: () => session.cookies.clear({ name: 'gone' }),
      preNavigationHooks: [
        ({ request }) => {
          if (request.url.endsWith('/3')) request.headers = { Cookie: 'mine=1' }
        },
      ],
    })
    await crawl.run([1, 2, 3].map((number) => `${server.origin}/${number}`))
    expect(sent).toEqual(['strict=1; gone=1', 'strict=1', 'strict=1; mine=1'])
    expect(session.cookies.all()).toMatchObject([
      { name: 'strict', sameSite: 'strict', httpOnly: true },
      { name: 'mine' },
    ])
  })

  it('makes no second attempt at a CAPTCHA, and keeps a picture of what fails', async () => {
    await using gate = await startGate('captcha')
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>page</h1>')
    })
    const failed: unknown[] = []
    const crawl = crawler({
      maxRequestRetries: 1,
      statisticsOptions: { saveErrorSnapshots: true },
      requestHandler: () => {
        throw new Error('no price')
      },
      failedRequestHandler: (_context, error) => void failed.push((error as { code?: string }).code),
    })
    const result = await crawl.run([`${gate.origin}/a`, `${server.origin}/b`])
    expect(result).toMatchObject({ requestsFailed: 2, retryHistogram: [1, 1] })
    expect(failed.sort()).toEqual(['ONEJAR_CAPTCHA', undefined])
    expect(JSON.stringify(crawl.stats.errorTrackerRetry.result)).toMatch(/ERROR_SNAPSHOT_[\w-]+\.jpg/)
  })
})
