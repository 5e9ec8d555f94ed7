/** Makes `dist/` afresh, and makes sure that everything package.json points to is there. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(`${root}dist`, { recursive: true, force: true })

const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
if (tsc.status !== 0) process.exit(tsc.status ?? 1)
// What people's browsers are sent is no TypeScript.
cpSync(`${root}src/service/pages`, `${root}dist/service/pages`, {
  recursive: true,
  filter: (from) => !from.endsWith('.ts'),
})

const { exports, bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: unknown
  bin: unknown
}
const missing = targets([exports, bin]).filter((target) => !existsSync(`${root}${target}`))
for (const target of missing)
  process.stderr.write(`package.json points to ${target}, which the build did not make\n`)
if (missing.length > 0) process.exitCode = 1

/** Every file path in a tree of conditions. */
function targets(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(targets) : []
}
