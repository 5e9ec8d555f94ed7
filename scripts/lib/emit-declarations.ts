import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `onejar` and its subpaths declare: the name of each, and its declaration file. */
export interface Subpath {
  /** As it is imported: `onejar/vault`. */
  readonly specifier: string
  /** Its declaration file in the temporary folder. */
  readonly entry: string
}

/**
 * Makes the declaration files as the build makes them, in a temporary folder that is gone when the work is done. The types
 * are not checked.
 *
 * @param root - the checkout
 * @param work - gets the subpaths and the folder
 */
export function withDeclarations<T>(root: string, work: (subpaths: readonly Subpath[], out: string) => T): T {
  const out = mkdtempSync(join(tmpdir(), 'onejar-declarations-'))
  try {
    emit(root, out)
    return work(subpathsOf(root, out), out)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

function emit(root: string, out: string): void {
  const args = ['-p', 'tsconfig.build.json', '--outDir', out, '--emitDeclarationOnly', '--noCheck']
  const tsc = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', ...args, '--sourceMap', 'false', '--inlineSources', 'false'],
    { cwd: root, encoding: 'utf8' },
  )
  if (tsc.status !== 0) throw new Error(`No declarations: ${tsc.stdout}${tsc.stderr}`)
}

function subpathsOf(root: string, out: string): Subpath[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>
  }
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [{ specifier: `onejar${subpath.slice(1)}`, entry: join(out, target.types.replace('./dist/', '')) }],
  )
}
