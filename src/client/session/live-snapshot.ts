import type { LiveSnapshot } from '../../browser/index.ts'
import type { Loss, Write } from '../../record/index.ts'

/** How long an export waits for the browser: a page may be busy, or gone. */
const WAIT_MS = 15_000
const MAX_NAMES = 5

/**
 * What lives with the browser only (sessionStorage, IndexedDB), for an export, and what of it could not be had. Nothing
 * where no browser is open.
 */
export async function liveSnapshot(
  browser: { snapshot(): Promise<LiveSnapshot | null> } | undefined,
): Promise<{ readonly writes: readonly Write[]; readonly losses: readonly Loss[] }> {
  if (browser === undefined) return { writes: [], losses: [] }
  const timer = new AbortController()
  const late = new Promise<never>((_, reject) => {
    const id = setTimeout(() => reject(new Error('late')), WAIT_MS)
    timer.signal.addEventListener('abort', () => clearTimeout(id), { once: true })
  })
  try {
    const snapshot = await Promise.race([browser.snapshot(), late])
    if (snapshot === null) return { writes: [], losses: [] }
    const { writes, missed } = snapshot
    const why =
      'a tab has left it, and what the tab keeps for it is known when it is closed; what was kept before is written'
    const names = missed.slice(0, MAX_NAMES)
    return {
      writes,
      losses: missed.length === 0 ? [] : [{ what: 'sessionStorage', count: missed.length, names, why }],
    }
  } catch {
    const why = 'the browser did not show what its pages hold now; what was kept before is written'
    return { writes: [], losses: [{ what: 'sessionStorage and IndexedDB', count: 1, names: [], why }] }
  } finally {
    timer.abort()
  }
}
