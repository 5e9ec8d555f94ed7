import type { StoreVersion } from './port.ts'

/** Where a session's history stands: which history, how many changes, and since when deletions are forgotten. */
export interface HistoryState {
  readonly epoch: string
  readonly number: number
  /** Readers that stopped before this number may have missed deletions that are forgotten. */
  readonly floor: number
}

export type Extent = 'changes' | 'snapshot' | 'reset'

/** The token of a point in a history. */
export function formatVersion(epoch: string, number: number): StoreVersion {
  return `${epoch}.${number}`
}

/** The inverse of `formatVersion`; whatever is not of its form counts as a history that nobody knows. */
export function parseVersion(version: StoreVersion): { readonly epoch: string; readonly number: number } {
  const dot = version.lastIndexOf('.')
  const number = Number(version.slice(dot + 1))
  return dot > 0 && Number.isSafeInteger(number)
    ? { epoch: version.slice(0, dot), number }
    : { epoch: '', number: 0 }
}

/**
 * What a reader who knows `since` has to be given: the rows above a number, or all of them, and what that means.
 *
 * @param state - null when the session is not in the store
 */
export function catchUp(since: StoreVersion, state: HistoryState | null): { extent: Extent; above: number } {
  if (since === '') return { extent: 'changes', above: 0 }
  const { epoch, number } = parseVersion(since)
  if (state === null || epoch !== state.epoch || number > state.number) return { extent: 'reset', above: 0 }
  return number < state.floor ? { extent: 'snapshot', above: 0 } : { extent: 'changes', above: number }
}
