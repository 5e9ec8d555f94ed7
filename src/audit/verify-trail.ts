import {
  type AuditKey,
  type AuditRecord,
  type BrokenLink,
  checkLine,
  TRAIL_START,
  type TrailEnd,
} from '../compliance/index.ts'
import { fullFiles } from './trail-files.ts'
import { readHead } from './trail-head.ts'
import { linesOf } from './trail-lines.ts'

export interface VerifyOptions {
  readonly keys: readonly AuditKey[]
  /** Whether records without a key count as broken. */
  readonly keyed: boolean
  /** Look at the place of each record in the chain alone, where its key is not there. */
  readonly linksOnly?: boolean
  /** Whether the trail may begin in the middle, and its head be missing: the rest is kept elsewhere. */
  readonly partial: boolean
  /** Called with each record that is as it was written, and its line. Waited for. */
  readonly onRecord?: ((record: AuditRecord, line: string) => Promise<void> | void) | undefined
}

/** The first place where a trail is not as it was written. */
export interface TrailBreak {
  readonly file: string
  /** Counted from 1; the line after the last one where the trail ends too early. */
  readonly line: number
  readonly reason:
    | BrokenLink
    | 'is longer than a record can be'
    | 'begins after the first record'
    | 'is where the trail ends, and more had been written'
    | 'has no head file, which would tell whether its end is missing'
    | 'has a head file that is not the one that was written'
}

export interface TrailReport {
  readonly records: number
  readonly files: number
  /** 0 where there is none. */
  readonly firstSeq: number
  readonly firstAt: string | null
  readonly lastAt: string | null
  /** The last line has no end: a writer was killed, and the next one cuts it off. */
  readonly torn: boolean
  /** The last cut: up to which record the beginning of the trail was deleted on purpose, and when. */
  readonly cut: { readonly through: number; readonly at: string } | null
  readonly broken: TrailBreak | null
}

/** A trail that is pruned or put aside while it is read is read anew as often. */
const MAX_READINGS = 3

/**
 * Reads a trail from its first record to its last and looks at every link. A trail may begin later where a record in it says
 * that it was cut there. Holds one line at a time.
 *
 * @throws what the system says of a file that cannot be read
 */
export async function verifyTrail(path: string, options: VerifyOptions): Promise<TrailReport> {
  let seen = 0
  // What was handed over before is not handed over again.
  const onRecord = async (record: AuditRecord, line: string) => {
    if (record.seq <= seen) return
    seen = record.seq
    await options.onRecord?.(record, line)
  }
  for (let reading = 1; ; reading++) {
    const full = fullFiles(path)
    const outcome = await readOnce(path, full, { ...options, onRecord }).catch((error: unknown) => ({
      error,
    }))
    const isFinal = 'error' in outcome ? codeOf(outcome.error) !== 'ENOENT' : outcome.broken === null
    if (isFinal || reading === MAX_READINGS || fullFiles(path).join() === full.join()) {
      if ('error' in outcome) throw outcome.error
      return outcome
    }
  }
}

async function readOnce(path: string, full: readonly string[], options: VerifyOptions): Promise<TrailReport> {
  // The end is read first: who writes meanwhile only makes the trail longer than that.
  const head = readHead(path, options.keys)
  const files = [...full, path]
  let end: TrailEnd | null = options.partial ? null : TRAIL_START
  /** What the first record is chained to, where that is not here. */
  let begin: TrailEnd | null = null
  let cutAt: TrailEnd | null = null
  let report: TrailReport = {
    records: 0,
    files: files.length,
    firstSeq: 0,
    firstAt: null,
    lastAt: null,
    torn: false,
    cut: null,
    broken: null,
  }
  let atHead = head.state === 'known' && head.seq === 0 ? TRAIL_START.hash : null
  let place = { file: path, line: 1 }
  for (const file of files) {
    let line = 0
    for await (const { text, whole } of linesOf(file)) {
      line++
      place = { file, line }
      if (!whole && text !== null && file === path) {
        report = { ...report, torn: true }
        break
      }
      if (text === null) return { ...report, broken: { ...place, reason: 'is longer than a record can be' } }
      const isLate = report.records === 0 && startsLater(text)
      const checked = checkLine(text, isLate ? null : end, options)
      if ('broken' in checked) {
        const reason = isLate && !options.partial ? 'begins after the first record' : checked.broken
        return { ...report, broken: { ...place, reason } }
      }
      const { record } = checked
      if (isLate && !options.partial) begin = { seq: record.seq - 1, hash: record.prev }
      end = record
      if (record.rule === 'trail-cut') {
        const { through, hash } = record.facts
        cutAt = { seq: Number(through), hash: String(hash) }
        report = { ...report, cut: { through: cutAt.seq, at: record.at } }
      }
      await options.onRecord?.(record, text)
      if (head.state === 'known' && record.seq === head.seq) atHead = record.hash
      report = {
        ...report,
        records: report.records + 1,
        firstSeq: report.firstSeq || record.seq,
        firstAt: report.firstAt ?? record.at,
        lastAt: record.at,
      }
    }
    if (file === path) place = { file, line: report.torn ? line : line + 1 }
  }
  const broken = (reason: TrailBreak['reason']) => ({ ...report, broken: { ...place, reason } })
  if (begin !== null && !isCutThere(begin, cutAt)) {
    return { ...report, broken: { file: files[0] ?? path, line: 1, reason: 'begins after the first record' } }
  }
  if (head.state === 'missing' && !options.partial && report.records > 0) {
    return broken('has no head file, which would tell whether its end is missing')
  }
  if (head.state === 'forged') return broken('has a head file that is not the one that was written')
  if (head.state === 'unknown-key' && !options.linksOnly)
    return broken('is sealed with a key that is not in the key ring')
  if (head.state === 'known' && (end?.seq ?? 0) < head.seq) {
    return broken('is where the trail ends, and more had been written')
  }
  if (head.state === 'known' && atHead !== null && atHead !== head.hash) {
    return broken('has a head file that is not the one that was written')
  }
  return report
}

/** A prune that was ended by a kill has deleted less than it said; nothing makes more than that go. */
function isCutThere(begin: TrailEnd, cut: TrailEnd | null): boolean {
  return cut !== null && (cut.seq > begin.seq || (cut.seq === begin.seq && cut.hash === begin.hash))
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null)?.code
}

function startsLater(text: string): boolean {
  return !/"seq":1[,}]/.test(text)
}
