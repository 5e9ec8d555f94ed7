import { createHash } from 'node:crypto'
import { ms } from '../event-words.ts'
import type {
  Kept,
  ReportChallenge,
  ReportData,
  ReportFigure,
  ReportPage,
  ReportRequest,
} from '../report-data.ts'
import { requestLanes, scaleOf, spanBars } from './bars.ts'
import { escapeHtml } from './escape-html.ts'
import { REPORT_STYLE } from './report-style.ts'

/**
 * A report as one HTML document, without scripts and without anything that has to be loaded. Its content security policy
 * forbids both, so it can be opened from a file, attached to a build, or served under a strict policy.
 */
export function reportDocument(
  data: ReportData,
  { title = 'Session report', figures = [] }: ReportPage,
): string {
  const styleHash = createHash('sha256').update(REPORT_STYLE).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'`
  const { from, to } = data
  const since = (at: number) => `${((at - from) / 1000).toFixed(3)} s`
  const scale = scaleOf(data)
  const { requests, spans, challenges, events, changes, cookies, storage } = data
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="icon" href="data:,">
<style>${REPORT_STYLE}</style></head>
<body><header><h1>${escapeHtml(title)}</h1>
<p class="lead">${instant(from)}, ${ms(to - from)}</p></header>
<main>
${tiles(data)}
${figures.length === 0 ? '' : section('summary', 'Summary', rows(figures.map(figureRow)))}
${section('spans', 'When the browser or a person was at work', spans.items.length === 0 ? none('Neither was needed.') : spanBars(spans.items, scale) + left(spans, 'earlier ones'))}
${section('lanes', 'Requests over time', requests.items.length === 0 ? none('No requests.') : requestLanes(requests.items, scale))}
${section('challenges', 'Challenges, and what showed them', challenges.items.length === 0 ? none('No response was taken for a challenge.') : rows(challenges.items.map((one) => challengeRow(one, since))) + left(challenges, 'earlier challenges'))}
${section('events', 'What was decided, and why', events.items.length === 0 ? none('No events but requests.') : rows(events.items.map(({ at, title: what, words }) => row(since(at), `<p><strong>${escapeHtml(what)}</strong></p><p>${escapeHtml(words)}</p>`))) + left(events, 'earlier events'))}
${section('requests', 'Requests, and why each took its transport', folded(requests, 'requests', rows(requests.items.map((one) => requestRow(one, since)))))}
${section('changes', 'Who wrote cookies and localStorage', folded(changes, 'changes', rows(changes.items.map(({ at, what, deed, name, where, by }) => row(since(at), `<p>${what} <code>${escapeHtml(name)}</code> of <code>${escapeHtml(where)}</code> ${deed} by ${escapeHtml(by)}</p>`)))))}
${section('cookies', 'Cookies at the end', cookies.items.length === 0 ? none('None.') : rows(cookies.items.map(({ name, domain, attributes, valueBytes }) => row(escapeHtml(`${valueBytes} B`), `<p><code>${escapeHtml(name)}</code> of <code>${escapeHtml(domain)}</code></p><p class="why"><code>${escapeHtml(attributes)}</code></p>`))) + left(cookies, 'other cookies'))}
${section('storage', 'localStorage at the end', storage.items.length === 0 ? none('None.') : rows(storage.items.map(({ origin, items }) => row(`${items} ${items === 1 ? 'item' : 'items'}`, `<code>${escapeHtml(origin)}</code>`))) + left(storage, 'other origins'))}
<p class="note">Values of cookies and of localStorage are not in this file. URLs are origin and path.</p>
</main></body></html>
`
}

function tiles({ counts }: ReportData): string {
  const { requests, failed, byTransport, challenges, solves, failedSolves } = counts
  const tile = (name: string, value: string) => `<div><dt>${name}</dt><dd>${value}</dd></div>`
  return `<dl class="tiles">${[
    tile('Requests', requests.toLocaleString('en')),
    tile('By plain HTTP', byTransport.http.toLocaleString('en')),
    tile('In a page', (byTransport['page-fetch'] + byTransport.page).toLocaleString('en')),
    tile('Failed', failed.toLocaleString('en')),
    tile('Challenges', challenges.toLocaleString('en')),
    tile('Solves that passed', `${solves - failedSolves} of ${solves}`),
  ].join('')}</dl>`
}

function figureRow({ name, value, ok }: ReportFigure): string {
  const check = ok ? '<span class="good">as promised</span>' : '<span class="bad">not as promised</span>'
  return row(escapeHtml(value), `<p>${escapeHtml(name)}${ok === undefined ? '' : `: ${check}`}</p>`)
}

function requestRow(
  { at, ms: took, method, url, via, status, verdict, reason }: ReportRequest,
  since: Since,
): string {
  const answer =
    status === null ? `<span class="bad">${escapeHtml(verdict)}</span>` : `${status} ${escapeHtml(verdict)}`
  return row(
    since(at - took),
    `<p><code>${escapeHtml(`${method} ${url}`)}</code></p><p><span class="via ${via}">${via}</span>, ${answer}, ${ms(took)}</p><p class="why">${escapeHtml(reason)}</p>`,
  )
}

function challengeRow(
  { at, url, verdict, vendor, evidence, mistaken }: ReportChallenge,
  since: Since,
): string {
  const whose = vendor === null ? '' : ` by ${vendor}`
  const list = evidence.map(
    ({ verdict: speaksFor, weight, signal, where, note }) =>
      `<li>${escapeHtml(`${speaksFor} +${weight.toFixed(2)}, ${signal} in ${where}: ${note}`)}</li>`,
  )
  const heading = `<h3>${escapeHtml(verdict + whose)}${mistaken ? ': a mistake, it was the page' : ''}</h3>`
  return row(
    since(at),
    `${heading}<p><code>${escapeHtml(url)}</code></p><ul class="evidence">${list.join('')}</ul>`,
  )
}

type Since = (at: number) => string

function section(id: string, heading: string, content: string): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>`
}

/** A long list, closed at first. */
function folded<T>(kept: Kept<T>, noun: string, list: string): string {
  if (kept.items.length === 0) return none(`No ${noun}.`)
  const many = kept.left === 0 ? `All ${kept.items.length}` : `The latest ${kept.items.length}`
  return `<details><summary>${many} ${noun}</summary>${list}</details>${left(kept, `earlier ${noun}`)}`
}

function left({ left: count }: Kept<unknown>, noun: string): string {
  return count === 0
    ? ''
    : `<p class="note">${count.toLocaleString('en')} ${noun} are counted, and not kept.</p>`
}

function rows(list: readonly string[]): string {
  return `<ol class="rows">${list.join('\n')}</ol>`
}

const row = (at: string, html: string) => `<li><span class="at">${at}</span><div>${html}</div></li>`
const none = (text: string) => `<p class="note">${text}</p>`

function instant(at: number): string {
  return new Date(at).toISOString()
}
