import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { COMPILER_ENV, packedPackage } from './packed-package.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** A project of somebody else's with Onejar's declarations installed, and everything that this checkout has beside it. */
export interface DeclaredPackage extends AsyncDisposable {
  readonly folder: string
  /** Where the package is installed in it. */
  readonly installed: string
  /** What a compiler says of files; nothing when all is well. */
  complaints(compiler: string, files: readonly string[], ...options: string[]): Promise<string>
}

/** Makes one in a temporary folder, with what was packed: a test may put what runs in its place. */
export async function declaredPackage(): Promise<DeclaredPackage> {
  const { contents } = await packedPackage()
  const folder = await mkdtemp(join(tmpdir(), 'onejar-declarations-'))
  const installed = join(folder, 'node_modules/onejar')
  await mkdir(installed, { recursive: true })
  for (const name of ['package.json', 'dist'])
    await cp(join(contents, name), join(installed, name), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules')))
    if (!name.startsWith('.'))
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  return {
    folder,
    installed,
    complaints: async (compiler, files, ...options) => {
      const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
      const always = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022']
      const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
      // Several checkers look at the same types: they take less time, and more of the processor's.
      const own = compiler === 'typescript' ? ['--singleThreaded'] : []
      return run(process.execPath, [tsc, ...always, ...types, ...own, ...options, ...files], {
        cwd: folder,
        env: { ...process.env, ...COMPILER_ENV },
        maxBuffer: 16 * 1024 * 1024,
      }).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      )
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
