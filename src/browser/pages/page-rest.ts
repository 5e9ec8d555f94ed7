import type { PageActivity } from './page-activity.ts'

export interface RestOptions {
  /** The end of the waiting, on the clock of `performance.now()`. */
  readonly until: number
  /** Whether what the page asks for again and again counts as work, as long as it is open. Default: false. */
  readonly polls?: boolean | undefined
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined
}

/** What a document says of itself. */
export interface DocumentState {
  readonly loaded: boolean
  /** Whether scripts can change it. */
  readonly scripts: boolean
  /** Whether it shows any text. */
  readonly text: boolean
  /** Since it was changed last, after its parsing; null when it was not. */
  readonly unchangedMs: number | null
}

const LOOK_EVERY_MS = 50
/** Nothing has to happen for so long after something did, and where a script may still be about to begin. */
const QUIET_MS = 500
const BEGIN_MS = 150
/** A document with scripts and without text has not begun. */
const EMPTY_MS = 1_500
/** What changes a document without asking the network, an animation or a clock, is waited for so long. */
const MOVING_MS = 2_000
/** A picture that does not come keeps a document from being loaded. */
const LOADING_MS = 3_000

/**
 * Waits until a page has come to rest: loaded, its scripts wait for no answer, and nothing changes the document. One without
 * scripts is at rest when it is loaded. Each look is a round trip.
 *
 * @returns false where it has not, within the time
 */
export async function awaitRest(
  activity: PageActivity,
  look: () => Promise<DocumentState | null>,
  { until, polls = false, signal }: RestOptions,
): Promise<boolean> {
  let loadedAt: number | undefined
  for (;;) {
    const state = await look()
    const now = performance.now()
    if (signal?.aborted) return false
    if (state === null || activity.busy(polls)) loadedAt = undefined
    else {
      const lastAt = activity.lastAt(polls)
      if (state.loaded) loadedAt ??= now
      if (state.loaded || now - lastAt >= LOADING_MS) {
        const movedFor = now - Math.max(lastAt, loadedAt ?? 0)
        const still = state.unchangedMs === null || movedFor >= MOVING_MS ? Infinity : state.unchangedMs
        const active = activity.scripted || state.unchangedMs !== null
        const needed = quietFor(state, active)
        if (Math.min(now - Math.max(lastAt, active ? 0 : (loadedAt ?? 0)), still) >= needed) return true
      }
    }
    if (now >= until) return false
    await pause(Math.min(LOOK_EVERY_MS, until - now))
  }
}

function quietFor({ scripts, text }: DocumentState, active: boolean): number {
  if (!scripts) return 0
  if (!text) return EMPTY_MS
  return active ? QUIET_MS : BEGIN_MS
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)))
}
