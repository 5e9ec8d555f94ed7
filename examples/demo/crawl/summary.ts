import type { DemoStats } from '../site/stats.ts'
import type { CrawlRequest, CrawlResult } from './crawl.ts'

/** A row of the summary, and whether it is as promised. */
export interface Figure {
  readonly name: string
  readonly value: string
  readonly ok?: boolean
}

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
export function figuresOf({ startedAt, hybrid, browserOnly, site }: DemoOutcome): Figure[] {
  const own = rateOf(hybrid)
  const browser = rateOf(browserOnly)
  const pages = hybrid.requests.length + browserOnly.requests.length
  const wrong = hybrid.wrong.length + browserOnly.wrong.length
  const first = hybrid.firstAt === null ? 'none' : `${whole(hybrid.firstAt - startedAt)} ms`
  const by = (lane: CrawlRequest['via']) => whole(hybrid.requests.filter(({ via }) => via === lane).length)
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
    { name: 'Pages per second, Onejar', value: whole(own) },
    { name: 'Pages per second, all in the browser', value: browser.toFixed(1) },
    { name: 'Ratio', value: browser > 0 ? `${(own / browser).toFixed(1)} ×` : 'n/a' },
  ]
}

/** Pages per second. */
function rateOf({ requests, ms }: CrawlResult): number {
  return ms > 0 ? (requests.length * 1000) / ms : 0
}

/** The figures as lines of text in two columns. */
export function tableOf(figures: readonly Figure[]): string {
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
