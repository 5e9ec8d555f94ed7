import type { Cookie } from '../cookie.ts'
import { type Entry, splitLocalId } from '../entry.ts'

/** One item of web storage: key and value. */
export type StorageItem = readonly [key: string, value: string]

/** What one origin keeps, in the form that files exchange. */
export interface OriginState {
  /** As in `location.origin`. */
  readonly origin: string
  readonly localStorage: readonly StorageItem[]
  readonly sessionStorage: readonly StorageItem[]
  /** Playwright's storageState form; null when there is none. */
  readonly indexedDB: unknown
}

/** The part of a record that other tools know: what every file format is read into and written from. */
export interface SessionState {
  readonly cookies: readonly Cookie[]
  readonly origins: readonly OriginState[]
}

/** What a format cannot carry, for one attribute: how often, the first few names, and why. Never a value. */
export interface Loss {
  /** The attribute that is lost, such as `partition keys`. */
  readonly what: string
  /** How many cookies or origins lose it. */
  readonly count: number
  /** Cookie names or origins, five at most. */
  readonly names: readonly string[]
  /** The reason, in a sentence. */
  readonly why: string
}

/** One place in a file that was not taken as it is written: `cookies[3]`, `line 7`. Never a value. */
export interface Problem {
  /** The place in the file: `cookies[3]`, `line 7`. */
  readonly at: string
  /** What is wrong there, in a sentence. */
  readonly why: string
}

/** What a file held, and what of it was not taken. */
export interface Imported extends SessionState {
  readonly problems: readonly Problem[]
  /** How many of these places were not taken at all; absent for none. */
  readonly leftOut?: number
}

interface OriginDraft {
  readonly localStorage: StorageItem[]
  sessionStorage: StorageItem[]
  indexedDB: unknown
}

/** The cookies, in creation order, and the storage among a record's entries. Tombstones and other kinds are left out. */
export function stateFromEntries(entries: Iterable<Entry>): SessionState {
  const cookies: Cookie[] = []
  const origins = new Map<string, OriginDraft>()
  const draft = (origin: string): OriginDraft => {
    const known = origins.get(origin)
    if (known) return known
    const made: OriginDraft = { localStorage: [], sessionStorage: [], indexedDB: null }
    origins.set(origin, made)
    return made
  }
  for (const entry of entries) {
    if (entry.value === null) continue
    if (entry.kind === 'cookie') cookies.push(entry.value)
    else if (entry.kind === 'local') {
      const { origin, key } = splitLocalId(entry.id)
      draft(origin).localStorage.push([key, entry.value])
    } else if (entry.kind === 'session-snapshot') {
      draft(entry.id).sessionStorage = Object.entries(entry.value)
    } else if (entry.kind === 'indexeddb-snapshot') draft(entry.id).indexedDB = entry.value
  }
  cookies.sort((a, b) => a.created - b.created)
  return { cookies, origins: [...origins].map(([origin, made]) => ({ origin, ...made })) }
}
