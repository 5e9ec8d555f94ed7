import type { Cookie } from '../record/index.ts'
import { clip } from './clip.ts'
import type { ReportCookie } from './report-data.ts'

/** A cookie without its value. */
export function cookieRow(cookie: Cookie): ReportCookie {
  const { name, value, domain, hostOnly, path, secure, httpOnly, sameSite, expiresAt } = cookie
  const attributes = [
    `Path=${clip(path, 100)}`,
    expiresAt === null ? 'session' : `Expires=${new Date(Math.min(expiresAt, 8.64e15)).toISOString()}`,
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(sameSite === 'unspecified' ? [] : [`SameSite=${sameSite}`]),
    ...(cookie.partitionKey === null ? [] : ['Partitioned']),
  ]
  return {
    name: clip(name, 100),
    domain: hostOnly ? domain : `.${domain}`,
    attributes: attributes.join('; '),
    valueBytes: value.length,
  }
}
