import { createHash } from 'node:crypto'
import { escapeHtml } from '../html.ts'
import { comparison } from './comparison.ts'
import { type DemoReport, rate } from './data.ts'
import { REPORT_STYLE } from './style.ts'
import { timeline } from './timeline.ts'

/**
 * The report as one HTML document: no script, nothing loaded from anywhere, and a policy of its own that says so, so
 * that it can be opened from a file, attached to a build, or served under a strict policy.
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
<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>${timeline(report)}
<p class="note">One mark is one request; marks on top of each other were under way at the same time.</p></section>
<section aria-labelledby="pace"><h2 id="pace">Compared with the browser alone</h2>${comparison(report)}</section>
<section aria-labelledby="events"><h2 id="events">What was decided, and why</h2>${events(report)}</section>
<section aria-labelledby="cookies"><h2 id="cookies">Cookies of the session</h2>${cookies(report)}</section>
<section aria-labelledby="requests"><h2 id="requests">Requests</h2>
<details><summary>All ${report.requests.length} requests</summary>${requests(report)}</details></section>
</main></body></html>
`
}

function tiles({ requests, visits, hybrid, browserOnly }: DemoReport): string {
  const own = requests.filter(({ via }) => via !== 'browser-only')
  const http = own.filter(({ via }) => via === 'http').length
  const ratio = rate(browserOnly) > 0 ? `${(rate(hybrid) / rate(browserOnly)).toFixed(1)} ×` : 'n/a'
  const tile = (name: string, value: string) => `<div><dt>${name}</dt><dd>${value}</dd></div>`
  return `<dl class="tiles">${[
    tile('Browser visits', String(visits.length)),
    tile('Requests by plain HTTP', `${http} of ${own.length}`),
    tile('Pages per second', rate(hybrid).toFixed(0)),
    tile('Against the browser alone', ratio),
  ].join('')}</dl>`
}

function figures(report: DemoReport): string {
  const rows = report.figures.map(({ name, value, ok }) => {
    const mark =
      ok === undefined
        ? ''
        : ok
          ? '<span class="good">as promised</span>'
          : '<span class="bad">not as promised</span>'
    return `<tr><th scope="row">${escapeHtml(name)}</th><td class="number">${escapeHtml(value)}</td><td>${mark}</td></tr>`
  })
  return table(['Figure', 'Value', 'Check'], rows)
}

function events({ events, startedAt }: DemoReport): string {
  if (events.length === 0) return '<p class="note">No events.</p>'
  const rows = events.map(
    ({ at, type, detail }) =>
      `<tr><td class="number">${((at - startedAt) / 1000).toFixed(3)} s</td><th scope="row"><code>${escapeHtml(type)}</code></th><td>${escapeHtml(detail)}</td></tr>`,
  )
  return table(['At', 'Event', 'Reason'], rows)
}

function cookies({ cookies }: DemoReport): string {
  if (cookies.length === 0) return '<p class="note">No cookies.</p>'
  const rows = cookies.map(
    ({ name, domain, maskedValue, attributes }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td><code>${escapeHtml(domain)}</code></td><td>${escapeHtml(maskedValue)}</td><td><code>${escapeHtml(attributes)}</code></td></tr>`,
  )
  return `${table(['Name', 'Domain', 'Value', 'Attributes'], rows)}<p class="note">Values are masked: first character and length.</p>`
}

function requests({ requests, startedAt }: DemoReport): string {
  const rows = requests.map(
    ({ at, path, via, status, ms }) =>
      `<tr><td class="number">${((at - startedAt) / 1000).toFixed(3)} s</td><th scope="row"><code>${escapeHtml(path)}</code></th><td>${escapeHtml(via)}</td><td class="number">${status}</td><td class="number">${ms.toFixed(1)} ms</td></tr>`,
  )
  return table(['At', 'Path', 'Via', 'Status', 'Took'], rows)
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('')
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}
