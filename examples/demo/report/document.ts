import { createHash } from 'node:crypto'
import { escapeHtml } from '../html.ts'
import { comparison } from './comparison.ts'
import { type DemoReport, rate } from './data.ts'
import { REPORT_STYLE } from './style.ts'
import { timeline } from './timeline.ts'

/**
 * The report as one HTML document, without scripts and without anything that has to be loaded. Its content security policy
 * forbids both, so it can be opened from a file, attached to a build, or served under a strict policy.
 */
export function reportDocument(report: DemoReport): string {
  const styleHash = createHash('sha256').update(REPORT_STYLE).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:`
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(report.title)}</title><link rel="icon" href="data:,">
<style>${REPORT_STYLE}</style></head>
<body><header><h1>${escapeHtml(report.title)}</h1>
<p class="lead"><code>${escapeHtml(report.origin)}</code>, ${new Date(report.startedAt).toISOString()}</p></header>
<main>
${tiles(report)}
<section aria-labelledby="summary"><h2 id="summary">Summary</h2>${figures(report)}</section>
<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>${wide('timeline', timeline(report))}
<p class="note">One mark is one request; marks on top of each other were under way at the same time.</p></section>
<section aria-labelledby="pace"><h2 id="pace">Compared with the browser alone</h2>${wide('pace', comparison(report))}</section>
<section aria-labelledby="events"><h2 id="events">What was decided, and why</h2>${events(report)}</section>
<section aria-labelledby="cookies"><h2 id="cookies">Cookies of the session</h2>${cookies(report)}</section>
<section aria-labelledby="requests"><h2 id="requests">Requests</h2>
<details><summary>All ${report.requests.length} requests</summary>${requests(report)}</details></section>
</main></body></html>
`
}

function tiles({ requests, solves, hybrid, browserOnly }: DemoReport): string {
  const own = requests.filter(({ via }) => via !== 'browser-only')
  const http = own.filter(({ via }) => via === 'http').length
  const ratio = rate(browserOnly) > 0 ? `${(rate(hybrid) / rate(browserOnly)).toFixed(1)} ×` : 'n/a'
  const tile = (name: string, value: string) => `<div><dt>${name}</dt><dd>${value}</dd></div>`
  return `<dl class="tiles">${[
    tile('Challenges solved', String(solves)),
    tile('Requests by plain HTTP', `${http} of ${own.length}`),
    tile('Pages per second', Math.round(rate(hybrid)).toLocaleString('en')),
    tile('Against the browser alone', ratio),
  ].join('')}</dl>`
}

function figures(report: DemoReport): string {
  const rows = report.figures.map(({ name, value, ok }) => {
    const verdict = ok ? '<span class="good">as promised</span>' : '<span class="bad">not as promised</span>'
    return row(
      `<th scope="row">${escapeHtml(name)}</th>`,
      number(value),
      cell(ok === undefined ? '' : verdict),
    )
  })
  return table('summary', ['Figure', '#Value', 'Check'], rows)
}

function events({ events, startedAt }: DemoReport): string {
  if (events.length === 0) return '<p class="note">No events.</p>'
  const rows = events.map(({ at, type, detail }) =>
    row(number(since(startedAt, at)), head(type), cell(escapeHtml(detail))),
  )
  return table('events', ['#At', 'Event', 'Reason'], rows)
}

function cookies({ cookies }: DemoReport): string {
  if (cookies.length === 0) return '<p class="note">No cookies.</p>'
  const rows = cookies.map(({ name, domain, maskedValue, attributes }) =>
    row(head(name), cell(code(domain)), cell(escapeHtml(maskedValue)), cell(code(attributes))),
  )
  const note = '<p class="note">Values are masked: first character and length.</p>'
  return table('cookies', ['Name', 'Domain', 'Value', 'Attributes'], rows) + note
}

function requests({ requests, startedAt }: DemoReport): string {
  const rows = requests.map(({ at, path, via, status, ms }) => {
    const took = number(`${ms.toFixed(1)} ms`)
    return row(number(since(startedAt, at)), head(path), cell(via), number(String(status)), took)
  })
  return table('requests', ['#At', 'Path', 'Via', '#Status', '#Took'], rows)
}

/** A table. A heading that starts with `#` marks a column of numbers. */
function table(labelledBy: string, heads: readonly string[], rows: readonly string[]): string {
  const cells = heads.map((name) =>
    name.startsWith('#')
      ? `<th scope="col" class="number">${name.slice(1)}</th>`
      : `<th scope="col">${name}</th>`,
  )
  const body = `<tbody>${rows.join('\n')}</tbody>`
  return wide(labelledBy, `<table><thead><tr>${cells.join('')}</tr></thead>${body}</table>`)
}

/** Wraps content that may be wider than a small screen, so that it scrolls on its own, by keyboard too. */
function wide(labelledBy: string, content: string): string {
  return `<div class="wide" role="region" tabindex="0" aria-labelledby="${labelledBy}">${content}</div>`
}

const row = (...cells: readonly string[]) => `<tr>${cells.join('')}</tr>`
const cell = (html: string) => `<td>${html}</td>`
const number = (text: string) => `<td class="number">${escapeHtml(text)}</td>`
const head = (text: string) => `<th scope="row">${code(text)}</th>`
const code = (text: string) => `<code>${escapeHtml(text)}</code>`
const since = (start: number, at: number) => `${((at - start) / 1000).toFixed(3)} s`
