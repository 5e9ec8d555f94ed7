import type { Session } from '../client/index.ts'
import type { LoginOptions } from './options.ts'
import { SharedNotes } from './shared-notes.ts'

const DONE = 'logged in'

/**
 * Logs a session in, once for all workers that share it: one does, the others wait and have what it was given.
 *
 * @throws what the hooks throw
 */
export async function ensureLogin(
  session: Session,
  { logIn, isLoggedIn }: LoginOptions,
  baseURL: string | undefined,
): Promise<void> {
  if (logIn === undefined) return
  const notes = new SharedNotes(session)
  const what = { session, baseURL }
  const isIn = async () =>
    notes.get(DONE) !== undefined && (isLoggedIn === undefined || (await isLoggedIn(what)))
  if (await isIn()) return
  await notes.alone('test login', async () => {
    if (await isIn()) return
    await logIn(what)
    notes.put(DONE, DONE)
  })
}
