import { readFileSync, writeFileSync } from 'node:fs'
import {
  BEHAVIOURS,
  ISOLATION_EFFECTS,
  ISOLATION_PRESETS,
  POLICY,
  TRACKERS,
} from '../src/compliance/index.ts'

/*
 * Writes the policy matrix and the list of trackers into docs/compliance.md, and the matrix of isolation into docs/isolation.md, each
 * between its two markers.
 * `node scripts/docs-policy.ts` writes them; with `--check` it only says whether they are up to date.
 */

const PAGE = new URL('../docs/compliance.md', import.meta.url)
const ISOLATION = new URL('../docs/isolation.md', import.meta.url)

function renewPart(page: string, name: string, content: string): string {
  const begin = `<!-- ${name}: written by scripts/docs-policy.ts -->`
  const [from, to] = [page.indexOf(begin), page.indexOf(`<!-- end of ${name} -->`)]
  if (from < 0 || to < from) throw new Error(`the page has lost the markers of ${name}`)
  return `${page.slice(0, from)}${begin}\n\n${content}\n${page.slice(to)}`
}

function renderPolicy(): string {
  const rows = Object.entries(POLICY).map(
    ([rule, { data, action, byDefault, option, meaning }]) =>
      `| \`${rule}\` | ${data} | \`${action}\` | ${byDefault} | ${option} | ${meaning} |`,
  )
  const head = '| rule | about | what is done | by default | changed by | meaning |'
  return `${head}\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`
}

function renderTrackers(): string {
  const rows = TRACKERS.map(({ vendor, names, domain, source }) => {
    const shown = names.map((name) => `\`${name}\``).join(' ')
    return `| ${vendor} | ${shown}${domain === null ? '' : ` (of ${domain})`} | ${source} |`
  })
  return `| vendor | cookies | described at |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

function renderIsolation(): string {
  const { neutral, gdpr, ccpa } = ISOLATION_PRESETS
  const rows = BEHAVIOURS.map((behaviour) => {
    const { deny = '', transform = '(no such thing)' } = ISOLATION_EFFECTS[behaviour]
    return `| \`${behaviour}\` | ${neutral[behaviour]} | ${gdpr[behaviour]} | ${ccpa[behaviour]} | ${deny} | ${transform} |`
  })
  const head = '| behaviour | neutral | gdpr | ccpa | what `deny` does | what `transform` does |'
  return `${head}\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`
}

/** The page about isolation with its table as the code has it. */
export function renewIsolation(page: string): string {
  return renewPart(page, 'isolation', renderIsolation())
}

/** The page with its parts as the code has them. */
export function renewPage(page: string): string {
  return renewPart(renewPart(page, 'policy', renderPolicy()), 'trackers', renderTrackers())
}

if (import.meta.main) {
  for (const [page, renew] of [
    [PAGE, renewPage],
    [ISOLATION, renewIsolation],
  ] as const) {
    const current = readFileSync(page, 'utf8')
    const renewed = renew(current)
    if (!process.argv.includes('--check')) writeFileSync(page, renewed)
    else if (current !== renewed) {
      process.stderr.write(`${page.pathname} is out of date: run \`node scripts/docs-policy.ts\`\n`)
      process.exitCode = 1
    }
  }
}
