/**
 * Makes `docs/api-report.md`, every declaration that callers can reach, from the sources; with `--check` it only says
 * whether the report is current. A change of it is a change of the public face, and is seen in review.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apiReport } from './lib/api-report.ts'
import { Declarations } from './lib/declarations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'docs/api-report.md')
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}

const out = mkdtempSync(join(tmpdir(), 'onejar-declarations-'))
let text: string
try {
  emitDeclarations()
  const declarations = new Declarations()
  const sections = Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return []
    const entry = join(out, target.types.replace('./dist/', ''))
    return [`## \`onejar${subpath.slice(1)}\`\n\n${apiReport(declarations, entry)}\n`]
  })
  text = `# API report

Everything that a caller can name or reach, by subpath: made from the sources by \`node scripts/docs-api.ts\`. What a
declaration means is said in its docstring, not here; a change of this page is a change of the public face.

${sections.join('\n')}`
} finally {
  rmSync(out, { recursive: true, force: true })
}

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write(
      'docs/api-report.md is not current. Run: node scripts/docs-api.ts, and look at what changed\n',
    )
    process.exitCode = 1
  }
} else writeFileSync(page, text)

/** As the build makes them; the types were checked before. */
function emitDeclarations(): void {
  const args = ['-p', 'tsconfig.build.json', '--outDir', out, '--emitDeclarationOnly', '--noCheck']
  const tsc = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', ...args, '--sourceMap', 'false', '--inlineSources', 'false'],
    { cwd: root, encoding: 'utf8' },
  )
  if (tsc.status !== 0) throw new Error(`No declarations: ${tsc.stdout}${tsc.stderr}`)
}
