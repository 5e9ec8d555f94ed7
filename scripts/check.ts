/** The whole gate in one command: types, format and lint, floors, unused code, the lockfile, and pages made from code. */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = readdirSync(`${root}scripts`).filter((file) => /^docs-.*\.ts$/.test(file))
const CHECKS: readonly (readonly [name: string, ...args: string[]])[] = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  ['format and lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ['floors', 'scripts/check-floors.ts'],
  ['words', 'scripts/check-words.ts'],
  ['docstrings', 'scripts/check-docstrings.ts'],
  ['unused code', 'node_modules/knip/bin/knip.js', '--no-progress'],
  ['compiled scan', 'scripts/build-scan.ts', '--check'],
  ['lockfile', 'scripts/complete-lockfile.ts', '--check'],
  ...pages.map((file) => [`docs of ${file}`, `scripts/${file}`, '--check'] as const),
]

const failed: string[] = []
for (const [name, ...args] of CHECKS) {
  const startedAt = performance.now()
  const { code, output } = await run(args)
  const took = `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`
  process.stdout.write(
    code === 0 ? `ok      ${name} (${took})\n` : `FAILED  ${name} (${took})\n${output.trimEnd()}\n\n`,
  )
  if (code !== 0) failed.push(name)
}
if (failed.length > 0) {
  process.stdout.write(`\n${failed.length} of ${CHECKS.length} checks failed: ${failed.join(', ')}\n`)
  process.exitCode = 1
}

function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    let output = ''
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
