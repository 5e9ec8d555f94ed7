/**
 * Compiles `wasm/markup-scan` into src/challenge/markup-scan-module.ts, with AssemblyScript's compiler, which the package there brings:
 *
 *     npm run build:scan
 *
 * With `--check` it only says whether the module was compiled from what stands there now; that needs no compiler.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const room = join(root, 'wasm', 'markup-scan')
const made = join(root, 'src', 'challenge', 'markup-scan-module.ts')
const FLAGS = [
  ...['--runtime', 'stub', '--use', 'abort=', '--enable', 'simd', '--exportStart', 'start'],
  ...['--noAssert', '-O3', '--converge', '--memoryBase', '0x2f00', '--initialMemory', '5'],
]
const sources = [
  ...globSync('wasm/markup-scan/assembly/*.ts', { cwd: root }).sort(),
  'wasm/markup-scan/package-lock.json',
  'src/challenge/scan-constants.ts',
]
const hash = createHash('sha256').update(FLAGS.join(' '))
for (const file of sources) hash.update(readFileSync(join(root, file)))
const source = hash.digest('hex')

if (process.argv.includes('--check')) {
  const isFresh = existsSync(made) && readFileSync(made, 'utf8').includes(`: ${source}\n`)
  if (!isFresh) {
    process.stderr.write(
      'src/challenge/markup-scan-module.ts is older than wasm/markup-scan. Run: npm run build:scan\n',
    )
    process.exitCode = 1
  }
} else writeFileSync(made, page(compile()))

function compile(): Buffer {
  if (!existsSync(join(room, 'node_modules', 'assemblyscript')))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: room, stdio: 'inherit' })
  const folder = mkdtempSync(join(tmpdir(), 'onejar-scan-'))
  try {
    const out = join(folder, 'scan.wasm')
    const compiler = join(room, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
    execFileSync(process.execPath, [compiler, 'assembly/index.ts', '-o', out, ...FLAGS], {
      cwd: room,
      stdio: 'inherit',
    })
    return readFileSync(out)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function page(module: Buffer): string {
  const lines = module.toString('base64').match(/.{1,104}/g) ?? []
  return `// Made by \`npm run build:scan\` from wasm/markup-scan. Do not edit.
// SHA-256 of its sources: ${source}

/** The compiled module, in base64. */
export const MARKUP_SCAN =
${lines.map((line) => `  '${line}'`).join(' +\n')}
`
}
