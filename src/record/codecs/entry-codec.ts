import { cookieId, type Entry, type EntryKind } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import { checkForm } from './check-form.ts'
import { entryValueSchemas, stampSchema } from './schemas.ts'

/** What came of reading an entry: the entry, or why it is none (a sentence that holds nothing of the entry). */
export type DecodedEntry =
  | { readonly ok: true; readonly entry: Entry }
  | { readonly ok: false; readonly reason: string }

/** Ids hold an origin and a storage key, or the parts of a cookie: bounded as those are. */
const MAX_ID_CHARS = 5 * 1024 * 1024 + 4096

const MAX_ORIGIN_CHARS = 2048

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
  if (typeof id !== 'string' || id.length > MAX_ID_CHARS) return refused('an id that is none')
  if (!checkForm(stampSchema, stamp).success) return refused('a stamp that is none')
  if (value === null) return { ok: true, entry: { kind, id, stamp, value } as Entry }
  const parsed = checkForm(entryValueSchemas[kind], value)
  if (!parsed.success) return refused(`a value that is no ${kind}`)
  const entry = { kind, id, stamp, value: parsed.data } as Entry
  return idFits(entry) ? { ok: true, entry } : refused('an id that is not the one of its value')
}

function isKind(kind: unknown): kind is EntryKind {
  return typeof kind === 'string' && Object.hasOwn(entryValueSchemas, kind)
}

function idFits(entry: Entry): boolean {
  if (entry.kind === 'cookie') return entry.value === null || cookieId(entry.value) === entry.id
  if (entry.kind === 'local') return entry.id.includes('\n')
  if (entry.kind === 'halt') return isOrigin(entry.id)
  return true
}

function isOrigin(text: string): boolean {
  return text.length <= MAX_ORIGIN_CHARS && URL.canParse(text) && new URL(text).origin === text
}

function refused(reason: string): DecodedEntry {
  return { ok: false, reason }
}
