/**
 * Runs the tests, all kinds or those named: `npm test -- unit property`. The last line is `N passed, N failed`; the exit
 * code is 0 only when every kind ran, every test passed and none was skipped.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OPTIONAL_PARTS, PARTS } from './lib/part-installers.ts'
import {
  type PlaywrightReport,
  slowestFiles,
  type Tally,
  tallyPlaywright,
  tallyVitest,
  type VitestReport,
} from './lib/test-report.ts'

const VITEST_KINDS = ['unit', 'property', 'conformance', 'integration', 'package']
const PLAYWRIGHT_KIND = 'sync'
const KINDS = [...VITEST_KINDS, PLAYWRIGHT_KIND]
/** Kinds that run without a browser and without Redis. */
const SELF_CONTAINED = ['unit', 'property']

const SLOWEST = 10

const root = fileURLToPath(new URL('..', import.meta.url))
const reports = mkdtempSync(join(tmpdir(), 'onejar-test-'))
// The tests start hundreds of processes on the same files: each but the first finds them compiled.
process.env['NODE_COMPILE_CACHE'] ??= join(reports, 'compiled')
const named = process.argv.slice(2)
const unknown = named.filter((kind) => !KINDS.includes(kind))
if (unknown.length > 0) {
  process.stderr.write(`Unknown kind of test: ${unknown.join(', ')}. There are: ${KINDS.join(', ')}.\n`)
  process.exit(2)
}
const kinds = named.length > 0 ? KINDS.filter((kind) => named.includes(kind)) : KINDS

try {
  process.exitCode = await runAll()
} finally {
  rmSync(reports, { recursive: true, force: true })
}

async function runAll(): Promise<number> {
  if (kinds.some((kind) => !SELF_CONTAINED.includes(kind))) {
    const code = await node(['scripts/ensure-parts.ts', '--only', [...PARTS, ...OPTIONAL_PARTS].join(',')])
    if (code !== 0)
      return finish([{ passed: 0, failed: 1, problems: ['a part that the tests need is missing'] }])
  }
  const vitestKinds = kinds.filter((kind) => kind !== PLAYWRIGHT_KIND)
  const tallies: Tally[] = []
  if (vitestKinds.length > 0) tallies.push(await runVitest(vitestKinds))
  // Not beside the others: what it tests is who is first.
  if (kinds.includes(PLAYWRIGHT_KIND)) tallies.push(await runPlaywright())
  return finish(tallies)
}

async function runVitest(selected: readonly string[]): Promise<Tally> {
  const file = join(reports, 'vitest.json')
  const code = await node([
    'node_modules/vitest/vitest.mjs',
    'run',
    ...selected.map((kind) => `--project=${kind}*`),
    '--passWithNoTests', // what did not run is counted below, kind by kind
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ])
  const report = readReport<VitestReport>(file)
  process.stdout.write(`\nThe files that took longest:\n${slowestFiles(report, SLOWEST).join('\n')}\n\n`)
  return tallyVitest(report, selected, code)
}

async function runPlaywright(): Promise<Tally> {
  const file = join(reports, 'playwright.json')
  const code = await node(['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
  })
  return tallyPlaywright(readReport<PlaywrightReport>(file), PLAYWRIGHT_KIND, code)
}

function finish(tallies: readonly Tally[]): number {
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0)
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0)
  const problems = tallies.flatMap((tally) => tally.problems)
  process.stdout.write(
    `\n${problems.map((problem) => `failed: ${problem}\n`).join('')}${passed} passed, ${failed} failed\n`,
  )
  return failed === 0 && passed > 0 ? 0 : 1
}

/** Runs a script with this Node, its output passed through, and gives its exit code. */
function node(args: readonly string[], env: Record<string, string> = {}): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    })
    child.on('error', reject)
    child.on('close', resolve)
  })
}

function readReport<Report>(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch {
    return null // the runner did not get that far; its exit code counts
  }
}
