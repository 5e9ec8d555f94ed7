import type { Session } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import { SessionCookieJar } from './session-cookie-jar.ts'

/**
 * A tough-cookie jar that is the session: what reads and writes it (got, axios with axios-cookiejar-support,
 * http-cookie-agent and others) shares cookies with the session's requests and open pages. The rules are the record's,
 * which are Chromium's. tough-cookie 4, 5 or 6 has to be installed beside Onejar.
 *
 * @example
 * import got from 'got'
 * import { openBroker } from 'onejar'
 * import { cookieJar } from 'onejar/tough-cookie'
 *
 * const broker = await openBroker()
 * const session = await broker.session('alice')
 * const api = got.extend({ cookieJar: cookieJar(session) })
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS for what is no session, ONEJAR_CLOSED for one that was released; so does every
 * method of the jar afterwards
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
