import { OnejarError } from '../core/index.ts'
import { decodeEntry, type Entry, encodeEntry, entryKey } from '../record/index.ts'
import type { Limits, Row, RowChange } from './backend.ts'
import type { Sealer } from './encryption.ts'
import type { ProblemReason, SessionKey } from './port.ts'
import { entryExpiry } from './retention.ts'

/** A stored row as an entry, or why it is none. */
export type OpenedRow =
  /** `stale`: sealed with a key that is not the present one. */
  | { readonly ok: true; readonly entry: Entry; readonly stale: boolean }
  | { readonly ok: false; readonly reason: ProblemReason }

const WRITER = /^[\x21-\x7e]{1,256}$/

/** Turns entries into the rows that a backend keeps, and back. What comes back is validated; nothing is read or written here. */
export class SealedRows {
  readonly #sealer: Sealer
  readonly #limits: Limits

  constructor(sealer: Sealer, limits: Limits) {
    this.#sealer = sealer
    this.#limits = limits
  }

  /** @throws OnejarError ONEJAR_BAD_INPUT where the entry's stamp is none */
  seal(name: string, field: string, entry: Entry): RowChange {
    const { time, writer } = entry.stamp
    if (!Number.isSafeInteger(time) || time < 0 || !WRITER.test(writer)) {
      throw new OnejarError('ONEJAR_BAD_INPUT', 'An entry to be stored has a stamp that is none')
    }
    const row = {
      field,
      time,
      writer,
      tombstone: entry.value === null,
      expiresAt: entryExpiry(entry, this.#limits),
    }
    return { ...row, body: this.#sealer.seal(name, contextOf(row), encodeEntry(entry)) }
  }

  open(name: string, row: Row): OpenedRow {
    const opened = this.#sealer.open(name, contextOf(row), row.body)
    if (!opened.ok) return opened
    const decoded = decodeEntry(opened.text, { time: row.time, writer: row.writer })
    if (!decoded.ok) return { ok: false, reason: 'malformed' }
    const { entry } = decoded
    const fits = (entry.value === null) === row.tombstone && this.field(name, entry) === row.field
    return fits ? { ok: true, entry, stale: opened.stale } : { ok: false, reason: 'altered' }
  }

  /** Which session it is, for those who have the key. */
  label(name: string, { tenant, id }: SessionKey): Uint8Array {
    return this.#sealer.seal(name, 'label', JSON.stringify([tenant, id]))
  }

  /** What an entry is found by. */
  field(name: string, entry: Entry): string {
    return this.#sealer.field(name, entryKey(entry))
  }

  /** What a lock is found by. */
  purpose(name: string, purpose: string): string {
    return this.#sealer.field(name, `lock\n${purpose}`)
  }
}

/** What a row's body belongs to, beside its session: all the store can read, so that nothing of it can be changed. */
function contextOf(row: Omit<Row, 'body'>): string {
  return JSON.stringify(['entry', row.field, row.time, row.writer, row.tombstone, row.expiresAt])
}
