import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePackage } from '../../scripts/lib/bundle-package.ts'
import { madeOnce } from './made-once.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * A `node_modules` with Onejar in it as it is packed, but for its types and pages, and every package of this checkout beside it: users load few
 * files, and no tool compiles them. It is shared: nobody writes there.
 */
export async function builtModules(): Promise<string> {
  const folder = await madeOnce('built-package', async (made) => {
    const modules = join(made, 'node_modules')
    await mkdir(join(modules, 'onejar'), { recursive: true })
    await copyFile(join(root, 'package.json'), join(modules, 'onejar/package.json'))
    for (const name of await readdir(join(root, 'node_modules')))
      if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
    await bundlePackage(root, join(modules, 'onejar/dist'))
  })
  return join(folder, 'node_modules')
}
