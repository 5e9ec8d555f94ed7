import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
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

/** One decision, as it is to be kept. */
export interface Decision {
  /** Epoch milliseconds. */
  readonly at: number
  readonly rule: PolicyRule
  /** The session's pseudonym; null where no session is concerned. */
  readonly session: string | null
  readonly facts: AuditFacts
}

export interface AuditTrailOptions {
  readonly path: string
  /** Newest first: the first one seals. None: the records are chained by plain SHA-256. */
  readonly keys: readonly AuditKey[]
  /** A file that is larger is put aside, and the chain goes on in a new one. */
  readonly maxFileBytes: number
  readonly clock: Clock
  /** Whether a trail that is not there is an error. Default: false; it is made. */
  readonly mustExist?: boolean
}

/** A killed writer leaves one write behind; what is more was not written by one. */
const MAX_UNSEEN_BYTES = 64 * MAX_LINE_BYTES
/** As many records are written at once: of a writer that is killed no more is unseen than the next one takes in. */
export const MAX_AT_ONCE = 32

/**
 * An append-only file of decisions, one JSON record a line, each chained to the one before by a keyed hash. Several
 * processes may write to it; one that is killed leaves at most a torn line, which the next writer cuts off, with a record of it.
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
    if (options.mustExist && !existsSync(path)) throw auditFailure(path, 'is not there')
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
    this.recordAll([{ at: this.#options.clock.now(), rule, session, facts }])
  }

  /**
   * Keeps several in this order, at the cost of one: all of them are in the file when the call returns, or none.
   *
   * @param decisions - `MAX_AT_ONCE` at most
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  recordAll(decisions: readonly Decision[]): void {
    if (decisions.length > 0) this.#change((append) => append(decisions))
  }

  /** Where the trail is. */
  get path(): string {
    return this.#options.path
  }

  get keys(): readonly AuditKey[] {
    return this.#options.keys
  }

  /**
   * Puts the file aside whose first record is older, so that no record stands in the file that is written to.
   *
   * @param before - epoch milliseconds
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  putAside(before: number): void {
    const { path } = this.#options
    this.#change(
      () => {},
      () => (firstAt(path) ?? before) < before,
    )
  }

  /**
   * Keeps a decision, and runs what it is about while nobody else writes or prunes the trail.
   *
   * @param work - gives what is to be kept, or null to leave all as it is; what it returns is run after that was written
   * @throws OnejarError ONEJAR_AUDIT_FAILED
   */
  recordThen(work: () => { readonly decision: Decision; readonly then: () => void } | null): void {
    this.#change((append) => {
      const step = work()
      if (step === null) return
      append([step.decision])
      step.then()
    })
  }

  close(): void {
    this.#head.close()
  }

  /** One change of the file while nobody else writes it. */
  #change(
    work: (append: (decisions: readonly Decision[]) => void) => void,
    isFull = (sizeBytes: number) => sizeBytes >= this.#options.maxFileBytes,
  ): void {
    const { path, keys } = this.#options
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
          const append = (decisions: readonly Decision[]) => {
            let lines = ''
            let last = end
            for (const decision of decisions) {
              const next = nextLine(last, decision, key)
              lines += next.line
              last = next.end
            }
            const bytes = Buffer.from(lines)
            // A disk that fills up can take a part; the next writer cuts that off.
            if (writeSync(fd, bytes) !== bytes.length)
              throw auditFailure(path, 'could take a part of a record only')
            sizeBytes += bytes.length
            end = last
          }
          // Only a file that is as the head says: who comes after a crash in between knows it by that.
          const isKnown = end.hash === before.hash && !found.torn
          if (isKnown && sizeBytes > 0 && isFull(sizeBytes)) {
            closeSync(fd)
            renameSync(path, fullName(path, end.seq))
            fd = openToAppend(path)
            sizeBytes = 0
          }
          if (found.torn)
            append([
              { at: this.#options.clock.now(), rule: 'trail-repaired', session: null, facts: found.torn },
            ])
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

/** When the first record of a file was written; null where there is none that can be read. */
function firstAt(path: string): number | null {
  const fd = openSync(path, 'r')
  try {
    const start = Buffer.alloc(MAX_LINE_BYTES)
    const text = start.toString('utf8', 0, readSync(fd, start, 0, start.length, 0))
    const { at } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { readonly at?: unknown }
    return typeof at === 'string' ? Date.parse(at) : null
  } catch {
    return null
  } finally {
    closeSync(fd)
  }
}

function statOf(path: string): number | null {
  return existsSync(path) ? statSync(path).size : null
}
