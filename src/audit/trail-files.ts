import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const SEQ_DIGITS = 12

/** What the file of a trail is called once it is full: by its last record. */
export function fullName(path: string, lastSeq: number): string {
  return `${path}.${String(lastSeq).padStart(SEQ_DIGITS, '0')}`
}

/** The full files of a trail, the oldest first. */
export function fullFiles(path: string): string[] {
  const name = basename(path)
  const folder = dirname(path)
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`) && /^\d{12,}$/.test(file.slice(name.length + 1)))
    .sort()
    .map((file) => join(folder, file))
}
