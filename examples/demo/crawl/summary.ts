import { type Lane, type ReportFigure, rate } from '../report/data.ts'
import type { DemoStats } from '../site/stats.ts'
import type { CrawlResult } from './crawl.ts'

/** The result of a run of the demo. */
export interface DemoOutcome {
  /** Epoch milliseconds when the session was asked for its first page, before the login. */
  readonly startedAt: number
  readonly hybrid: CrawlResult
  readonly browserOnly: CrawlResult
  /** The site's own count, taken at the end. */
  readonly site: DemoStats
}

/** The figures of a run. Each that has a target says whether it was met. */
export function figuresOf({ startedAt, hybrid, browserOnly, site }: DemoOutcome): ReportFigure[] {
  const own = paceOf(hybrid)
  const browser = paceOf(browserOnly)
  const pages = hybrid.requests.length + browserOnly.requests.length
  const wrong = hybrid.wrong.length + browserOnly.wrong.length
  const first = hybrid.firstAt === null ? 'none' : `${whole(hybrid.firstAt - startedAt)} ms`
  const by = (lane: Lane) => whole(hybrid.requests.filter(({ via }) => via === lane).length)
  return [
    { name: 'Browser visits (challenges solved)', value: whole(site.solves), ok: site.solves === 1 },
    {
      name: 'Pages correct',
      value: `${whole(pages - wrong)} of ${whole(pages)}`,
      ok: wrong === 0 && pages > 0,
    },
    { name: 'Requests by http', value: by('http') },
    { name: 'Requests by page-fetch', value: by('page-fetch') },
    { name: 'Requests by page', value: by('page') },
    { name: 'Gate pages that the site showed', value: whole(site.gateShown) },
    { name: 'API calls without a valid token', value: whole(site.apiUnauthorised) },
    { name: 'Time to first page, login included', value: first },
    { name: 'Pages per second, Onejar', value: whole(rate(own)) },
    { name: 'Pages per second, all in the browser', value: rate(browser).toFixed(1) },
    { name: 'Ratio', value: rate(browser) > 0 ? `${(rate(own) / rate(browser)).toFixed(1)} ×` : 'n/a' },
  ]
}

/** How many pages in how long. */
export function paceOf({ requests, ms }: CrawlResult) {
  return { pages: requests.length, ms }
}

/** The figures as lines of text in two columns. */
export function tableOf(figures: readonly ReportFigure[]): string {
  const names = Math.max(...figures.map(({ name }) => name.length))
  const values = Math.max(...figures.map(({ value }) => value.length))
  const lines = figures.map(({ name, value, ok }) => {
    const mark = ok === undefined ? '' : ok ? '  ok' : '  NOT AS PROMISED'
    return `  ${name.padEnd(names)}  ${value.padStart(values)}${mark}`
  })
  return `${lines.join('\n')}\n`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
