import { cookieId, type SessionRecord, splitLocalId, timeToMs } from '../../record/index.ts'
import { clip } from '../../report/index.ts'

const MAX_ENTRIES = 1_000

/** A cookie or an item, without its value. */
export interface WrittenEntry {
  readonly kind: 'cookie' | 'localStorage'
  readonly name: string
  /** A cookie's domain and path, or the origin. */
  readonly where: string
  /** Epoch milliseconds. */
  readonly at: number
  /** Who wrote it, in words. */
  readonly writer: string
  readonly valueChars: number
}

/** @param here - the name of this process in stamps */
export function writtenEntries(record: SessionRecord, here: string): WrittenEntry[] {
  const live = new Set(record.cookies().map(cookieId))
  const found: WrittenEntry[] = []
  for (const entry of record.entries()) {
    if (entry.value === null) continue
    const at = timeToMs(entry.stamp.time)
    const writer = entry.stamp.writer === here ? 'this process' : 'another process, or an earlier one'
    if (entry.kind === 'cookie') {
      const { name, domain, path, hostOnly, value } = entry.value
      if (!live.has(entry.id)) continue
      const where = `${hostOnly ? '' : '.'}${domain}${path}`
      found.push({
        kind: 'cookie',
        name: clip(name),
        where: clip(where),
        at,
        writer,
        valueChars: value.length,
      })
    } else if (entry.kind === 'local') {
      const { origin, key } = splitLocalId(entry.id)
      const name = clip(key)
      found.push({ kind: 'localStorage', name, where: origin, at, writer, valueChars: entry.value.length })
    }
  }
  return found.sort((a, b) => b.at - a.at).slice(0, MAX_ENTRIES)
}
