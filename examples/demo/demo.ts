import { crawl, crawlInBrowser } from './crawl/crawl.ts'
import { logIn } from './crawl/log-in.ts'
import type { CrawlSession } from './crawl/session.ts'
import { type DemoOutcome, figuresOf, paceOf } from './crawl/summary.ts'
import { targetsOf } from './crawl/targets.ts'
import { cookieRow, type ShownCookie } from './report/cookie-row.ts'
import type { DemoReport, ReportVisit } from './report/data.ts'
import { eventRow } from './report/event-row.ts'
import type { DemoStats } from './site/stats.ts'

export interface DemoOptions {
  /** How many requests run at the same time. */
  readonly concurrency: number
  /** How many items are fetched again in the browser only, for comparison. */
  readonly sample: number
  onProgress?(done: number, total: number): void
}

/** What `runDemo()` needs of a session; Onejar's `Session` has it. */
export interface DemoSession extends CrawlSession {
  readonly cookies: { all(): readonly ShownCookie[] }
  events(): AsyncIterable<{ readonly at: number; readonly type: string }>
}

/** What `runDemo()` needs of a site; a `DemoSite` has it, in this thread or in another. */
export interface CrawledSite {
  readonly origin: string
  readonly pages: number
  stats(): DemoStats | Promise<DemoStats>
}

/** The outcome and the report of one run. */
export interface DemoRun {
  readonly outcome: DemoOutcome
  readonly report: DemoReport
  /** Whether every page was right and the browser was challenged exactly once. */
  readonly ok: boolean
}

/**
 * Requests a page, which the gate answers with its challenge; logs in with the browser; crawls the whole shop; then crawls a
 * part of it in the browser only, and compares the two.
 */
export async function runDemo(
  session: DemoSession,
  site: CrawledSite,
  options: DemoOptions,
): Promise<DemoRun> {
  const { origin, pages } = site
  const events: { readonly at: number; readonly type: string }[] = []
  // It ends with the session, which the caller closes; its result is not needed.
  collect(session.events(), events).catch(() => {})
  const targets = targetsOf(pages)

  const startedAt = Date.now()
  await (await session.fetch(`${origin}/catalogue`)).text()
  const askedAt = Date.now()
  await logIn(session, origin)
  const login: ReportVisit = { from: askedAt, to: Date.now(), reason: 'log in' }
  const hybrid = await crawl(session, origin, targets, options)
  const decided = events.length
  const cookies = session.cookies.all().map(cookieRow)
  const browserOnly = await crawlInBrowser(session, origin, options.sample, pages)

  const outcome = { startedAt, hybrid, browserOnly, site: await site.stats() }
  const figures = figuresOf(outcome)
  const report: DemoReport = {
    title: 'One login, one challenge, then plain HTTP',
    origin,
    startedAt,
    solves: outcome.site.solves,
    figures,
    requests: [...hybrid.requests, ...browserOnly.requests],
    visits: [...visitsOf(events.slice(0, decided)), login],
    // The timeline shows the requests. The list shows the other events.
    events: events
      .slice(0, decided)
      .filter(({ type }) => type !== 'request')
      .map(eventRow),
    cookies,
    hybrid: paceOf(hybrid),
    browserOnly: paceOf(browserOnly),
  }
  return { outcome, report, ok: figures.every(({ ok }) => ok !== false) }
}

/** When the session had the browser solve a challenge, by its events. */
function visitsOf(events: readonly { readonly at: number; readonly type: string }[]): ReportVisit[] {
  const starts = events.filter(({ type }) => type === 'solve-start')
  const ends = events.filter(({ type }) => type === 'solve-end')
  return starts.flatMap(({ at }, i) => {
    const end = ends[i]
    return end ? [{ from: at, to: end.at, reason: 'challenge' }] : []
  })
}

/** Collects events until there are no more. */
async function collect<T>(from: AsyncIterable<T>, into: T[]): Promise<void> {
  for await (const one of from) into.push(one)
}
