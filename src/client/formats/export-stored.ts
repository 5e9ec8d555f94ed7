import type { Entry } from '../../record/index.ts'
import type { SessionFormat } from './format-names.ts'
import type { ExportedSession } from './session-formats.ts'

/**
 * What a store has of a session, in a file form, without opening the session.
 *
 * @param now - epoch milliseconds: what has expired by then is left out
 */
export async function exportStored(
  entries: readonly Entry[],
  format: SessionFormat,
  now: number,
): Promise<ExportedSession> {
  const { exportEntries } = await import('./session-formats.ts')
  return exportEntries(entries, format, now)
}
