import { maskValue, type ReportCookie } from './data.ts'

/** The part of a cookie that the report shows. */
export interface ShownCookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly hostOnly: boolean
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: string
  /** Epoch milliseconds; null for a session cookie. */
  readonly expiresAt: number | null
}

/** A cookie as the report shows it, its value masked. */
export function cookieRow(cookie: ShownCookie): ReportCookie {
  const attributes = [
    `Path=${cookie.path}`,
    cookie.expiresAt === null ? 'session' : `Expires=${new Date(cookie.expiresAt).toISOString()}`,
    ...(cookie.secure ? ['Secure'] : []),
    ...(cookie.httpOnly ? ['HttpOnly'] : []),
    `SameSite=${cookie.sameSite}`,
  ]
  return {
    name: cookie.name,
    domain: cookie.hostOnly ? cookie.domain : `.${cookie.domain}`,
    maskedValue: maskValue(cookie.value),
    attributes: attributes.join('; '),
  }
}
