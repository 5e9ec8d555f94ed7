import { z } from 'zod'
import type { Cookie, SameSite } from '../cookie.ts'
import { type CdpCookie, cdpObstacle, cdpReadObstacle, toCdpCookieParam } from './cdp-cookie.ts'
import { checkForm } from './check-form.ts'
import { CookieIntake, expiryFromSeconds, type ImportOptions } from './cookie-intake.ts'
import { LossList } from './loss-list.ts'
import { describeIssue, MAX_FILE_COOKIES, readJson } from './read-json.ts'
import type { Imported, Loss, SessionState } from './state.ts'
import { isUtf8, textToBytes } from './text-bytes.ts'

const text = z.string().refine((value) => value.isWellFormed(), 'not Unicode text')
const cookieList = z.array(z.unknown()).max(MAX_FILE_COOKIES)
const fileSchema = z.union([cookieList, z.object({ cookies: cookieList })])
const fileCookieSchema = z.object({
  name: text,
  value: text,
  domain: text,
  path: text.default('/'),
  expires: z.number().nullish(),
  size: z.number().optional(),
  httpOnly: z.boolean().default(false),
  secure: z.boolean().default(false),
  session: z.boolean().default(false),
  sameSite: z.enum(['Strict', 'Lax', 'None']).nullish(),
  priority: z.enum(['Low', 'Medium', 'High']).default('Medium'),
  sourceScheme: z.enum(['Secure', 'NonSecure', 'Unset']).default('Unset'),
  sourcePort: z.number().int().min(-1).max(65_535).default(-1),
  // Until 2024 the protocol had the site alone.
  partitionKey: z
    .union([text, z.object({ topLevelSite: text, hasCrossSiteAncestor: z.boolean() })])
    .nullish(),
  partitionKeyOpaque: z.boolean().default(false),
})
type FileCookie = z.output<typeof fileCookieSchema>

const SCHEMES = { Secure: 'secure', NonSecure: 'non-secure', Unset: 'unset' } as const

/**
 * The cookies of a state as Chromium's debugging protocol shows them (an array of `Network.Cookie`). It tells no
 * creation times, only their order; what else is lost is listed.
 */
export function toCdpJson(state: SessionState): { text: string; losses: Loss[] } {
  const losses = new LossList()
  const cookies: CdpCookie[] = []
  for (const cookie of state.cookies) {
    if (isUtf8(cookie.name) && isUtf8(cookie.value) && isUtf8(cookie.path)) cookies.push(fileCookie(cookie))
    else losses.note('cookie', cookie.name, `it is left out: ${cdpObstacle(cookie)}`)
  }
  for (const { origin } of state.origins) losses.note('storage', origin, 'the format holds cookies only')
  return { text: `${JSON.stringify(cookies, null, 2)}\n`, losses: losses.list() }
}

/**
 * Cookies as `Network.getCookies`, `Storage.getCookies` or Puppeteer give them: an array, or an object with one under
 * `cookies`; as text or parsed. Members that are missing have Chromium's defaults.
 *
 * @throws OnejarError ONEJAR_BAD_INPUT when the file as a whole is not of this form; single entries become problems
 */
export function fromCdpJson(input: unknown, options: ImportOptions): Imported {
  const file = readJson(fileSchema, input, 'CDP cookie file')
  const intake = new CookieIntake(options)
  for (const [index, candidate] of (Array.isArray(file) ? file : file.cookies).entries()) {
    const at = Array.isArray(file) ? `[${index}]` : `cookies[${index}]`
    const parsed = checkForm(fileCookieSchema, candidate)
    if (parsed.success) takeCookie(parsed.data, at, intake)
    else intake.note(at, describeIssue(parsed.error.issues[0]))
  }
  return { cookies: intake.cookies, origins: [], problems: intake.problems }
}

function takeCookie(cookie: FileCookie, at: string, intake: CookieIntake): void {
  const {
    name,
    value,
    size = Buffer.byteLength(name) + Buffer.byteLength(value),
    partitionKeyOpaque,
  } = cookie
  const obstacle = cdpReadObstacle({ name, value, size, partitionKeyOpaque })
  if (obstacle !== null) {
    intake.note(at, obstacle)
    return
  }
  const partition = cookie.partitionKey
  intake.take(
    {
      name: textToBytes(name),
      value: textToBytes(value),
      domain: cookie.domain,
      hostOnly: !cookie.domain.startsWith('.'),
      path: textToBytes(cookie.path),
      secure: cookie.secure,
      httpOnly: cookie.httpOnly,
      sameSite: (cookie.sameSite?.toLowerCase() ?? 'unspecified') as SameSite,
      priority: cookie.priority.toLowerCase() as Cookie['priority'],
      partitionKey:
        typeof partition === 'string'
          ? { topLevelSite: partition, hasCrossSiteAncestor: true }
          : (partition ?? null),
      expiresAt: cookie.session ? null : expiryFromSeconds(cookie.expires),
      sourceScheme: SCHEMES[cookie.sourceScheme],
      sourcePort: cookie.sourcePort === 0 ? -1 : cookie.sourcePort,
    },
    at,
  )
}

function fileCookie(cookie: Cookie): CdpCookie {
  const { expires, sameSite, partitionKey, ...param } = toCdpCookieParam(cookie)
  return {
    ...param,
    sourceScheme: cookie.sourceScheme === 'non-secure' ? 'NonSecure' : param.sourceScheme,
    expires: expires === undefined ? -1 : Math.max(expires, 1),
    size: cookie.name.length + cookie.value.length,
    session: expires === undefined,
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(partitionKey === undefined ? {} : { partitionKey }),
  }
}
