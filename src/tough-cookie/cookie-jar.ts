import type { Session } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import { SessionCookieJar } from './session-cookie-jar.ts'

/**
 * The session's cookies as a jar of tough-cookie. Clients that take such a jar (got, axios with axios-cookiejar-support,
 * http-cookie-agent and others) then share cookies with the session's requests and open pages. The rules are those of the
 * session, which are Chromium's. tough-cookie 4, 5 or 6 has to be installed beside Onejar.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS when the argument is not a session, ONEJAR_CLOSED when the session was released;
 * every method of the jar throws ONEJAR_CLOSED after that
 * @example
 * ```ts
 * import got from 'got'
 * import { cookieJar } from 'onejar/tough-cookie'
 *
 * const api = got.extend({ cookieJar: cookieJar(session), prefixUrl: 'https://example.com' })
 * ```
 */
export function cookieJar(session: Session): SessionCookieJar {
  const cookies = (session as Partial<Session> | null | undefined)?.cookies
  if (typeof cookies?.setSync !== 'function') {
    throw new OnejarError(
      'ONEJAR_BAD_OPTIONS',
      'cookieJar(): expected a session, as broker.session() gives it',
    )
  }
  if (session.closed) throw new OnejarError('ONEJAR_CLOSED', 'The session was released')
  return new SessionCookieJar(cookies)
}
