import type { WorldAnswer } from './world.ts'

/** A live document, as it was last read. */
export interface DocumentView {
  readonly frameId: string
  readonly origin: string
  /** Null where the document may not use localStorage. */
  readonly items: ReadonlyMap<string, string> | null
}

/** What a round of asking brought. */
export interface Reading {
  readonly views: readonly DocumentView[]
  /** Origins of documents that are there and did not answer: a busy or a leaving one. */
  readonly missed: readonly string[]
}

/** Several readings as one. */
export function joinReadings(readings: readonly Reading[]): Reading {
  return {
    views: readings.flatMap(({ views }) => views),
    missed: readings.flatMap(({ missed }) => missed),
  }
}

/** What a document answered. */
export function viewOf(frameId: string, { origin, items }: WorldAnswer): DocumentView {
  return { frameId, origin, items: items ? pairs(items) : null }
}

/** The origin where it is one that storage can be kept for. */
export function webOrigin(origin: string | undefined): string | null {
  return origin && /^https?:\/\//.test(origin) ? origin : null
}

function pairs(flat: readonly string[]): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(flat[i] as string, flat[i + 1] as string)
  return map
}
