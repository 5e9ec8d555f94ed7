/** Makes `docs/requirements.md` from the table of requirements; with `--check` it only says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commandOf, REQUIREMENTS } from './lib/requirements.ts'

const page = fileURLToPath(new URL('../docs/requirements.md', import.meta.url))

const sections = [...Map.groupBy(REQUIREMENTS, ({ section }) => section)].map(
  ([section, rows]) =>
    `## ${section}\n\n| promised | shown by |\n| --- | --- |\n${rows
      .map((row) => `| ${row.promise} | \`${commandOf(row)}\` |`)
      .join('\n')}\n`,
)
const text = `# Requirements

What a session in production is promised, and the command that shows it, on real parts: a real Chromium, Redis, Prometheus, HTTP
servers and proxies of this machine. Stand-ins for Vault and AWS are named as such in their tests. \`npm run requirements\` runs them
all and prints a table; words after it choose rows (\`npm run requirements -- purpose\`). A row is kept in
\`scripts/lib/requirements.ts\`, from which this page is made by \`node scripts/docs-requirements.ts\`.

${sections.join('\n')}`

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write('docs/requirements.md is not current. Run: node scripts/docs-requirements.ts\n')
    process.exitCode = 1
  }
} else writeFileSync(page, text)
