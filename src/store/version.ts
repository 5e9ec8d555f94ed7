import type { StoreVersion } from './port.ts'

/** Where a session's history stands: which history, how many changes, and since when deletions are forgotten. */
export interface HistoryState {
  /** Which history it is: a text without a dot, new whenever a session is made anew. */
  readonly epoch: string
  /** How many commits it has had. */
  readonly number: number
  /** Readers that stopped before this number may have missed deletions that are forgotten. */
  readonly floor: number
}

/**
 * What rows that are read mean: `changes` since a version, a `snapshot` of all there is, or a `reset` (all there is, of
 * another history than the reader's).
 */
export type Extent = 'changes' | 'snapshot' | 'reset'

/**
 * The version token of a point in a history.
 *
 * @example
 * ```ts
 * import { formatVersion, parseVersion } from 'onejar/store-kit'
 *
 * const { epoch, number } = parseVersion(formatVersion('k3', 41))
 * ```
 */
export function formatVersion(epoch: string, number: number): StoreVersion {
  return `${epoch}.${number}`
}

/**
 * The inverse of `formatVersion`. A text that is no token gives the epoch `''`, which no history has.
 *
 * @example
 * ```ts
 * import { parseVersion } from 'onejar/store-kit'
 *
 * const isKnown = (version: string, epoch: string) => parseVersion(version).epoch === epoch
 * ```
 */
export function parseVersion(version: StoreVersion): { readonly epoch: string; readonly number: number } {
  const dot = version.lastIndexOf('.')
  const number = Number(version.slice(dot + 1))
  return dot > 0 && Number.isSafeInteger(number)
    ? { epoch: version.slice(0, dot), number }
    : { epoch: '', number: 0 }
}

/**
 * What a reader who knows `since` gets: the rows of commits above a number, or all rows, and what that means.
 *
 * @param state - null when the session is not in the store
 * @example
 * ```ts
 * import { catchUp } from 'onejar/store-kit'
 *
 * const { extent, above } = catchUp('k3.40', { epoch: 'k3', number: 42, floor: 0 })
 * console.log(extent, above) // changes 40
 * ```
 */
export function catchUp(since: StoreVersion, state: HistoryState | null): { extent: Extent; above: number } {
  if (since === '') return { extent: 'changes', above: 0 }
  const { epoch, number } = parseVersion(since)
  if (state === null || epoch !== state.epoch || number > state.number) return { extent: 'reset', above: 0 }
  return number < state.floor ? { extent: 'snapshot', above: 0 } : { extent: 'changes', above: number }
}
