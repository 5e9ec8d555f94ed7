import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import {
  type AuditFacts,
  type AuditKey,
  checkLine,
  MAX_LINE_BYTES,
  nextLine,
  type PolicyRule,
  type TrailEnd,
} from '../compliance/index.ts'
import { type Clock, makeFolder, OnejarError, openToAppend } from '../core/index.ts'
import { auditFailure } from './audit-failure.ts'
import { fullName } from './trail-files.ts'
import { type Head, TrailHead } from './trail-head.ts'

export interface AuditTrailOptions {
  readonly path: string
  /** Newest first: the first one seals. None: the records are chained by plain SHA-256. */
  readonly keys: readonly AuditKey[]
  /** A file that is larger is put aside, and the chain goes on in a new one. */
  readonly maxFileBytes: number
  readonly clock: Clock
}

/** A killed writer leaves one line at most behind; with many writers a few. What is more was not written by one. */
const MAX_UNSEEN_BYTES = 64 * MAX_LINE_BYTES

/**
 * An append-only file of decisions, one JSON record a line, each chained to the one before by a keyed hash. Several
 * processes may write to it; one that is killed leaves at most a torn line, which the next writer cuts off and says so.
 *
 * A record is in the file when the call returns, and survives the end of the process; it is not forced to the disk.
 * Costs a file's opening, a write and a small transaction: a fraction of a millisecond, on this thread.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions
  readonly #head: TrailHead
  readonly #key: AuditKey | null

  private constructor(options: AuditTrailOptions, head: TrailHead) {
    this.#options = options
    this.#head = head
    this.#key = options.keys[0] ?? null
  }

  /**
   * Opens or makes a trail, mode 0600, and looks whether its end is as it was left.
   *
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  static open(options: AuditTrailOptions): AuditTrail {
    const { path } = options
    try {
      makeFolder(dirname(path), 0o700)
      closeSync(openToAppend(path))
    } catch (cause) {
      throw auditFailure(path, 'cannot be opened', cause)
    }
    const trail = new AuditTrail(options, TrailHead.open(path))
    try {
      trail.#change(() => {})
      return trail
    } catch (error) {
      trail.close()
      throw error
    }
  }

  /**
   * Keeps one decision.
   *
   * @param session - its pseudonym; null where no session is concerned
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  record(rule: PolicyRule, session: string | null, facts: AuditFacts): void {
    this.#change((append) => append(rule, session, facts))
  }

  close(): void {
    this.#head.close()
  }

  /** One change of the file while nobody else writes it. */
  #change(
    work: (append: (rule: PolicyRule, session: string | null, facts: AuditFacts) => void) => void,
  ): void {
    const { path, keys, maxFileBytes, clock } = this.#options
    const key = this.#key
    try {
      this.#head.change(() => {
        const before = this.#head.read(keys)
        let fd = openToAppend(path)
        try {
          let sizeBytes = fstatSync(fd).size
          // Put aside by a writer that was killed before it could say so.
          const aside =
            sizeBytes < before.sizeBytes && statOf(fullName(path, before.seq)) === before.sizeBytes
          const found = this.#repair(fd, aside ? { ...before, sizeBytes: 0 } : before, sizeBytes)
          let end: TrailEnd = found
          sizeBytes = found.sizeBytes
          const append = (rule: PolicyRule, session: string | null, facts: AuditFacts) => {
            const next = nextLine(end, { at: clock.now(), rule, session, facts }, key)
            const bytes = Buffer.from(next.line)
            // A disk that fills up can take a part; the next writer cuts that off.
            if (writeSync(fd, bytes) !== bytes.length)
              throw auditFailure(path, 'could take a part of a record only')
            sizeBytes += bytes.length
            end = next.end
          }
          if (sizeBytes >= maxFileBytes) {
            closeSync(fd)
            renameSync(path, fullName(path, end.seq))
            fd = openToAppend(path)
            sizeBytes = 0
          }
          if (found.torn) append('trail-repaired', null, found.torn)
          work(append)
          if (end.hash !== before.hash || sizeBytes !== before.sizeBytes) {
            this.#head.write({ ...end, sizeBytes }, key)
          }
        } finally {
          closeSync(fd)
        }
      })
    } catch (error) {
      if (error instanceof OnejarError) throw error
      throw auditFailure(path, 'cannot be written', error)
    }
  }

  /** Takes in what a killed writer had written without saying so, and cuts off a line that it had not finished. */
  #repair(fd: number, head: Head, sizeBytes: number): Head & { readonly torn: AuditFacts | null } {
    const { path, keys } = this.#options
    if (sizeBytes < head.sizeBytes) throw auditFailure(path, 'is shorter than it was left')
    if (sizeBytes === head.sizeBytes) return { ...head, torn: null }
    if (sizeBytes - head.sizeBytes > MAX_UNSEEN_BYTES) {
      throw auditFailure(path, 'was written to by something else')
    }
    const unseen = Buffer.alloc(sizeBytes - head.sizeBytes)
    readSync(fd, unseen, 0, unseen.length, head.sizeBytes)
    let end: TrailEnd = head
    let at = 0
    for (let feed = unseen.indexOf(10); feed >= 0; feed = unseen.indexOf(10, at)) {
      const checked = checkLine(unseen.toString('utf8', at, feed), end, { keys, keyed: false })
      if ('broken' in checked)
        throw auditFailure(path, `was written to by something else: a line ${checked.broken}`)
      end = checked.record
      at = feed + 1
    }
    const good = head.sizeBytes + at
    if (at === unseen.length) return { ...end, sizeBytes: good, torn: null }
    const rest = unseen.subarray(at)
    ftruncateSync(fd, good)
    const sha256 = createHash('sha256').update(rest).digest('hex')
    return { ...end, sizeBytes: good, torn: { bytes: rest.length, sha256 } }
  }
}

function statOf(path: string): number | null {
  return existsSync(path) ? statSync(path).size : null
}
