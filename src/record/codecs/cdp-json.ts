import type { Cookie } from '../cookie.ts'
import { type CdpCookie, cdpObstacle, toCdpCookieParam } from './cdp-cookie.ts'
import type { ImportOptions } from './cookie-intake.ts'
import { fromCookieList } from './cookie-list.ts'
import { LossList } from './loss-list.ts'
import type { Imported, Loss, SessionState } from './state.ts'
import { isUtf8 } from './text-bytes.ts'

/**
 * The cookies of a state as Chromium's debugging protocol shows them (an array of `Network.Cookie`). It has no
 * creation times, only their order; other losses are listed.
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
  return fromCookieList(input, options, 'CDP cookie file')
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
