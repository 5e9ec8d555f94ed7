/**
 * Shows each requirement by running it: `npm run requirements [-- WORDS]`. Prints a table, and ends with 1 when a promise is not
 * kept, or when a row's test is not there any more.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandOf, REQUIREMENTS, type Requirement } from './lib/requirements.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Result {
  readonly kept: boolean
  /** How many tests showed it, or how the script ended. */
  readonly shown: string
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

const words = process.argv.slice(2).map((word) => word.toLowerCase())
const wanted = REQUIREMENTS.filter((row) => {
  const text = `${row.section} ${row.promise} ${commandOf(row)}`.toLowerCase()
  return words.every((word) => text.includes(word))
})
if (wanted.length === 0) {
  process.stderr.write('No requirement has these words.\n')
  process.exit(2)
}

const report = runTests(wanted.flatMap(({ test }) => (test === undefined ? [] : [test])))
const results = wanted.map(
  (row) => [row, row.test === undefined ? runScript(row) : fromReport(row.test)] as const,
)
let section = ''
for (const [row, { kept, shown }] of results) {
  if (row.section !== section) process.stdout.write(`\n${row.section}\n`)
  section = row.section
  process.stdout.write(`  ${kept ? 'yes' : 'NO '}  ${row.promise} (${shown})\n`)
  if (!kept) process.stdout.write(`       ${commandOf(row)}\n`)
}
const failed = results.filter(([, { kept }]) => !kept).length
process.stdout.write(`\n${results.length - failed} passed, ${failed} failed\n`)
if (failed > 0) process.exitCode = 1

/** All tests of all rows in one run: the same parts are started once. */
function runTests(tests: readonly (readonly [file: string, title: string])[]): Report {
  if (tests.length === 0) return { testResults: [] }
  const folder = mkdtempSync(join(tmpdir(), 'onejar-requirements-'))
  const file = join(folder, 'report.json')
  try {
    const files = [...new Set(tests.map(([name]) => name))]
    const pattern = [...new Set(tests.map(([, title]) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))].join(
      '|',
    )
    const args = ['vitest', 'run', ...files, '-t', pattern, '--reporter=json', `--outputFile=${file}`]
    spawnSync('npx', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A row is kept when at least one test has its words in the title, and all that have are passed. */
function fromReport([file, title]: readonly [file: string, title: string]): Result {
  const found = report.testResults
    .filter(({ name }) => relative(root, name) === file)
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(
      ({ fullName, status }) => fullName.includes(title) && status !== 'pending' && status !== 'skipped',
    )
  const passed = found.filter(({ status }) => status === 'passed').length
  if (found.length === 0) return { kept: false, shown: 'there is no such test' }
  return { kept: passed === found.length, shown: `${passed} of ${found.length} tests` }
}

function runScript({ script = [] }: Requirement): Result {
  const { status } = spawnSync(process.execPath, script, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return { kept: status === 0, shown: `${script[0]} ended with ${status}` }
}
