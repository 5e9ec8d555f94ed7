/**
 * Makes `dist/` afresh, and makes sure that everything package.json points to is there: declarations, a file for each source file, and
 * what runs, in few files. With ONEJAR_BUILD_UNCHECKED=1 types are not checked, which is half of the work: for tests, whose types
 * `npm run check` has checked.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundlePackage, targetsOf } from './lib/bundle-package.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(`${root}dist`, { recursive: true, force: true })

const unchecked = process.env['ONEJAR_BUILD_UNCHECKED'] === '1' ? ['--noCheck', '--singleThreaded'] : []
const tsc = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', ...unchecked],
  { cwd: root, stdio: 'inherit' },
)
if (tsc.status !== 0) process.exit(tsc.status ?? 1)
await bundlePackage(root, `${root}dist`)

const missing = targetsOf(root).filter((target) => !existsSync(`${root}${target}`))
for (const target of missing)
  process.stderr.write(`package.json points to ${target}, which the build did not make\n`)
if (missing.length > 0) process.exitCode = 1
