import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Between two looks at what another process makes. */
const LOOK_MS = 100

const making = new Map<string, Promise<string>>()

/**
 * A folder that several files of a run read and none changes, so that its making is paid once for the whole run, in whose folder it is
 * (ONEJAR_RUN_FOLDER, see run-folder.ts).
 *
 * @param make - fills the folder that it is given, which has another name until it is full
 */
export function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const known = making.get(name) ?? makeOrWait(name, make)
  making.set(name, known)
  return known
}

async function makeOrWait(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(process.env['ONEJAR_RUN_FOLDER'] as string, name)
  const [unfinished, failed] = [`${folder}.unfinished`, `${folder}.failed`]
  const isFirst = await mkdir(unfinished).then(
    () => !existsSync(folder),
    () => false,
  )
  if (isFirst) {
    try {
      await make(unfinished)
      await rename(unfinished, folder)
    } catch (error) {
      await writeFile(failed, '')
      throw error
    }
  }
  while (!existsSync(folder)) {
    if (existsSync(failed))
      throw new Error(`another process could not make ${name}: the first error says why`)
    await pause(LOOK_MS)
  }
  return folder
}
