import type { Browser, BrowserContext } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DemoOutcome, figuresOf, tableOf } from '../../../examples/demo/crawl/summary.ts'
import { type DemoSession, runDemo } from '../../../examples/demo/demo.ts'
import { itemPage } from '../../../examples/demo/site/catalogue.ts'
import { type DemoSite, startDemoSite } from '../../../examples/demo/site/server.ts'
import { emptyStats } from '../../../examples/demo/site/stats.ts'
import { launchChromium } from '../../support/launch-chromium.ts'

const SMALL = { pages: 40, cost: 100 }
const OPTIONS = { concurrency: 4, sample: 5 }

/**
 * A stand-in session, so that the demo's own judgement can be tested by itself: a Playwright context, whose request
 * client shares its cookies.
 */
function standIn(context: BrowserContext, spoil: (path: string, body: string) => string = (_, body) => body) {
  const session: DemoSession = {
    async fetch(url, init = {}) {
      const response = await context.request.get(url, init)
      const body = spoil(new URL(url).pathname, await response.text())
      return Object.assign(new Response(body, { status: response.status() }), { via: 'http' as const })
    },
    page: () => context.newPage(),
    localStorage: (origin) => ({
      async get(key) {
        const { origins } = await context.storageState()
        const items = origins.find((one) => one.origin === origin)?.localStorage
        return items?.find(({ name }) => name === key)?.value ?? null
      },
    }),
    report: () => ({
      begin: () => () => {},
      html: ({ title, figures }) => [title, ...figures.map(({ name }) => name)].join('\n'),
    }),
  }
  return session
}

describe('runDemo()', () => {
  let browser: Browser
  let context: BrowserContext
  let site: DemoSite
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    site = await startDemoSite(SMALL)
    context = await browser.newContext()
  })
  afterEach(async () => {
    await context.close()
    await site.close()
  })

  it('is content when every page is right after one challenge', async () => {
    const progress: number[] = []
    const onProgress = (done: number) => progress.push(done)
    const { ok, outcome, html } = await runDemo(standIn(context), site, { ...OPTIONS, onProgress })
    expect(outcome.hybrid.wrong).toEqual([])
    expect(outcome.browserOnly.wrong).toEqual([])
    expect(ok).toBe(true)
    expect(progress).toEqual(Array.from({ length: 53 }, (_, index) => index + 1))
    expect(outcome.site).toMatchObject({
      solves: 1,
      // Once for the first request, which a stand-in does not escalate, and once for the login.
      gateShown: 2,
      itemsServed: 45,
      listsServed: 3,
      apiCalls: 11,
    })
    expect(html.split('\n')).toContain('Pages correct')
  })

  it('names the pages that are wrong: one altered, one of another item', async () => {
    const spoil = (path: string, body: string) => {
      if (path === '/item/7') return body.replace('Details', 'Detail')
      return path === '/item/9' ? itemPage(10, SMALL.pages) : body
    }
    const { ok, outcome } = await runDemo(standIn(context, spoil), site, OPTIONS)
    expect([...outcome.hybrid.wrong].sort()).toEqual(['/item/7', '/item/9'])
    expect(ok).toBe(false)
  })
})

describe('figuresOf()', () => {
  const request = { at: 1_050, path: '/item/1', via: 'http', status: 200, ms: 5 } as const
  const result = { requests: [request], wrong: [], firstAt: 1_055, ms: 5 }
  const site = { ...emptyStats(), solves: 1 }
  const outcome: DemoOutcome = { startedAt: 1_000, hybrid: result, browserOnly: { ...result, ms: 50 }, site }
  const broken = (changed: Partial<DemoOutcome>) =>
    figuresOf({ ...outcome, ...changed }).flatMap(({ name, ok }) => (ok === false ? [name] : []))

  it('finds nothing to say against one solve and right pages', () => {
    expect(broken({})).toEqual([])
    expect(tableOf(figuresOf(outcome))).toMatch(/Ratio +10\.0 ×\n/)
  })

  it.each([0, 2])('says that %i solves are not one', (solves) => {
    expect(broken({ site: { ...site, solves } })).toEqual(['Browser visits (challenges solved)'])
  })

  it('says that a wrong page is wrong, in either crawl, and that no page is not enough', () => {
    const wrong = { ...result, wrong: ['/item/1'] }
    const none = { ...result, requests: [] }
    expect(broken({ hybrid: wrong })).toEqual(['Pages correct'])
    expect(broken({ browserOnly: wrong })).toEqual(['Pages correct'])
    expect(broken({ hybrid: none, browserOnly: none })).toEqual(['Pages correct'])
  })
})
