import { z } from 'zod'
import type { Cookie, SameSite } from '../cookie.ts'
import { cdpObstacle, toCdpCookieParam } from './cdp-cookie.ts'
import { checkForm } from './check-form.ts'
import { CookieIntake, expiryFromSeconds, type ImportOptions } from './cookie-intake.ts'
import { LossList, noteUnplaced } from './loss-list.ts'
import { OriginIntake } from './origin-intake.ts'
import { describeIssue, MAX_FILE_COOKIES, MAX_FILE_ORIGINS, readJson } from './read-json.ts'
import type { Imported, Loss, SessionState } from './state.ts'
import { textToBytes } from './text-bytes.ts'

/** A cookie in Playwright's storage state. */
export interface StorageStateCookie {
  name: string
  value: string
  /** With a leading dot for a domain cookie. */
  domain: string
  path: string
  /** Epoch seconds; -1 for a session cookie. */
  expires: number
  httpOnly: boolean
  secure: boolean
  sameSite: 'Strict' | 'Lax' | 'None'
  partitionKey?: string
  _crHasCrossSiteAncestor?: boolean
}

/** What Playwright's `context.storageState({ indexedDB: true })` gives and `browser.newContext()` takes. */
export interface StorageState {
  cookies: StorageStateCookie[]
  origins: {
    origin: string
    localStorage: { name: string; value: string }[]
    indexedDB?: unknown
  }[]
}

const text = z.string().refine((value) => value.isWellFormed(), 'not Unicode text')
const fileSchema = z.object({
  cookies: z.array(z.unknown()).max(MAX_FILE_COOKIES).default([]),
  origins: z.array(z.unknown()).max(MAX_FILE_ORIGINS).default([]),
  credentials: z.unknown().optional(),
})
const fileCookieSchema = z.object({
  name: text,
  value: text,
  domain: text,
  path: text.default('/'),
  expires: z.number().nullish(),
  httpOnly: z.boolean().default(false),
  secure: z.boolean().default(false),
  sameSite: z.enum(['Strict', 'Lax', 'None']).nullish(),
  partitionKey: text.nullish(),
  _crHasCrossSiteAncestor: z.boolean().default(true),
})
const fileOriginSchema = z.object({
  origin: text,
  localStorage: z.array(z.unknown()).default([]),
  indexedDB: z.unknown().optional(),
  opfs: z.unknown().optional(),
})
const fileItemSchema = z.object({ name: z.string(), value: z.string() })

/**
 * A state as Playwright's storage state. A cookie that Chromium would not take is left out, because it would make
 * Playwright refuse the whole file; an unspecified SameSite is written as Lax, as Playwright itself does. What is lost
 * on the way is listed.
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
 * the format cannot tell it from an unspecified SameSite.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole is not of this form; single entries become problems
 */
export function fromStorageState(input: unknown, options: ImportOptions): Imported {
  const file = readJson(fileSchema, input, 'Playwright storage state')
  const intake = new CookieIntake(options)
  const origins = new OriginIntake(intake)
  if (file.credentials !== undefined) intake.note('credentials', 'virtual authenticators are not kept')
  for (const [index, candidate] of file.cookies.entries()) {
    const at = `cookies[${index}]`
    const parsed = checkForm(fileCookieSchema, candidate)
    if (!parsed.success) {
      intake.note(at, describeIssue(parsed.error.issues[0]))
      continue
    }
    const cookie = parsed.data
    intake.take(
      {
        name: textToBytes(cookie.name),
        value: textToBytes(cookie.value),
        domain: cookie.domain,
        hostOnly: !cookie.domain.startsWith('.'),
        path: textToBytes(cookie.path),
        secure: cookie.secure,
        httpOnly: cookie.httpOnly,
        sameSite: (cookie.sameSite?.toLowerCase() ?? 'unspecified') as SameSite,
        priority: 'medium',
        partitionKey: cookie.partitionKey
          ? { topLevelSite: cookie.partitionKey, hasCrossSiteAncestor: cookie._crHasCrossSiteAncestor }
          : null,
        expiresAt: expiryFromSeconds(cookie.expires),
        sourceScheme: 'unset',
        sourcePort: -1,
      },
      at,
    )
  }
  for (const [index, candidate] of file.origins.entries())
    takeOrigin(candidate, `origins[${index}]`, intake, origins)
  return { cookies: intake.cookies, origins: origins.origins, problems: intake.problems }
}

function takeOrigin(candidate: unknown, at: string, intake: CookieIntake, origins: OriginIntake): void {
  const parsed = checkForm(fileOriginSchema, candidate)
  if (!parsed.success) {
    intake.note(at, describeIssue(parsed.error.issues[0]))
    return
  }
  const { origin, localStorage, indexedDB, opfs } = parsed.data
  if (opfs !== undefined) intake.note(`${at}.opfs`, 'files of an origin are not kept')
  const items = localStorage.map((item) => {
    const pair = checkForm(fileItemSchema, item)
    return pair.success ? [pair.data.name, pair.data.value] : item
  })
  origins.take({ origin, localStorage: items, sessionStorage: [], indexedDB }, at)
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
