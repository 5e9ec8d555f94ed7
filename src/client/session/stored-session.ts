import { type Clock, parseHttpUrl } from '../../core/index.ts'
import { type Cookie, SessionRecord } from '../../record/index.ts'
import type { SessionKey, Store } from '../../store/index.ts'
import { type BlockedOrigin, blockedOriginsOf } from './blocked-origins.ts'

/** What can be read of a session, whether it is open or not. */
export interface SessionView {
  readonly cookies: {
    /** All live cookies, oldest first. */
    all(): Cookie[]
    /** Those that a request to this URL would carry. @throws OnejarError ONEJAR_BAD_URL */
    matching(url: string | URL): Cookie[]
  }
  blockedOrigins(): readonly BlockedOrigin[]
}

/** Reads a session from the store without opening it: nothing is written, followed or made. */
export async function readStored(store: Store, key: SessionKey, clock: Clock): Promise<SessionView> {
  const record = new SessionRecord({ writer: 'reader', clock })
  record.merge((await store.load(key)).entries, { name: 'store' })
  return {
    cookies: {
      all: () => record.cookies(),
      matching: (url) => record.matchingCookies(parseHttpUrl(url)),
    },
    blockedOrigins: () => blockedOriginsOf(record),
  }
}
