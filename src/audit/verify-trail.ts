import {
  type AuditKey,
  type BrokenLink,
  checkLine,
  MAX_LINE_BYTES,
  TRAIL_START,
  type TrailEnd,
} from '../compliance/index.ts'
import { openRegular } from '../core/index.ts'
import { fullFiles } from './trail-files.ts'
import { readHead } from './trail-head.ts'

export interface VerifyOptions {
  readonly keys: readonly AuditKey[]
  /** Whether records without a key count as broken. */
  readonly keyed: boolean
  /** Look at the place of each record in the chain alone, where its key is not there. */
  readonly linksOnly?: boolean
  /** Whether the trail may begin in the middle, and its head be missing: the rest is kept elsewhere. */
  readonly partial: boolean
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
  readonly broken: TrailBreak | null
}

/**
 * Reads a trail from its first record to its last and looks at every link. Holds one line at a time.
 *
 * @throws what the system says of a file that cannot be read
 */
export async function verifyTrail(path: string, options: VerifyOptions): Promise<TrailReport> {
  // The end is read first: who writes meanwhile only makes the trail longer than that.
  const head = readHead(path, options.keys)
  const files = [...fullFiles(path), path]
  let end: TrailEnd | null = options.partial ? null : TRAIL_START
  let report: TrailReport = {
    records: 0,
    files: files.length,
    firstSeq: 0,
    firstAt: null,
    lastAt: null,
    torn: false,
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
      const checked = checkLine(text, end, options)
      if ('broken' in checked) {
        const late = report.records === 0 && startsLater(text) && !options.partial
        return {
          ...report,
          broken: { ...place, reason: late ? 'begins after the first record' : checked.broken },
        }
      }
      const { record } = checked
      end = record
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

function startsLater(text: string): boolean {
  return !/"seq":1[,}]/.test(text)
}

/** The lines of a file; `text` is null for one that is too long, and ends the reading. */
async function* linesOf(path: string): AsyncGenerator<{ text: string | null; whole: boolean }> {
  await using file = await openRegular(path)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of file.createReadStream({ autoClose: false })) {
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    let at = 0
    for (let feed = rest.indexOf(10); feed >= 0; feed = rest.indexOf(10, at)) {
      if (feed - at >= MAX_LINE_BYTES) yield { text: null, whole: true }
      yield { text: rest.toString('utf8', at, feed), whole: true }
      at = feed + 1
    }
    rest = rest.subarray(at)
    if (rest.length > MAX_LINE_BYTES) {
      yield { text: null, whole: false }
      return
    }
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), whole: false }
}
