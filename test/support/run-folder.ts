import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives a run of Vitest the folder of what is made once, where `npm test` has given none: its processes are ended before they could remove theirs. */
export default function setup(): (() => void) | undefined {
  if (process.env['ONEJAR_RUN_FOLDER'] !== undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'onejar-run-'))
  process.env['ONEJAR_RUN_FOLDER'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
