import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

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

/** Makes one in a temporary folder: other tests build the package in its place at the same time. */
export async function declaredPackage(): Promise<DeclaredPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'onejar-declarations-'))
  const installed = join(folder, 'node_modules/onejar')
  await mkdir(installed, { recursive: true })
  await copyFile(join(root, 'package.json'), join(installed, 'package.json'))
  for (const name of await readdir(join(root, 'node_modules')))
    if (!name.startsWith('.'))
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  const emit = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--noCheck', '--sourceMap', 'false']
  const to = ['--inlineSources', 'false', '--outDir', join(installed, 'dist')]
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...emit, ...to], { cwd: root })
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  return {
    folder,
    installed,
    complaints: async (compiler, files, ...options) => {
      const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
      const always = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022']
      const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
      return run(process.execPath, [tsc, ...always, ...types, ...options, ...files], {
        cwd: folder,
        maxBuffer: 16 * 1024 * 1024,
      }).then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      )
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
