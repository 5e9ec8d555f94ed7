import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import { OnejarError, parseOptions } from '../../core/index.ts'
import {
  cookieId,
  cookiesIn,
  decodeFile,
  dialectOf,
  type Entry,
  fromCdpJson,
  fromCookieList,
  fromHar,
  fromHeaderDump,
  fromNetscape,
  fromOnejarJson,
  fromStorageState,
  type Imported,
  type ImportOptions,
  isHeaderDump,
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
import { IMPORT_FORMATS, type ImportFormat, type SessionFormat } from './format-names.ts'

/** How a file is read. */
export interface ImportFileOptions {
  /** Default: `auto`, by what the file holds. */
  readonly format?: ImportFormat | 'auto'
  /**
   * The site that response headers are from: cookies without a Domain attribute belong to its host. Needed for `headers`
   * only.
   */
  readonly url?: string | URL
}

export const importFileSchema = z.strictObject({
  format: z.enum(['auto', ...IMPORT_FORMATS]).default('auto'),
  url: z.union([z.url({ protocol: /^https?$/ }), z.instanceof(URL)]).optional(),
})

/** A session in one of the forms. It holds the session's secrets. */
export interface ExportedSession {
  /** The form of the text. */
  readonly format: SessionFormat
  /** The file's content. */
  readonly text: string
  /** For `playwright`: what `browser.newContext({ storageState })` takes. Undefined for the others. */
  readonly storageState: StorageState | undefined
  /** What the form cannot carry: names and counts, no values. */
  readonly losses: readonly Loss[]
}

/** The result of an import. */
export interface ImportReport {
  /** The form that the file was taken for. */
  readonly format: ImportFormat
  /** How many cookies were taken. */
  readonly cookies: number
  /** Origins whose storage was taken. */
  readonly origins: number
  /** Places in the file that were not taken, or not as they are written; never a value. */
  readonly problems: readonly Problem[]
  /** How many of the problems are places that were not taken at all. */
  readonly leftOut: number
}

/**
 * The entries of a record in a file form.
 *
 * @param live - what lives with the browser only, as it is now: it replaces what the record has from the session's last
 *   release
 */
export function exportEntries(
  entries: Iterable<Entry>,
  format: SessionFormat,
  now: number,
  live: readonly Write[] = [],
): ExportedSession {
  const { cookies, origins } = stateFromEntries(withLive(entries, live))
  const valid = cookies.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  const state: SessionState = { cookies: valid, origins }
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

function withLive(entries: Iterable<Entry>, live: readonly Write[]): Iterable<Entry> {
  if (live.length === 0) return entries
  const newer = new Map(live.map((write) => [`${write.kind} ${write.id}`, write]))
  const rest = [...entries].filter(({ kind, id }) => !newer.has(`${kind} ${id}`))
  const stamp = { time: 0, writer: 'live' }
  return [...rest, ...[...newer.values()].map((write) => ({ ...write, stamp }) as Entry)]
}

/**
 * How a caller wants a file to be read: the name of a form, or options.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS
 */
export function importOptions(options: ImportFormat | 'auto' | ImportFileOptions) {
  const given = typeof options === 'string' ? { format: options } : options
  const { format, url } = parseOptions(importFileSchema, given, 'the options of import()')
  return { format, site: url === undefined ? null : new URL(url).hostname }
}

/**
 * A file as the writes that bring it into a record. `auto` recognises the format by the content of the file.
 *
 * @param input - the file's content, or what was parsed from it
 * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole is of no known form; single entries become problems
 */
export function importWrites(
  input: string | Uint8Array | object,
  format: ImportFormat | 'auto',
  options: ImportOptions,
): { readonly writes: readonly Write[]; readonly report: ImportReport } {
  const content = readContent(input, format)
  const found = format === 'auto' ? formatOf(content) : format
  const imported = read(content, found, options)
  const { cookies, origins, problems, leftOut = 0 } = imported
  return {
    writes: writesOf(imported),
    report: { format: found, cookies: cookies.length, origins: origins.length, problems, leftOut },
  }
}

const LINE_FORMS: readonly string[] = ['netscape', 'headers']

function read(content: unknown, format: ImportFormat, options: ImportOptions): Imported {
  switch (format) {
    case 'playwright':
      return fromStorageState(content, options)
    case 'json':
      return fromOnejarJson(content, options)
    case 'har':
      return fromHar(content, options)
    case 'cdp':
      return fromCdpJson(content, options)
    case 'extension':
      return fromCookieList(content, options, 'export of an extension')
    case 'selenium':
      return fromCookieList(content, options, 'list of WebDriver cookies')
  }
  if (typeof content !== 'string' && !(content instanceof Uint8Array))
    throw new OnejarError(
      'ONEJAR_BAD_INPUT',
      `A ${format === 'netscape' ? 'cookies.txt' : 'header dump'} is text, not an object`,
    )
  return format === 'netscape' ? fromNetscape(content, options) : fromHeaderDump(content, options)
}

/** JSON, or lines of it, is parsed; what is not stays as it is, bytes too, which need not be UTF-8. */
function readContent(input: string | Uint8Array | object, format: ImportFormat | 'auto'): unknown {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) return copied(input)
  const content = decodeFile(input)
  if (LINE_FORMS.includes(format)) return content
  const head = typeof content === 'string' ? content : Buffer.from(content.subarray(0, 1024)).toString()
  if (!/^\s*[[{]/.test(head)) return content
  if (typeof content !== 'string' && !isUtf8(content))
    throw new OnejarError(
      'ONEJAR_BAD_INPUT',
      'The file begins like JSON and is not in UTF-8: save it as UTF-8',
    )
  const text = typeof content === 'string' ? content : Buffer.from(content).toString()
  try {
    return JSON.parse(text)
  } catch {
    const lines = jsonLines(text)
    if (lines !== null) return lines
    throw new OnejarError('ONEJAR_BAD_INPUT', 'The file begins like JSON and is none')
  }
}

/** One JSON value a line, at least two of them; null when there is a line that is none. */
function jsonLines(text: string): unknown[] | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length < 2) return null
  try {
    return lines.map((line) => JSON.parse(line))
  } catch {
    return null
  }
}

/** An object of a caller, read once: what it gives at a second look could be something else. */
function copied(input: object): unknown {
  try {
    const text = JSON.stringify(input)
    if (text !== undefined) return JSON.parse(text)
  } catch {}
  throw new OnejarError('ONEJAR_BAD_INPUT', 'What is to be imported cannot be written as JSON')
}

/** Which form a file has: what only one of them has decides. */
function formatOf(content: unknown): ImportFormat {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    const text = typeof content === 'string' ? content : Buffer.from(content).toString('latin1')
    return isHeaderDump(text) ? 'headers' : 'netscape'
  }
  if (!Array.isArray(content) && typeof content === 'object' && content !== null) {
    const { format, origins, log } = content as { format?: unknown; origins?: unknown; log?: unknown }
    if (format === 'onejar') return 'json'
    if (typeof log === 'object' && log !== null && 'entries' in log) return 'har'
    if (Array.isArray(origins)) return 'playwright'
  }
  const listed = cookiesIn(content)
  if (listed === null) {
    throw new OnejarError(
      'ONEJAR_BAD_INPUT',
      'The file is neither a Playwright storage state, nor a cookies.txt, nor an export of Onejar or of a browser extension, nor cookies of Selenium, Puppeteer or the debugging protocol, nor a HAR, nor heads of answers',
    )
  }
  const dialect = dialectOf(listed)
  const isState = !Array.isArray(content) && dialect === 'cdp' && !hasCdpMembers(listed)
  return isState ? 'playwright' : dialect
}

/** What Playwright's cookies do not have. */
function hasCdpMembers(listed: readonly { readonly candidate: unknown }[]): boolean {
  return listed.some(
    ({ candidate }) =>
      typeof candidate === 'object' &&
      candidate !== null &&
      ['session', 'sourceScheme', 'priority', 'size'].some((name) => Object.hasOwn(candidate, name)),
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

/**
 * What a caller passes in as a file, copied: it may be changed afterwards.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when it is none
 */
export function takeFile(input: unknown): string | Uint8Array | object {
  if (typeof input === 'string') return input
  try {
    if (input instanceof Uint8Array) return Buffer.from(input)
    if (input instanceof ArrayBuffer) return Buffer.from(input.slice(0))
    if (typeof input === 'object' && input !== null) return structuredClone(input)
  } catch (cause) {
    throw new OnejarError('ONEJAR_BAD_INPUT', 'The object holds what no file could hold', { cause })
  }
  throw new OnejarError('ONEJAR_BAD_INPUT', 'The file is a text, bytes, or what was parsed from it')
}
