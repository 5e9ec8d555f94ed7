import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AuditTrail, type AuditTrailOptions } from '../../../src/audit/index.ts'
import { fullFiles } from '../../../src/audit/trail-files.ts'

export const KEYS = [{ id: 'one', secret: Buffer.from('a secret of the test') }]
export const CHECK = { keys: KEYS, keyed: true, partial: false }
export const START = 1_700_000_000_000

/** A path for a trail in a folder that goes with the test. */
export function trailFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'onejar-unit-'))
  return {
    path: join(folder, 'audit.jsonl'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export function openTrail(path: string, more: Partial<AuditTrailOptions> = {}) {
  const clock = { now: () => START }
  return AuditTrail.open({ path, keys: KEYS, maxFileBytes: 1_000_000, clock, ...more })
}

/** Writes so many records, a minute apart where a beginning is named. */
export function write(
  path: string,
  count: number,
  { from, ...more }: Partial<AuditTrailOptions> & { readonly from?: number } = {},
) {
  let now = from ?? START
  const trail = openTrail(path, { clock: { now: () => now }, ...more })
  try {
    for (let at = 0; at < count; at++) {
      trail.record('robots-disallowed', 'pseudonym', { at })
      if (from !== undefined) now += 60_000
    }
  } finally {
    trail.close()
  }
}

/** The records of all files, in their order. */
export function recordsIn(
  path: string,
): { seq: number; rule: string; session: string | null; facts: object }[] {
  return [...fullFiles(path), path]
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line))
}
