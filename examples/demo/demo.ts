import { crawl, crawlInBrowser } from './crawl/crawl.ts'
import { logIn } from './crawl/log-in.ts'
import type { CrawlSession } from './crawl/session.ts'
import { type DemoOutcome, type Figure, figuresOf } from './crawl/summary.ts'
import { targetsOf } from './crawl/targets.ts'
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
  report(): {
    begin(label: string): () => void
    html(page: { readonly title: string; readonly figures: readonly Figure[] }): string
  }
}

/** What `runDemo()` needs of a site; a `DemoSite` has it, in this thread or in another. */
export interface CrawledSite {
  readonly origin: string
  readonly pages: number
  stats(): DemoStats | Promise<DemoStats>
}

/** The outcome and the report of one run. */
export interface DemoRun {
  readonly title: string
  readonly outcome: DemoOutcome
  readonly figures: readonly Figure[]
  /** The report, as an HTML document. */
  readonly html: string
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
  const title = 'One login, one challenge, then plain HTTP'
  const report = session.report()
  const startedAt = Date.now()
  await (await session.fetch(`${origin}/catalogue`)).text()
  await timed('login in a page of the session', () => logIn(session, origin))
  const targets = targetsOf(pages)
  const hybrid = await timed('crawl of the whole shop', () => crawl(session, origin, targets, options))
  const browserOnly = await timed('for comparison, a part of it in the browser alone', () =>
    crawlInBrowser(session, origin, options.sample, pages),
  )
  const outcome = { startedAt, hybrid, browserOnly, site: await site.stats() }
  const figures = figuresOf(outcome)
  const html = report.html({ title, figures })
  return { title, outcome, figures, html, ok: figures.every(({ ok }) => ok !== false) }

  async function timed<T>(label: string, work: () => Promise<T>): Promise<T> {
    const done = report.begin(label)
    try {
      return await work()
    } finally {
      done()
    }
  }
}
