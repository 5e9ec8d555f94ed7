import type { Session, SessionOptions } from '../client/index.ts'
import { REFRESHED } from './refresh-once.ts'
import { SharedNotes } from './shared-notes.ts'

/** The options of a session whose logins over HTTP are known to the pages of all workers: they need none of their own then. */
export function noting(options: SessionOptions, sessionOf: () => Session | undefined): SessionOptions {
  const { reauthenticate: logIn } = options
  if (logIn === undefined) return options
  return {
    ...options,
    reauthenticate: async (what) => {
      await logIn(what)
      const session = sessionOf()
      if (session !== undefined) new SharedNotes(session).put(REFRESHED, REFRESHED)
    },
  }
}
