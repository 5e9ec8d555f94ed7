import { z } from 'zod'
import type { Cookie } from '../cookie.ts'
import { cdpObstacle, toCdpCookieParam } from './cdp-cookie.ts'
import { checkForm } from './check-form.ts'
import { CookieIntake, type ImportOptions } from './cookie-intake.ts'
import { takeJsonCookie } from './cookie-list.ts'
import { LossList, noteUnplaced } from './loss-list.ts'
import { OriginIntake } from './origin-intake.ts'
import { describeIssue, MAX_FILE_COOKIES, MAX_FILE_ORIGINS, readJson } from './read-json.ts'
import type { Imported, Loss, SessionState } from './state.ts'

/** A cookie in Playwright's storage state. */
export interface StorageStateCookie {
  /** Its name. */
  name: string
  /** Its value. */
  value: string
  /** With a leading dot for a domain cookie. */
  domain: string
  /** The path below which it is sent. */
  path: string
  /** Epoch seconds; -1 for a session cookie. */
  expires: number
  /** Whether scripts cannot see it. */
  httpOnly: boolean
  /** Whether it is sent over HTTPS only. */
  secure: boolean
  /** Playwright has no value for a SameSite that is not specified; Chromium treats it as Lax. */
  sameSite: 'Strict' | 'Lax' | 'None'
  /** The site whose partition it is in; absent for a cookie without a partition. */
  partitionKey?: string
  /** Whether the partition is that of a frame with a cross-site ancestor. The name is Playwright's. */
  _crHasCrossSiteAncestor?: boolean
}

/** What Playwright's `context.storageState({ indexedDB: true })` gives and `browser.newContext()` takes. */
export interface StorageState {
  /** The cookies of all sites. */
  cookies: StorageStateCookie[]
  /** The localStorage of each origin, and its databases where there are any, as Playwright keeps them. */
  origins: {
    origin: string
    localStorage: { name: string; value: string }[]
    indexedDB?: unknown
  }[]
}

const fileOriginSchema = z.looseObject({
  origin: z.string().refine((value) => value.isWellFormed(), 'not Unicode text'),
  localStorage: z.unknown().optional(),
  sessionStorage: z.unknown().optional(),
  indexedDB: z.unknown().optional(),
  opfs: z.unknown().optional(),
})
const fileItemSchema = z.object({ name: z.string(), value: z.string() })
const fileSchema = z.looseObject({
  cookies: z.array(z.unknown()).max(MAX_FILE_COOKIES).default([]),
  origins: z.array(z.unknown()).max(MAX_FILE_ORIGINS).default([]),
  credentials: z.unknown().optional(),
})
/** What an origin of a file may have; members that Onejar does not support are reported by name. */
const ORIGIN_MEMBERS = new Set(['origin', 'localStorage', 'sessionStorage', 'indexedDB', 'opfs'])
const FILE_MEMBERS = new Set(['cookies', 'origins', 'credentials'])

/**
 * A state as Playwright's storage state. A cookie that Chromium would not take is left out, because it would make
 * Playwright refuse the whole file; an unspecified SameSite is written as Lax, as Playwright itself does. Losses are
 * listed.
 */
export function toStorageState(state: SessionState): { state: StorageState; losses: Loss[] } {
  const losses = new LossList()
  const cookies: StorageStateCookie[] = []
  for (const cookie of state.cookies) {
    const obstacle = cdpObstacle(cookie)
    if (obstacle !== null) {
      losses.note('cookie', cookie.name, `it is left out: ${obstacle}`)
      continue
    }
    noteLosses(cookie, losses)
    cookies.push(fileCookie(cookie))
  }
  const origins = state.origins.map(({ origin, localStorage, sessionStorage, indexedDB }) => {
    if (sessionStorage.length > 0) losses.note('sessionStorage', origin, 'the format has no place for it')
    return {
      origin,
      localStorage: localStorage.map(([name, value]) => ({ name, value })),
      ...(indexedDB === null || indexedDB === undefined ? {} : { indexedDB }),
    }
  })
  return { state: { cookies, origins }, losses: losses.list() }
}

/**
 * Playwright's storage state, as text or parsed. An `expires` of -1, 0 or none means a session cookie. Lax stays Lax:
 * the format cannot tell it from an unspecified SameSite. `sessionStorage`, which Playwright does not write and its users
 * add, is taken: as a list like localStorage, as an object of keys and values, or as the JSON of one.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole is not of this form; single entries become problems
 */
export function fromStorageState(input: unknown, options: ImportOptions): Imported {
  const file = readJson(fileSchema, input, 'Playwright storage state')
  const intake = new CookieIntake(options)
  const origins = new OriginIntake(intake)
  if (file.credentials !== undefined) intake.leave('credentials', 'virtual authenticators are not kept')
  noteUnknown(file, FILE_MEMBERS, 'the file', intake)
  for (const [index, candidate] of file.cookies.entries())
    takeJsonCookie(candidate, `cookies[${index}]`, intake)
  for (const [index, candidate] of file.origins.entries())
    takeOrigin(candidate, `origins[${index}]`, intake, origins)
  return intake.result(origins.origins)
}

function takeOrigin(candidate: unknown, at: string, intake: CookieIntake, origins: OriginIntake): void {
  const parsed = checkForm(fileOriginSchema, candidate)
  if (!parsed.success) {
    intake.leave(at, describeIssue(parsed.error.issues[0]))
    return
  }
  const { origin, localStorage, sessionStorage, indexedDB, opfs } = parsed.data
  if (opfs !== undefined) intake.leave(`${at}.opfs`, 'files of an origin are not kept')
  noteUnknown(parsed.data, ORIGIN_MEMBERS, at, intake)
  origins.take(
    {
      origin,
      localStorage: storageItems(localStorage, `${at}.localStorage`, intake),
      sessionStorage: storageItems(sessionStorage, `${at}.sessionStorage`, intake),
      indexedDB,
    },
    at,
  )
}

/** Items of web storage in the forms that people save them in; what is none of them stays, to be refused by its place. */
function storageItems(value: unknown, at: string, intake: CookieIntake): unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) {
    return value.map((item) => {
      const pair = checkForm(fileItemSchema, item)
      return pair.success ? [pair.data.name, pair.data.value] : item
    })
  }
  const object = typeof value === 'string' ? parsedOrNull(value) : value
  if (typeof object === 'object' && object !== null && !Array.isArray(object)) return Object.entries(object)
  intake.leave(at, 'it is neither a list of items nor an object of keys and values')
  return []
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Reports members that are not taken, by number: their names come from the file and can hold anything. */
function noteUnknown(value: object, known: ReadonlySet<string>, at: string, intake: CookieIntake): void {
  const unknown = Object.entries(value).filter(([name, member]) => !known.has(name) && !isEmpty(member))
  if (unknown.length > 0) intake.leave(at, `${unknown.length} of its members are not known and not taken`)
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function fileCookie(cookie: Cookie): StorageStateCookie {
  const param = toCdpCookieParam(cookie)
  return {
    name: param.name,
    value: param.value,
    domain: param.domain,
    path: param.path,
    // 0 would be read as "none" by some and as 1970 by others.
    expires: param.expires === undefined ? -1 : Math.max(param.expires, 1),
    httpOnly: param.httpOnly,
    secure: param.secure,
    sameSite: param.sameSite ?? 'Lax',
    ...(param.partitionKey === undefined
      ? {}
      : {
          partitionKey: param.partitionKey.topLevelSite,
          _crHasCrossSiteAncestor: param.partitionKey.hasCrossSiteAncestor,
        }),
  }
}

function noteLosses(cookie: Cookie, losses: LossList): void {
  if (cookie.sameSite === 'unspecified') losses.note('sameSite', cookie.name, 'unspecified is written as Lax')
  noteUnplaced(cookie, losses)
}
