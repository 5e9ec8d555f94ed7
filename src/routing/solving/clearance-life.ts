import { tokenEnd } from '../../credentials/index.ts'
import type { Cookie, SolveMemory } from '../../record/index.ts'

/** What lasts less is not worth a solve ahead of time. */
const SHORTEST_LIFE_MS = 2_000
const MAX_AHEAD_MS = 2 * 60_000
const MIN_AHEAD_MS = 2_000

export interface ClearanceLife {
  /** Epoch milliseconds: when it is time for a new one. */
  readonly renewAt: number
  /** Epoch milliseconds. */
  readonly endsAt: number
  /** Whether the end is only known from experience. */
  readonly observed: boolean
}

/**
 * When a clearance ends and is to be renewed, by the first of: its cookies' expiry, the `exp` of a JWT in them, and how long
 * the one before was seen to last. Null when the end is unknown, and when there is nothing left to renew.
 *
 * @param cookies - those of the clearance that are still there
 */
export function clearanceLife(cookies: readonly Cookie[], solve: SolveMemory): ClearanceLife | null {
  if (solve.outcome !== 'passed' || cookies.length === 0) return null
  const declared = cookies.flatMap(({ expiresAt, value }) => [expiresAt ?? Infinity, tokenEndIn(value)])
  const seen = solve.observedLifeMs === null ? Infinity : solve.endedAt + solve.observedLifeMs
  const declaredEnd = Math.min(...declared)
  const endsAt = Math.min(declaredEnd, seen)
  const lifeMs = endsAt - solve.endedAt
  if (!Number.isFinite(endsAt) || lifeMs < SHORTEST_LIFE_MS) return null
  const aheadMs = Math.min(MAX_AHEAD_MS, Math.max(lifeMs / 10, Math.min(MIN_AHEAD_MS, lifeMs / 2)))
  return { renewAt: endsAt - aheadMs, endsAt, observed: seen < declaredEnd }
}

/**
 * How long a clearance lasted, seen from a new challenge: only where requests passed until shortly before it. Null when too
 * much time lay between.
 *
 * @param usedAt - epoch milliseconds: when a request passed last
 * @param now - epoch milliseconds: when the site challenged again
 */
export function observedLife(solve: SolveMemory, usedAt: number, now: number): number | null {
  const [atLeast, atMost] = [usedAt - solve.endedAt, now - solve.endedAt]
  if (solve.outcome !== 'passed' || atLeast < SHORTEST_LIFE_MS || now < usedAt) return null
  return atMost - atLeast <= atMost / 4 ? atLeast : null
}

/** A JWT may stand alone or among other things. */
function tokenEndIn(value: string): number {
  const ends = value.split(/[^\w.-]+/).map(tokenEnd)
  return Math.min(...ends.map((end) => end ?? Infinity))
}
