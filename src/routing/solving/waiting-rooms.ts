import { setTimeout } from 'node:timers/promises'
import type { Verdict } from '../../challenge/index.ts'
import { isOnejarError, type OnejarError } from '../../core/index.ts'
import { type RequestTime, waitWithin } from '../../http/index.ts'
import type { OriginState } from '../origin-state.ts'
import { challengeError, NOT_YET } from './challenge-error.ts'
import type { ChallengeSolver } from './challenge-solver.ts'

/** However often a room would be asked. */
const MIN_INTERVAL_MS = 1_000
/** A solve ends so long before its caller's time is up. */
const MARGIN_MS = 250

export interface WaitingRoomsOptions {
  readonly state: Pick<OriginState, 'waitingRoom'>
  /** Has a browser hold the place in line. */
  readonly solver: Pick<ChallengeSolver, 'solve'>
  /** Ends all waiting. */
  readonly closing: AbortSignal
}

/** Waits in line, within the time of whoever asks: as the room's Refresh says, or with a browser where a script brings on. */
export class WaitingRooms {
  readonly #options: WaitingRoomsOptions

  constructor(options: WaitingRoomsOptions) {
    this.#options = options
  }

  /**
   * Resolves when it is time to send the request again.
   *
   * @param deadline - on the clock of `performance.now()`
   * @throws OnejarError ONEJAR_WAITING_ROOM when the time does not suffice, ONEJAR_ABORTED, and those of a solve
   */
  async wait(url: URL, verdict: Verdict, request: RequestTime, deadline: number): Promise<void> {
    const { state, solver, closing } = this.#options
    state.waitingRoom(url, verdict)
    const leftMs = deadline - performance.now() - MARGIN_MS
    const intervalMs = Math.max(MIN_INTERVAL_MS, verdict.askAgainMs ?? 0)
    if (leftMs < intervalMs) throw notYet(url, verdict)
    try {
      if (verdict.askAgainMs === undefined)
        await waitWithin(solver.solve(url, null, leftMs), request, deadline)
      else {
        const slept = setTimeout(intervalMs, undefined, { signal: closing }).catch(() => {
          throw closing.reason
        })
        await waitWithin(slept, request, deadline)
      }
    } catch (error) {
      if (isOnejarError(error, 'ONEJAR_TIMEOUT')) throw notYet(url, verdict)
      const isOver = deadline - performance.now() < MIN_INTERVAL_MS + MARGIN_MS
      if (!isOnejarError(error, 'ONEJAR_WAITING_ROOM') || isOver) throw error
    }
  }
}

function notYet(url: URL, verdict: Verdict): OnejarError {
  return challengeError(url, verdict, NOT_YET, 'ONEJAR_WAITING_ROOM')
}
