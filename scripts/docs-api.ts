/**
 * Makes `docs/api-report.md`, every declaration that callers can reach, from the sources; with `--check` it only says
 * whether the report is current. A change of it is a change of the public face, and is seen in review.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apiReport } from './lib/api-report.ts'
import { Declarations } from './lib/declarations.ts'
import { withDeclarations } from './lib/emit-declarations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'docs/api-report.md')

const sections = withDeclarations(root, (subpaths) => {
  const declarations = new Declarations()
  return subpaths.map(({ specifier, entry }) => `## \`${specifier}\`\n\n${apiReport(declarations, entry)}\n`)
})
const text = `# API report

Everything that a caller can name or reach, by subpath: made from the sources by \`node scripts/docs-api.ts\`. What a
declaration means is said in its docstring, not here; a change of this page is a change of the public face.

${sections.join('\n')}`

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write(
      'docs/api-report.md is not current. Run: node scripts/docs-api.ts, and look at what changed\n',
    )
    process.exitCode = 1
  }
} else writeFileSync(page, text)
