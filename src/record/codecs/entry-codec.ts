import type { Entry, EntryKind } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import { checkForm } from './check-form.ts'
import { fitEntry } from './fit-entry.ts'
import { entryValueSchemas, stampSchema } from './schemas.ts'

/** The result of reading an entry: the entry, or why it is invalid (a sentence without its content). */
export type DecodedEntry =
  | { readonly ok: true; readonly entry: Entry }
  | { readonly ok: false; readonly reason: string }

/**
 * An entry as text for a store: its kind, id and value as JSON. The stamp is not in it: stores keep that beside it, to
 * merge by. Total; lone surrogates, which web storage may hold, survive.
 */
export function encodeEntry(entry: Entry): string {
  return JSON.stringify([entry.kind, entry.id, entry.value])
}

/** The inverse of `encodeEntry`, for text from a hostile source: never throws, refuses what is not exactly an entry. */
export function decodeEntry(text: string, stamp: Stamp): DecodedEntry {
  let parts: unknown
  try {
    parts = JSON.parse(text)
  } catch {
    return refused('not JSON')
  }
  if (!Array.isArray(parts) || parts.length !== 3) return refused('not an entry')
  const [kind, id, value] = parts as unknown[]
  if (!isKind(kind)) return refused('an unknown kind of entry')
  if (typeof id !== 'string') return refused('an invalid id')
  if (!checkForm(stampSchema, stamp).success) return refused('an invalid stamp')
  const fit = fitEntry(kind, id, value)
  return fit.ok ? { ok: true, entry: { kind, id, stamp, value: fit.value } as Entry } : fit
}

function isKind(kind: unknown): kind is EntryKind {
  return typeof kind === 'string' && Object.hasOwn(entryValueSchemas, kind)
}

function refused(reason: string): DecodedEntry {
  return { ok: false, reason }
}
