import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** As `Screenshots` names them: the instant, and eight hex digits. */
const SCREENSHOT = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z-[\da-f]{8}\.png$/
/** What programs that rotate logs leave, and lines of JSON. */
const LOG = /\.(?:log|jsonl|ndjson)(?:[.-][\w-]+)*(?:\.(?:gz|zst|xz))?$/

export interface OldFiles {
  readonly folder: string
  readonly kind: 'screenshot' | 'log'
  /** Epoch milliseconds: what was last written before goes. */
  readonly before: number
  /** The audit trail, which has its own rules wherever it is. */
  readonly trail: string | null
}

/**
 * Deletes files of a kind that are too old, directly within a folder: nothing of another name, no folder, no link.
 *
 * @returns how many; a folder that is not there has none
 */
export function deleteOldFiles({ folder, kind, before, trail }: OldFiles): number {
  const form = kind === 'screenshot' ? SCREENSHOT : LOG
  const trailName =
    trail !== null && resolve(dirname(trail)) === resolve(folder) ? basename(trail) : undefined
  let deleted = 0
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return 0
  }
  for (const name of names) {
    if (!form.test(name) || (trailName !== undefined && name.startsWith(trailName))) continue
    const path = join(folder, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined || !stats.isFile() || stats.mtimeMs >= before) continue
    try {
      rmSync(path)
      deleted++
    } catch {
      // Somebody else has deleted it, or it is not ours to delete: the next purge looks again.
    }
  }
  return deleted
}
