import { escapeHtml } from '../html.ts'
import type { DemoReport, Lane, ReportRequest } from './data.ts'

const WIDTH = 1000
const LEFT = 104
const RIGHT = 16
const ROW = 7
const GAP = 16
const LANES: readonly Lane[] = ['http', 'page-fetch', 'page', 'browser-only']

/**
 * The requests over time, as an SVG. There is a lane for each transport, with one mark per request, and as many rows as
 * requests ran at the same time. Bars above the lanes show when the browser was in use.
 */
export function timeline(report: DemoReport): string {
  const { requests, visits } = report
  const start = Math.min(report.startedAt, ...requests.map(({ at }) => at), ...visits.map(({ from }) => from))
  const end = Math.max(start + 1, ...requests.map(({ at, ms }) => at + ms), ...visits.map(({ to }) => to))
  const x = (at: number) => LEFT + ((at - start) / (end - start)) * (WIDTH - LEFT - RIGHT)

  const parts: string[] = []
  let top = 8
  if (visits.length > 0) {
    parts.push(label('Browser visit', top + 12))
    for (const { from, to, reason } of visits) {
      const width = Math.max(3, x(to) - x(from))
      const title = `<title>${escapeHtml(reason)}: ${seconds(to - from)}</title>`
      parts.push(
        `<rect class="visit" x="${n(x(from))}" y="${top}" width="${n(width)}" height="18" rx="3">${title}</rect>`,
      )
    }
    top += 18 + GAP
  }
  for (const lane of LANES) {
    const inLane = requests.filter(({ via }) => via === lane)
    if (inLane.length === 0) continue
    const { rows, placed } = stack(inLane)
    const height = Math.max(14, rows * ROW)
    parts.push(label(lane, top + height / 2 + 4))
    for (const { request, row } of placed) {
      const width = Math.max(1.5, x(request.at + request.ms) - x(request.at) - 0.5)
      const title = `<title>${escapeHtml(`${request.path}, ${request.status}, ${request.ms.toFixed(1)} ms`)}</title>`
      const at = `x="${n(x(request.at))}" y="${n(top + row * ROW)}"`
      parts.push(`<rect class="${lane}" ${at} width="${n(width)}" height="${ROW - 1.5}">${title}</rect>`)
    }
    top += height + GAP
  }

  const axis = ticks(end - start).map((ms) => {
    const at = n(x(start + ms))
    const line = `<line class="grid" x1="${at}" x2="${at}" y1="0" y2="${top - 4}"/>`
    return `${line}<text x="${at}" y="${top + 12}" text-anchor="middle">${seconds(ms)}</text>`
  })
  const counts = LANES.map((lane) => [lane, requests.filter(({ via }) => via === lane).length] as const)
  const words = counts.flatMap(([lane, count]) => (count > 0 ? [`${count} by ${lane}`] : []))
  const description = `${visits.length} browser visits; ${words.join(', ')}; ${seconds(end - start)} in all.`
  return `<svg viewBox="0 0 ${WIDTH} ${top + 20}" role="img" aria-labelledby="timeline-title timeline-desc">
<title id="timeline-title">Requests over time</title><desc id="timeline-desc">${escapeHtml(description)}</desc>
${axis.join('')}
${parts.join('\n')}</svg>`
}

/** Gives each request the first row that is free when it starts. */
function stack(requests: readonly ReportRequest[]) {
  const busyUntil: number[] = []
  const placed = [...requests]
    .sort((a, b) => a.at - b.at)
    .map((request) => {
      const free = busyUntil.findIndex((until) => until <= request.at)
      const row = free === -1 ? busyUntil.length : free
      busyUntil[row] = request.at + request.ms
      return { request, row }
    })
  return { rows: busyUntil.length, placed }
}

/** Round times for the axis, five to ten of them. */
function ticks(spanMs: number): number[] {
  const power = 10 ** Math.floor(Math.log10(spanMs / 5))
  const step = power * ([1, 2, 5, 10].find((factor) => spanMs / (power * factor) <= 10) ?? 10)
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, index) => index * step)
}

function label(text: string, y: number): string {
  return `<text class="strong" x="0" y="${n(y)}">${text}</text>`
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(3))} s`
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100)
}
