import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

/**
 * Makes what runs of the package, in few files: Node needs a third of a millisecond for each file that it loads, and a plain request
 * needs code of seven hundred.
 *
 * @param root - the checkout
 * @param out - the folder that becomes `dist`
 */
export async function bundlePackage(root: string, out: string): Promise<void> {
  const entries = targetsOf(root).filter((target) => target.endsWith('.js'))
  const bundle = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((target) => [nameOf(target), `src/${nameOf(target)}.ts`])),
    platform: 'node',
    // Packages stay what the user's package manager has installed.
    external: (id) => !/^[./]/.test(id),
  })
  const { output } = await bundle.write({
    dir: out,
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
  cpSync(join(root, 'src/service/pages'), join(out, 'service/pages'), {
    recursive: true,
    filter: (from) => !from.endsWith('.ts'),
  })
}

/** Every file that package.json points to in `exports` and `bin`. */
export function targetsOf(root: string): string[] {
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: unknown
    bin: unknown
  }
  return leaves([exports, bin])
}

/** Every file path in a tree of conditions. */
function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

/** `cli/bin` of `./dist/cli/bin.js`. */
function nameOf(target: string): string {
  return target.replace(/^(?:\.\/)?dist\//, '').replace(/\.js$/, '')
}
