import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { madeOnce } from './made-once.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** The newest compiler is written in Go: a third of its processor time is the collector's, without which it needs a gigabyte. */
export const COMPILER_ENV = { GOGC: 'off', GOMEMLIMIT: '2GiB' } as const

/** The package as npm packs it. */
export interface PackedPackage {
  readonly tarball: string
  /** What is in it. It is shared: nobody writes there. */
  readonly contents: string
}

/** Builds and packs the package of this checkout, once for all files of a run. Types are not checked: `npm run check` has done that. */
export async function packedPackage(): Promise<PackedPackage> {
  const folder = await madeOnce('packed', async (made) => {
    await npm(root, ['pack', '--pack-destination', made], {
      ONEJAR_BUILD_UNCHECKED: '1',
      ...COMPILER_ENV,
    })
    await mkdir(join(made, 'contents'))
    const [tarball = ''] = (await readdir(made)).filter((file) => file.endsWith('.tgz'))
    await run('tar', ['-xzf', join(made, tarball), '-C', join(made, 'contents'), '--strip-components=1'])
  })
  const [tarball = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'))
  return { tarball: join(folder, tarball), contents: join(folder, 'contents') }
}

/** Runs npm as a person would in that folder: what an outer `npm test` says of its own project is left out. */
export function npm(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> {
  const outer = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|command|config_local_prefix|config_prefix)|INIT_CWD|NODE_ENV)/.test(name),
  )
  return run('npm', [...args], {
    cwd,
    env: { ...Object.fromEntries(outer), ...env },
    maxBuffer: 16 * 1024 * 1024,
  })
}
