import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** The first of these commands that is on PATH, or null. */
export function findOnPath(names: readonly string[], env: Environment = process.env): string | null {
  for (const name of names) {
    for (const folder of (env['PATH'] ?? '').split(delimiter)) {
      const file = join(folder, name)
      if (folder !== '' && isExecutable(file)) return file
    }
  }
  return null
}

/** Whether a path names a file that this process may execute. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
