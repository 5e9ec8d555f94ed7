import { chromium } from 'playwright'
import { defaultBrowserArgs, findBrowser } from '../../src/browser/index.ts'
import { type Broker, openBroker, type Session } from '../../src/index.ts'
import type { GatedServer } from './gated-server.ts'

/** How many requests are under way at once. */
const HTTP_AT_ONCE = 32
/** The number at which pages per second were highest on two cores. */
const PAGES_AT_ONCE = 4

/** How long something took, and what the site counted meanwhile. */
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

/** Times a crawl from its first request on: the challenge is in it. */
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

/** Onejar: one visit, then HTTP. */
export function hybrid(server: GatedServer, session: Session, pages: number): Promise<Crawl> {
  return timed(server, pages, () =>
    atOnce(HTTP_AT_ONCE, pages, (n) => read(session, `${server.origin}/item/${n}`)),
  )
}

/** All callers at once, each with a page of its own. */
export function crowd(server: GatedServer, session: Session, callers: number): Promise<Crawl> {
  return timed(server, callers, () =>
    atOnce(callers, callers, (n) => read(session, `${server.origin}/item/${n}`)),
  )
}

/** A browser that is driven by hand with Playwright. */
export async function openBareBrowser() {
  const found = await findBrowser({})
  if (!found) throw new Error('There is no Chromium')
  const browser = await chromium.launch({ executablePath: found.executablePath, args: defaultBrowserArgs() })
  return browser
}
export type BareBrowser = Awaited<ReturnType<typeof openBareBrowser>>

/** The same pages all in the browser: one context, as many pages as are fastest, each waits for its document only. */
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

/** What a script of Playwright does to pass the challenge. */
export async function bareSolve(
  server: GatedServer,
  page: Awaited<ReturnType<BareBrowser['newPage']>>,
): Promise<void> {
  await page.goto(`${server.origin}/`, { waitUntil: 'commit' })
  await page.waitForSelector('h1')
}
