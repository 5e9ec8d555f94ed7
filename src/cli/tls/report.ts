import { createHash } from 'node:crypto'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import type { Side } from './side.ts'

/** A line of the comparison; null where a side has nothing. */
interface Row {
  readonly what: string
  readonly http: string | null
  readonly browser: string | null
}

/** What is printed of two sides. */
export interface TlsReport {
  readonly url: string
  readonly http: Side
  readonly browser: Side
  /** Of version, cipher, ALPN, JA3, JA4 and pin those that differ. */
  readonly differs: readonly string[]
}

export function tlsReport(url: URL, http: Side, browser: Side): TlsReport {
  const differs = rowsOf(http, browser)
    .filter((row) => isDifferent(row))
    .map(({ what }) => what)
  return { url: `${url.origin}/`, http, browser, differs }
}

export function tlsText({ url, http, browser, differs }: TlsReport): string {
  const rows = rowsOf(http, browser).map((row) => [
    row.what,
    row.http ?? '-',
    row.browser ?? '-',
    isDifferent(row) ? 'differs' : '',
  ])
  const parts = [`${printable(url)}\n`, table(['', 'HTTP', 'BROWSER', ''], rows)]
  const chain = http.chain.length > 0 ? http.chain : browser.chain
  if (chain.length > 0) {
    const head = ['CERTIFICATE', 'ISSUER', 'VALID UNTIL', 'PIN']
    parts.push(
      table(
        head,
        chain.map(({ subject, issuer, validUntil, pin }) => [subject, issuer, validUntil.slice(0, 10), pin]),
      ),
    )
  }
  parts.push(differs.length === 0 ? 'nothing differs\n' : `differs: ${differs.join(', ')}\n`)
  return parts.join('\n')
}

function rowsOf(http: Side, browser: Side): Row[] {
  const row = (what: string, of: (side: Side) => string | null): Row => ({
    what,
    http: of(http),
    browser: of(browser),
  })
  return [
    row('version', ({ version }) => version),
    row('cipher', ({ cipher }) => cipher),
    row('ALPN', ({ alpn }) => alpn),
    row('JA3', ({ fingerprint }) => fingerprint && md5(fingerprint.ja3)),
    row('JA4', ({ fingerprint }) => fingerprint?.ja4 ?? null),
    row('pin', ({ chain }) => chain[0]?.pin ?? null),
    row('fault', ({ fault }) => fault),
  ]
}

/** What one side alone has is no difference, but for what is wrong. */
function isDifferent({ what, http, browser }: Row): boolean {
  return what === 'fault' ? false : http !== null && browser !== null && http !== browser
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
