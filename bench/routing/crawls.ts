import { chromium } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { type Broker, openBroker, type Session } from '../../src/index.ts'
import type { GatedServer } from './gated-server.ts'

/** How many requests run at the same time. */
const HTTP_AT_ONCE = 32
/** How many pages are open: the number with the most pages per second on two cores. */
const PAGES_AT_ONCE = 4

/** How long a crawl took, and what the site counted during it. */
export interface Crawl {
  readonly pages: number
  readonly ms: number
  readonly solves: number
  readonly challenged: number
}

export async function atOnce(
  count: number,
  total: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: count }, async () => {
      while (next < total) await work(next++)
    }),
  )
}

/** Measures a crawl from its first request on, so the challenge is included. */
async function timed(server: GatedServer, pages: number, run: () => Promise<void>): Promise<Crawl> {
  await server.reset()
  const startedAt = performance.now()
  await run()
  const ms = performance.now() - startedAt
  const { solves, challenged } = await server.reset()
  return { pages, ms, solves, challenged }
}

export async function openQuietBroker(now: () => number = Date.now): Promise<Broker> {
  return openBroker({ store: 'memory' }, { clock: { now } })
}

async function read(session: Session, url: string): Promise<void> {
  const response = await session.fetch(url)
  const text = await response.text()
  if (response.status !== 200 || !text.includes('quick brown fox'))
    throw new Error(`no page: ${response.status}`)
}

/** Onejar: one solve in the browser, then HTTP. */
export function hybrid(server: GatedServer, session: Session, pages: number): Promise<Crawl> {
  return timed(server, pages, () =>
    atOnce(HTTP_AT_ONCE, pages, (n) => read(session, `${server.origin}/item/${n}`)),
  )
}

/** Onejar with all callers at once, each of which fetches its own pages. */
export function crowd(server: GatedServer, session: Session, callers: number): Promise<Crawl> {
  return timed(server, callers, () =>
    atOnce(callers, callers, (n) => read(session, `${server.origin}/item/${n}`)),
  )
}

/** A browser that a script of Playwright drives. */
export async function openBareBrowser() {
  const found = await findBrowser({})
  if (!found) throw new Error('There is no Chromium')
  const browser = await chromium.launch({ executablePath: found.executablePath, args: defaultBrowserArgs() })
  return browser
}
export type BareBrowser = Awaited<ReturnType<typeof openBareBrowser>>

/** The same pages in the browser only: one context, and the fastest number of pages, each of which waits for its document alone. */
export async function browserOnly(server: GatedServer, browser: BareBrowser, pages: number): Promise<Crawl> {
  const context = await browser.newContext()
  const crawl = await timed(server, pages, async () => {
    await bareSolve(server, await context.newPage())
    const tabs = await Promise.all(Array.from({ length: PAGES_AT_ONCE }, () => context.newPage()))
    await atOnce(PAGES_AT_ONCE, pages, async (n) => {
      const tab = tabs.pop()
      if (!tab) throw new Error('no tab is free')
      await tab.goto(`${server.origin}/item/${n}`, { waitUntil: 'domcontentloaded' })
      if (!(await tab.content()).includes('quick brown fox')) throw new Error('no page')
      tabs.push(tab)
    })
  })
  await context.close()
  return crawl
}

/** Passes the challenge in the way that a script of Playwright does. */
export async function bareSolve(
  server: GatedServer,
  page: Awaited<ReturnType<BareBrowser['newPage']>>,
): Promise<void> {
  await page.goto(`${server.origin}/`, { waitUntil: 'commit' })
  await page.waitForSelector('h1')
}
