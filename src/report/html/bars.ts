import { ms } from '../event-words.ts'
import type { ReportData, ReportRequest, ReportSpan } from '../report-data.ts'
import { escapeHtml } from './escape-html.ts'

const LANES = ['http', 'page-fetch', 'page'] as const
/** The width of every picture, in its own units: it takes the width that there is. */
const WIDTH = 1000
const LANE_ROWS = 12

/** The time that a report's pictures show: from its first bar to its last. */
export interface Scale {
  readonly from: number
  readonly to: number
}

export function scaleOf({ from, to, requests, spans }: ReportData): Scale {
  let [first, last] = [from, Math.max(to, from + 1)]
  for (const { at, ms: took } of requests.items) {
    first = Math.min(first, at - took)
    last = Math.max(last, at)
  }
  for (const span of spans.items) {
    first = Math.min(first, span.from)
    last = Math.max(last, span.to ?? to)
  }
  return { from: first, to: last }
}

/** What took time, a labelled bar for each. */
export function spanBars(spans: readonly ReportSpan[], scale: Scale): string {
  const bars = spans.map((span) => {
    const to = span.to ?? scale.to
    const end = span.to === null ? 'not over' : (span.outcome ?? '')
    const tone = span.outcome === 'failed' ? 'bad' : 'good'
    const outcome = end === '' ? '' : `, <span class="${tone}">${end}</span>`
    const className = span.outcome === 'failed' ? 'failed' : span.kind
    return `<li><p>${escapeHtml(span.label)}: ${ms(to - span.from)}${outcome}</p>${bar(
      'bar',
      [rect(className, span.from, to, scale, 0, 10)],
      10,
    )}</li>`
  })
  return `<ol class="bars">${bars.join('\n')}</ol>${axis(scale)}`
}

/** The requests over time: a lane for each transport, a mark for each request. */
export function requestLanes(requests: readonly ReportRequest[], scale: Scale): string {
  const lanes = LANES.flatMap((via) => {
    const own = requests.filter((request) => request.via === via)
    if (own.length === 0) return []
    const marks = stacked(own).map(({ request, row }) => {
      const { at, ms: took, status } = request
      return rect(status === null ? 'failed' : via, at - took, at, scale, row * 4, 3)
    })
    const noun = own.length === 1 ? 'request' : 'requests'
    return [
      `<li><p><span class="via ${via}">${via}</span>: ${own.length} ${noun}</p>${bar('lane', marks, LANE_ROWS * 4)}</li>`,
    ]
  })
  return `<ol class="bars">${lanes.join('\n')}</ol>${axis(scale)}`
}

/** What the words beside it say is not read out twice. */
function bar(className: string, marks: readonly string[], height: number): string {
  return `<svg class="${className}" viewBox="0 0 ${WIDTH} ${height}" preserveAspectRatio="none" aria-hidden="true"><rect class="back" width="${WIDTH}" height="${height}"/>${marks.join('')}</svg>`
}

function rect(className: string, from: number, to: number, scale: Scale, y: number, height: number): string {
  const x = (at: number) => ((at - scale.from) / (scale.to - scale.from)) * WIDTH
  const left = Math.min(x(from), WIDTH - 3)
  const width = Math.max(3, x(to) - left)
  return `<rect class="${className}" x="${n(left)}" y="${y}" width="${n(width)}" height="${height}"/>`
}

function axis({ from, to }: Scale): string {
  return `<p class="axis"><span>0</span><span>${ms((to - from) / 2)}</span><span>${ms(to - from)}</span></p>`
}

/** Gives each request a row that is free when it starts; with more at a time than there are rows, marks lie on each other. */
function stacked(requests: readonly ReportRequest[]) {
  const busyUntil: number[] = []
  return requests
    .map((request) => ({ request, from: request.at - request.ms }))
    .sort((a, b) => a.from - b.from)
    .map(({ request, from }) => {
      const free = busyUntil.findIndex((until) => until <= from)
      const row = free === -1 ? busyUntil.length % LANE_ROWS : free
      busyUntil[row] = Math.max(request.at, busyUntil[row] ?? 0)
      return { request, row }
    })
}

function n(value: number): number {
  return Math.round(value * 100) / 100
}
