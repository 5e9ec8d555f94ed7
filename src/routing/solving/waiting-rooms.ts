import { setTimeout } from 'node:timers/promises'
import type { Verdict } from '../../challenge/index.ts'
import { type Clock, isOnejarError, type OnejarError, safeUrl } from '../../core/index.ts'
import { type RequestTime, waitWithin } from '../../http/index.ts'
import type { EventHub } from '../events.ts'
import { challengeError } from './challenge-error.ts'

/** However often a room would be asked. */
const MIN_INTERVAL_MS = 1_000
/** A visit ends so long before its caller's time is up. */
const MARGIN_MS = 250

export interface WaitingRoomsOptions {
  readonly events: EventHub
  readonly clock: Clock
  /** Has a browser hold the place in line for so long at most; see `ChallengeSolver.solve`. */
  readonly hold: (url: URL, forMs: number) => Promise<unknown>
  /** Ends all waiting. */
  readonly closing: AbortSignal
}

/** Waits in line, within the time of whoever asks: as the room's Refresh says, or with a browser where a script brings on. */
export class WaitingRooms {
  readonly #options: WaitingRoomsOptions

  constructor(options: WaitingRoomsOptions) {
    this.#options = options
  }

  /** Tells that a place in line was given, and how long it takes as far as that is known. */
  tell(url: URL, { vendor, estimatedWaitMs, askAgainMs }: Verdict): void {
    const { events, clock } = this.#options
    const at = clock.now()
    const times = { estimatedWaitMs: estimatedWaitMs ?? null, askAgainMs: askAgainMs ?? null }
    events.emit({ type: 'waiting-room', at, url: safeUrl(url), vendor, ...times })
  }

  /**
   * Resolves when it is time to send the request again.
   *
   * @param deadline - on the clock of `performance.now()`
   * @throws OnejarError ONEJAR_WAITING_ROOM when the time does not suffice, ONEJAR_ABORTED, and those of a visit
   */
  async wait(url: URL, verdict: Verdict, request: RequestTime, deadline: number): Promise<void> {
    const { hold, closing } = this.#options
    this.tell(url, verdict)
    const leftMs = deadline - performance.now() - MARGIN_MS
    const intervalMs = Math.max(MIN_INTERVAL_MS, verdict.askAgainMs ?? 0)
    if (leftMs < intervalMs) throw notYet(url, verdict)
    try {
      if (verdict.askAgainMs === undefined) await waitWithin(hold(url, leftMs), request, deadline)
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
  return challengeError(url, verdict, 'it is not the session’s turn yet', 'ONEJAR_WAITING_ROOM')
}
