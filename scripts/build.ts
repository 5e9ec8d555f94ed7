/**
 * Makes `dist/` afresh, and makes sure that everything package.json points to is there: declarations, a file for each source file, and
 * what runs, in few files. Node needs a third of a millisecond for each file that it loads, and a plain request needs code of seven
 * hundred. With ONEJAR_BUILD_UNCHECKED=1 types are not checked, which is half of the work: for tests, whose types `npm run check` has
 * checked.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(`${root}dist`, { recursive: true, force: true })

const { exports, bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: unknown
  bin: unknown
}
const unchecked = process.env['ONEJAR_BUILD_UNCHECKED'] === '1' ? ['--noCheck'] : []
const tsc = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', ...unchecked],
  { cwd: root, stdio: 'inherit' },
)
if (tsc.status !== 0) process.exit(tsc.status ?? 1)
const entries = targets([exports, bin]).filter((target) => target.endsWith('.js'))
const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(entries.map((target) => [nameOf(target), `src/${nameOf(target)}.ts`])),
  platform: 'node',
  // Packages stay what the user's package manager has installed.
  external: (id) => !/^[./]/.test(id),
})
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  keepNames: true,
  sourcemap: true,
})
// Files that are read beside the code are found from two folders below the package, in `src` as in `dist/chunks`.
const misplaced = output.filter(
  (file) => file.type === 'chunk' && file.isEntry && /\bimport\.meta\.url/.test(file.code),
)
if (misplaced.length > 0)
  throw new Error(
    `import.meta.url in ${misplaced.map(({ fileName }) => fileName)}: give what uses it a file that two entries share`,
  )
// What people's browsers are sent is no TypeScript.
cpSync(`${root}src/service/pages`, `${root}dist/service/pages`, {
  recursive: true,
  filter: (from) => !from.endsWith('.ts'),
})

const missing = targets([exports, bin]).filter((target) => !existsSync(`${root}${target}`))
for (const target of missing)
  process.stderr.write(`package.json points to ${target}, which the build did not make\n`)
if (missing.length > 0) process.exitCode = 1

/** Every file path in a tree of conditions. */
function targets(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(targets) : []
}

/** `cli/bin` of `./dist/cli/bin.js`. */
function nameOf(target: string): string {
  return target.replace(/^(?:\.\/)?dist\//, '').replace(/\.js$/, '')
}
