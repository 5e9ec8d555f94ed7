/** The transport of a request; `browser-only` marks the crawl for comparison. */
export type Lane = 'http' | 'page-fetch' | 'page' | 'browser-only'

export interface ReportRequest {
  /** Epoch milliseconds, when it was started. */
  readonly at: number
  /** Path without the query. */
  readonly path: string
  readonly via: Lane
  readonly status: number
  readonly ms: number
}

export interface ReportEvent {
  readonly at: number
  readonly type: string
  /** Why, in words without secrets. */
  readonly detail: string
}

/** A time during which a page of the session was open. */
export interface ReportVisit {
  readonly from: number
  readonly to: number
  readonly reason: string
}

export interface ReportCookie {
  readonly name: string
  readonly domain: string
  /** Made with `maskValue`. */
  readonly maskedValue: string
  /** As `Path=/; HttpOnly`. */
  readonly attributes: string
}

/** How many pages were fetched in how long. */
export interface Pace {
  readonly pages: number
  readonly ms: number
}

/** A row of the summary, and whether it is as promised. */
export interface ReportFigure {
  readonly name: string
  readonly value: string
  readonly ok?: boolean
}

/** Everything that the report shows. It must not hold secrets: values are masked before. */
export interface DemoReport {
  readonly title: string
  readonly origin: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** Challenges that the browser solved, by the site's count. */
  readonly solves: number
  readonly figures: readonly ReportFigure[]
  readonly requests: readonly ReportRequest[]
  readonly visits: readonly ReportVisit[]
  readonly events: readonly ReportEvent[]
  readonly cookies: readonly ReportCookie[]
  readonly hybrid: Pace
  readonly browserOnly: Pace
}

/** The part of a secret that may be shown: its first character and its length. */
export function maskValue(value: string): string {
  if (value === '') return '(empty)'
  return `${value.length > 4 ? value[0] : ''}… (${value.length} ${value.length === 1 ? 'character' : 'characters'})`
}

/** Pages per second. */
export function rate(pace: Pace): number {
  return pace.ms > 0 ? (pace.pages * 1000) / pace.ms : 0
}
