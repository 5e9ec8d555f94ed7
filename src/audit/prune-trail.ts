import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type AuditRecord, checkLine, type TrailEnd } from '../compliance/index.ts'
import { auditFailure } from './audit-failure.ts'
import type { AuditTrail, Decision } from './audit-trail.ts'
import { fullFiles } from './trail-files.ts'
import { linesOf } from './trail-lines.ts'

/** What a prune deleted. */
export interface PrunedTrail {
  readonly records: number
  /** ISO 8601, of the first and the last of them. */
  readonly from: string
  readonly to: string
  /** The number of the last of them. */
  readonly through: number
}

interface Found extends PrunedTrail {
  readonly end: TrailEnd
}

/** The beginning of a trail that may go. */
interface Beginning extends Found {
  /** Files of which nothing stays, the oldest first. */
  readonly whole: readonly string[]
  /** The file of which a part stays, and where that begins. */
  readonly rest: { readonly file: string; readonly from: number } | null
}

/**
 * Deletes the records before an instant from the beginning of a trail. A record of it (`trail-cut`), sealed like every other, has the
 * number and the hash of the last one that went, so that the rest can be verified by itself. A process that is killed in the
 * middle leaves a whole trail, longer than it says.
 *
 * @param before - epoch milliseconds
 * @returns null when there was nothing to delete
 * @throws OnejarError ONEJAR_AUDIT_FAILED, also where the part that would go is not as it was written
 */
export async function pruneTrail(
  trail: AuditTrail,
  before: number,
  now: number,
): Promise<PrunedTrail | null> {
  const { path } = trail
  trail.putAside(before)
  const first = fullFiles(path)[0]
  const known = first === undefined ? null : identityOf(first)
  const beginning = await findBeginning(trail, before)
  if (beginning === null) return null
  const { records, from, to, through, end, whole, rest } = beginning
  const draft = rest === null ? null : `${rest.file}.cut`
  if (rest !== null && draft !== null) {
    rmSync(draft, { force: true })
    const copy = createWriteStream(draft, { mode: 0o600, flags: 'wx' })
    await pipeline(createReadStream(rest.file, { start: rest.from }), copy)
  }
  let isPruned = false
  const decision: Decision = {
    at: now,
    rule: 'trail-cut',
    session: null,
    facts: { records, from, to, through, hash: end.hash },
  }
  try {
    trail.recordThen(() => {
      // Somebody else has pruned it meanwhile.
      const now = fullFiles(path)[0]
      if (now === undefined || now !== first || identityOf(now) !== known) return null
      const then = () => {
        for (const file of whole) rmSync(file, { force: true })
        if (rest !== null && draft !== null) renameSync(draft, rest.file)
        isPruned = true
      }
      return { decision, then }
    })
  } finally {
    if (draft !== null) rmSync(draft, { force: true })
  }
  return isPruned ? { records, from, to, through } : null
}

function identityOf(file: string): string {
  const { ino, size } = statSync(file)
  return `${ino} ${size}`
}

/** The records before an instant at the beginning of the full files. A clock that was set back keeps what comes after it. */
async function findBeginning(trail: AuditTrail, before: number): Promise<Beginning | null> {
  const { path, keys } = trail
  const whole: string[] = []
  let found = null as Found | null
  for (const file of fullFiles(path)) {
    let from = 0
    for await (const { text, endsAt } of linesOf(file)) {
      const end: TrailEnd | null = found?.end ?? null
      const checked: ReturnType<typeof checkLine> | null =
        text === null ? null : checkLine(text, end, { keys, keyed: false, linksOnly: true })
      if (checked === null || 'broken' in checked) {
        const what = checked === null ? 'is too long' : checked.broken
        throw auditFailure(
          path,
          `is not pruned, because a line in ${file} ${what}: onejar audit verify shows where`,
        )
      }
      const { seq, hash, at }: AuditRecord = checked.record
      if (Date.parse(at) >= before) {
        const rest = from === 0 ? null : { file, from }
        return found === null ? null : { ...found, whole, rest }
      }
      found = {
        records: (found?.records ?? 0) + 1,
        from: found?.from ?? at,
        to: at,
        through: seq,
        end: { seq, hash },
      }
      from = endsAt
    }
    whole.push(file)
  }
  return found === null ? null : { ...found, whole, rest: null }
}
