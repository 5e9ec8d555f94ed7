import { open } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { type AuditRecord, parseRecord } from '../compliance/index.ts'
import { fullFiles } from './trail-files.ts'
import { linesOf } from './trail-lines.ts'

/** A record, and its line without the line feed. */
export interface ReadRecord {
  readonly record: AuditRecord
  readonly line: string
  /** Where in its file the next one begins. */
  readonly endsAt: number
}

/** How often a followed trail is looked at, in milliseconds. */
const FOLLOW_MS = 200

/**
 * The last records of a trail that are wanted, in their order. Reads no more files than it has to. What is no record is left out:
 * `verifyTrail` says of it.
 *
 * @throws what the system says of a file that cannot be read
 */
export async function lastRecords(
  path: string,
  count: number,
  wanted: (record: AuditRecord) => boolean,
): Promise<ReadRecord[]> {
  let last: ReadRecord[] = []
  for (const file of [path, ...fullFiles(path).reverse()]) {
    if (last.length >= count) break
    const missing = count - last.length
    let found: ReadRecord[] = []
    for await (const one of recordsOf(file)) {
      if (!wanted(one.record)) continue
      found.push(one)
      if (found.length > 2 * missing) found = found.slice(-missing)
    }
    last = [...found.slice(-missing), ...last]
  }
  return last
}

/**
 * Whether a file can be the newest of a trail: a line of it is a record, or nothing whole has been written yet. What was put in the
 * place of a line is for `verifyTrail` to say.
 *
 * @throws what the system says of a file that cannot be read
 */
export async function isTrail(path: string): Promise<boolean> {
  let lines = 0
  for await (const { text, whole } of linesOf(path)) {
    if (text !== null && whole && parseRecord(text) !== null) return true
    // The beginning of a record may be all that a crash has left.
    if (whole || text === null || !text.startsWith('{')) lines++
  }
  return lines === 0
}

/**
 * The records that are written from now on, each once, in their order, over all files that are put aside meanwhile. Ends with the
 * signal.
 *
 * @param after - the number of the last record that is known
 * @param pause - what is waited for when there is nothing new. Default: 200 ms
 */
export async function* followTrail(
  path: string,
  after: number,
  signal: AbortSignal,
  pause: (signal: AbortSignal) => Promise<void> = aWhile,
): AsyncGenerator<ReadRecord> {
  let seen = after
  /** The file that was read, how long it was, and where its last whole line ended. */
  let known = { ino: 0, size: 0, readTo: 0 }
  let mayMiss = false
  while (!signal.aborted) {
    const { ino, size } = await statOf(path)
    if (ino !== known.ino || size !== known.size) {
      const isSame = ino === known.ino && size > known.size
      let readTo = isSame ? known.readTo : 0
      let missed = false
      for (const file of isSame ? [path] : [...unreadFiles(path, seen), path]) {
        for await (const one of recordsOf(file, isSame ? readTo : 0)) {
          if (file === path) readTo = one.endsAt
          if (one.record.seq <= seen) continue
          // The file in between was put aside just now, or pruned: a second reading shows which.
          missed = one.record.seq > seen + 1 && !mayMiss
          if (missed) break
          seen = one.record.seq
          mayMiss = false
          yield one
        }
        if (missed) break
      }
      mayMiss = missed
      known = missed ? { ino: 0, size: 0, readTo: 0 } : { ino, size, readTo }
      if (missed) continue
    }
    await pause(signal)
  }
}

async function aWhile(signal: AbortSignal): Promise<void> {
  await wait(FOLLOW_MS, undefined, { signal }).catch(() => {})
}

/** The full files that end with a later record. */
function unreadFiles(path: string, seen: number): string[] {
  return fullFiles(path).filter((file) => Number(file.slice(path.length + 1)) > seen)
}

async function statOf(path: string): Promise<{ readonly ino: number; readonly size: number }> {
  await using file = await open(path, 'r')
  return file.stat()
}

async function* recordsOf(file: string, from = 0): AsyncGenerator<ReadRecord> {
  for await (const { text, whole, endsAt } of linesOf(file, from)) {
    const record = text === null || !whole ? null : parseRecord(text)
    if (record !== null && text !== null) yield { record, line: text, endsAt }
  }
}
