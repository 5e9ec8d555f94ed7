import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { isExecutable } from './find-on-path.ts'

/** The first Python on PATH that has httpx: the system's package is seen by the system's Python alone. Null when none has it. */
export function findHttpx(path: string = process.env['PATH'] ?? ''): string | null {
  for (const folder of path.split(delimiter)) {
    const python = join(folder, 'python3')
    if (folder === '' || !isExecutable(python)) continue
    if (spawnSync(python, ['-c', 'import httpx'], { timeout: 20_000 }).status === 0) return python
  }
  return null
}
