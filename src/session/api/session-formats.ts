import { OnejarError } from '../../core/index.ts'
import {
  cookieId,
  type Entry,
  fromCdpJson,
  fromNetscape,
  fromOnejarJson,
  fromStorageState,
  type Imported,
  type ImportOptions,
  type Loss,
  localWrite,
  type Problem,
  type SessionState,
  type StorageState,
  stateFromEntries,
  toCdpJson,
  toNetscape,
  toOnejarJson,
  toStorageState,
  type Write,
} from '../../record/index.ts'

/**
 * The file forms that a session can be written in and read from: Playwright's storage state, cookies.txt as curl and wget
 * have it, Onejar's own (which loses nothing), and the cookies of Chromium's debugging protocol.
 */
export const SESSION_FORMATS = ['playwright', 'netscape', 'json', 'cdp'] as const

export type SessionFormat = (typeof SESSION_FORMATS)[number]

/** A session in one of the forms. It holds the session's secrets. */
export interface ExportedSession {
  readonly format: SessionFormat
  /** The file's content. */
  readonly text: string
  /** For `playwright`: what `browser.newContext({ storageState })` takes. Undefined for the others. */
  readonly storageState: StorageState | undefined
  /** What the form cannot carry: names and counts, no values. */
  readonly losses: readonly Loss[]
}

/** What became of an import. */
export interface ImportReport {
  readonly format: SessionFormat
  readonly cookies: number
  /** Origins whose storage was taken. */
  readonly origins: number
  /** Places in the file that were not taken as they are written; never a value. */
  readonly problems: readonly Problem[]
}

/** The entries of a record in a file form. */
export function exportEntries(entries: Iterable<Entry>, format: SessionFormat, now: number): ExportedSession {
  const { cookies, origins } = stateFromEntries(entries)
  const live = cookies.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  const state: SessionState = { cookies: live, origins }
  if (format === 'playwright') {
    const { state: storageState, losses } = toStorageState(state)
    return { format, text: `${JSON.stringify(storageState, null, 2)}\n`, storageState, losses }
  }
  if (format === 'json') return { format, text: toOnejarJson(state), storageState: undefined, losses: [] }
  return {
    format,
    storageState: undefined,
    ...(format === 'netscape' ? toNetscape(state) : toCdpJson(state)),
  }
}

/**
 * A file as the writes that bring it into a record. `auto` tells the forms apart by what the file holds.
 *
 * @param input - the file's content, or what was parsed from it
 * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole is of no known form; single entries become problems
 */
export function importWrites(
  input: string | Uint8Array | object,
  format: SessionFormat | 'auto',
  options: ImportOptions,
): { readonly writes: readonly Write[]; readonly report: ImportReport } {
  const content = format === 'netscape' ? input : parsed(input)
  const found = format === 'auto' ? formatOf(content) : format
  const imported = read(content, found, options)
  const { cookies, origins, problems } = imported
  return {
    writes: writesOf(imported),
    report: { format: found, cookies: cookies.length, origins: origins.length, problems },
  }
}

function read(content: unknown, format: SessionFormat, options: ImportOptions): Imported {
  if (format === 'playwright') return fromStorageState(content, options)
  if (format === 'json') return fromOnejarJson(content, options)
  if (format === 'cdp') return fromCdpJson(content, options)
  if (typeof content === 'string' || content instanceof Uint8Array) return fromNetscape(content, options)
  throw new OnejarError('ONEJAR_BAD_INPUT', 'A cookies.txt is text, not an object')
}

/** JSON when it begins like JSON; what is not stays as it is, bytes too, which need not be UTF-8. */
function parsed(input: string | Uint8Array | object): unknown {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) return input
  const head = typeof input === 'string' ? input : Buffer.from(input.subarray(0, 1024)).toString()
  if (!/^\ufeff?\s*[[{]/.test(head)) return input
  const text = typeof input === 'string' ? input : Buffer.from(input).toString()
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    throw new OnejarError('ONEJAR_BAD_INPUT', 'The file begins like JSON and is none')
  }
}

/** Which form a file has: what only one of them has decides. */
function formatOf(content: unknown): SessionFormat {
  if (typeof content === 'string' || content instanceof Uint8Array) return 'netscape'
  if (Array.isArray(content)) return 'cdp'
  const { format, origins, cookies } = content as { format?: unknown; origins?: unknown; cookies?: unknown }
  if (format === 'onejar') return 'json'
  if (Array.isArray(cookies) && origins === undefined && cookies.some(isCdpCookie)) return 'cdp'
  if (Array.isArray(cookies) || Array.isArray(origins)) return 'playwright'
  throw new OnejarError(
    'ONEJAR_BAD_INPUT',
    'The file is neither a Playwright storage state, nor a cookies.txt, nor a list of CDP cookies, nor an export of Onejar',
  )
}

function isCdpCookie(cookie: unknown): boolean {
  return (
    typeof cookie === 'object' &&
    cookie !== null &&
    ('session' in cookie || 'sourceScheme' in cookie || 'priority' in cookie)
  )
}

function writesOf({ cookies, origins }: SessionState): Write[] {
  const writes: Write[] = cookies.map((value) => ({ kind: 'cookie', id: cookieId(value), value }))
  for (const { origin, localStorage, sessionStorage, indexedDB } of origins) {
    for (const [key, value] of localStorage) writes.push(localWrite(origin, key, value))
    if (sessionStorage.length > 0) {
      writes.push({ kind: 'session-snapshot', id: origin, value: Object.fromEntries(sessionStorage) })
    }
    if (indexedDB !== null && indexedDB !== undefined) {
      writes.push({ kind: 'indexeddb-snapshot', id: origin, value: indexedDB })
    }
  }
  return writes
}
