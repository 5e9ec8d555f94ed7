import { readFileSync, writeFileSync } from 'node:fs'
import { SIGNALS } from '../src/challenge/index.ts'

/*
 * Writes the table of vendors and signals into docs/challenges.md, between its two markers.
 * `node scripts/docs-challenges.ts` writes it; with `--check` it only says whether it is up to date.
 */

const PAGE = new URL('../docs/challenges.md', import.meta.url)
const BEGIN = '<!-- signals: written by scripts/docs-challenges.ts -->'
const END = '<!-- end of signals -->'

/** The page with its table renewed. */
export function renewPage(page: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin < 0 || end < begin) throw new Error('docs/challenges.md has lost its markers')
  return `${page.slice(0, begin)}${BEGIN}\n\n${renderSignals()}\n${page.slice(end)}`
}

function renderSignals(): string {
  const vendors = [...new Set(SIGNALS.map((row) => row.vendor ?? 'any'))].sort((a, b) =>
    a === 'any' ? 1 : b === 'any' ? -1 : a < b ? -1 : 1,
  )
  return vendors.map(renderVendor).join('\n')
}

function renderVendor(vendor: string): string {
  const rows = SIGNALS.filter((row) => (row.vendor ?? 'any') === vendor).map((row) => {
    const where = row.name === undefined ? row.in : `${row.in} \`${row.name}\``
    const status = (row.status?.length ?? 0) > 9 ? 'refused' : (row.status?.join(', ') ?? '')
    const only = [row.when === 'any' ? '' : (row.when ?? ''), status].filter(Boolean).join('; ')
    const weight = row.verdict === 'present' ? '' : String(row.weight)
    return `| \`${row.id}\` | ${where} | ${row.note} | ${only} | ${row.verdict} | ${weight} |`
  })
  const title = vendor === 'any' ? 'Whoever it is' : vendor
  return `#### ${title}\n\n| signal | where | what | only | speaks for | weight |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`
}

if (import.meta.main) {
  const page = readFileSync(PAGE, 'utf8')
  const renewed = renewPage(page)
  if (!process.argv.includes('--check')) writeFileSync(PAGE, renewed)
  else if (page !== renewed) {
    console.error('docs/challenges.md is out of date: run node scripts/docs-challenges.ts')
    process.exitCode = 1
  }
}
