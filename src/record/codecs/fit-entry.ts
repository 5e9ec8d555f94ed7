import type { Cookie } from '../cookie.ts'
import { cookieId, type EntryKind, type EntryValues } from '../entry.ts'
import { checkForm } from './check-form.ts'
import { describeIssue } from './read-json.ts'
import { entryValueSchemas } from './schemas.ts'

/** Ids hold an origin and a storage key, or the parts of a cookie: bounded as those are. */
const MAX_ID_CHARS = 5 * 1024 * 1024 + 4096

const MAX_ORIGIN_CHARS = 2048

/** A value as a record holds it, or why it cannot hold it: a sentence with nothing of the value in it. */
export type Fitness<K extends EntryKind> =
  | { readonly ok: true; readonly value: EntryValues[K] | null }
  | { readonly ok: false; readonly reason: string }

/**
 * Checks whether a record may hold an entry, both when it is written and when it is read from a store. Costs microseconds
 * for all but snapshots, which are walked.
 */
export function fitEntry<K extends EntryKind>(kind: K, id: string, value: unknown): Fitness<K> {
  if (id.length > MAX_ID_CHARS) return { ok: false, reason: 'an id that is too long' }
  if (value === null) return { ok: true, value }
  const parsed = checkForm(entryValueSchemas[kind], value)
  if (!parsed.success) {
    const reason = `a value that is not a valid ${kind} (${describeIssue(parsed.error.issues[0])})`
    return { ok: false, reason }
  }
  const valid = parsed.data as EntryValues[K]
  if (!idFits(kind, id, valid)) return { ok: false, reason: 'an id that does not match its value' }
  return { ok: true, value: valid }
}

/** Why a record cannot hold this; undefined when it can. */
export function unfitness(write: { readonly kind: EntryKind; readonly id: string; readonly value: unknown }) {
  const fit = fitEntry(write.kind, write.id, write.value)
  return fit.ok ? undefined : fit.reason
}

function idFits(kind: EntryKind, id: string, value: unknown): boolean {
  if (kind === 'cookie') return cookieId(value as Cookie) === id
  if (kind === 'local') return id.includes('\n')
  if (kind === 'halt' || kind === 'rate-limit-pause' || kind === 'login') return isOrigin(id)
  return true
}

function isOrigin(text: string): boolean {
  return text.length <= MAX_ORIGIN_CHARS && URL.canParse(text) && new URL(text).origin === text
}
