import type { CDPSession } from 'playwright'
import {
  type CdpCookie,
  type CdpCookieParam,
  cdpFingerprint,
  toCdpCookieParam,
} from '../../../src/record/codecs/cdp-cookie.ts'
import type { Cookie } from '../../../src/record/cookie.ts'

/** Expiry is counted from receipt, and the two sides do not receive at the same instant. */
const SLACK_S = 20

/** A jar as two sides can compare it: each cookie as one text without its expiry, and the expiry beside it. */
export type ShownJar = ReadonlyMap<string, number>

/** What Chromium holds, asked of the context that this CDP session's page is in. */
export async function chromiumJar(cdp: CDPSession): Promise<ShownJar> {
  const { cookies } = await cdp.send('Network.getAllCookies')
  return shown(cookies as unknown as CdpCookie[], (cookie) => cookie)
}

/** What our jar holds, as Chromium would show it. */
export function ourJar(cookies: readonly Cookie[]): ShownJar {
  return shown(cookies, (cookie) => ({
    ...toCdpCookieParam(cookie),
    size: cookie.name.length + cookie.value.length,
  }))
}

function shown<T>(cookies: readonly T[], toCdp: (cookie: T) => CdpCookieParam | CdpCookie): ShownJar {
  const jar = new Map<string, number>()
  for (const cookie of cookies) {
    const cdp = toCdp(cookie)
    const session = cdp.expires === undefined || cdp.expires === -1
    const timeless = { ...cdp, expires: session ? -1 : 1 }
    jar.set(cdpFingerprint(timeless as CdpCookie), session ? -1 : (cdp.expires ?? Number.NaN))
  }
  return jar
}

/** What one jar has and the other has not; empty when they agree. */
export function difference(ours: ShownJar, theirs: ShownJar): string[] {
  const found: string[] = []
  for (const [cookie, expires] of ours) {
    const their = theirs.get(cookie)
    if (their === undefined) found.push(`only Onejar has ${JSON.stringify(cookie)}`)
    else if (!(Math.abs(expires - their) <= SLACK_S))
      found.push(`${JSON.stringify(cookie)} ends at ${expires}, in Chromium at ${their}`)
  }
  for (const cookie of theirs.keys()) {
    if (!ours.has(cookie)) found.push(`only Chromium has ${JSON.stringify(cookie)}`)
  }
  return found
}
