import type { SolvingPort } from '../../browsing/index.ts'
import { type Clock, ignore, OnejarError, safeUrl } from '../../core/index.ts'
import type { ChangeSource, SessionRecord } from '../../record/index.ts'
import type { EventHub } from '../events.ts'
import type { OriginState } from '../origin-state.ts'
import type { DueClearance } from './clearance-use.ts'
import { pageOf } from './solve-history.ts'
import type { SolveLocks } from './solve-locks.ts'

export interface ClearanceRenewerOptions {
  readonly record: SessionRecord
  readonly state: Pick<OriginState, 'clearances' | 'history'>
  readonly browser: SolvingPort
  readonly events: EventHub
  readonly clock: Clock
  readonly solveTimeoutMs: number
  readonly locks: SolveLocks
  /** Ends every renewal. */
  readonly closing: AbortSignal
}

/** What was learned from experience grows a little with each renewal: it may have been cut short once. */
const GROWTH = 1.1

const SOURCE: ChangeSource = { name: 'renewal' }

/**
 * Renews clearances shortly before they end, in the background, while requests go on with the one that still holds. Nothing
 * happens by itself: each request that passes looks whether it is time, so an idle session costs nothing. The browser solves in
 * a context that holds the session without the clearance; where the site challenges it and lets it through, what it brought
 * goes into the record.
 */
export class ClearanceRenewer {
  readonly #options: ClearanceRenewerOptions

  constructor(options: ClearanceRenewerOptions) {
    this.#options = options
  }

  /** A request to this URL has passed over HTTP. Costs a look-up where the origin has a clearance. */
  used(url: URL): void {
    const due = this.#options.state.clearances.used(url)
    if (due === null) return
    const renewing = this.#options.browser.coordinated ? this.#renewElsewhere(due) : this.#renew(due)
    renewing.catch(ignore)
  }

  /**
   * Renews the clearance that a solve left which ended then (epoch milliseconds), for a process that found it to be time.
   * Nothing happens when there is a newer one by now, or when it has ended: then nobody may want one any more.
   */
  async renew(url: URL, endedAt: number): Promise<void> {
    const due = this.#options.state.clearances.renewable(url, endedAt)
    if (due) await this.#renew(due)
  }

  /** A worker solves, once for all processes that ask; the result is in the record. */
  async #renewElsewhere({ url, last }: DueClearance): Promise<void> {
    const { state, browser, solveTimeoutMs: timeoutMs, closing } = this.#options
    const { clearance: without, endedAt } = last
    const ended = this.#started(url)
    const failure = await browser.renew({ url, timeoutMs, without, endedAt }, { signal: closing }).then(
      () => 'there is no new clearance',
      (error: unknown) => codeOf(error),
    )
    ended(state.history.last(url.origin)?.endedAt !== endedAt, failure)
  }

  async #renew({ url, last, observed }: DueClearance): Promise<void> {
    const { locks, state, clock, record, browser, solveTimeoutMs: timeoutMs, closing } = this.#options
    const { history } = state
    const { clearance: without, endedAt } = last
    const startedAt = performance.now()
    const lock = await locks.acquire(url.origin)
    try {
      // Another process may have been faster.
      if (history.endedSince(url.origin, startedAt) || history.last(url.origin)?.endedAt !== endedAt) return
      const ended = this.#started(url)
      const task = { url, timeoutMs, without, endedAt }
      const reply = await browser
        .renew(task, { signal: closing })
        .catch((error: unknown) => ({ kind: 'none' as const, reason: codeOf(error) }))
      const isRenewed = reply.kind === 'renewed' && (await lock.holds())
      if (isRenewed) {
        record.merge(reply.delta, SOURCE)
        const observedLifeMs = observed ? (last.observedLifeMs ?? 0) * GROWTH : last.observedLifeMs
        const { clearance } = reply
        history.passed(url.origin, { at: clock.now(), clearance, observedLifeMs, page: pageOf(url) })
      }
      ended(isRenewed, reply.kind === 'none' ? reply.reason : RENEWED)
    } finally {
      await lock.release()
    }
  }

  #started(url: URL): (passed: boolean, failure: string) => void {
    const { events, clock } = this.#options
    const startedAt = performance.now()
    const shown = safeUrl(url)
    events.emit({ type: 'solve-start', at: clock.now(), url: shown, reason: 'the clearance ends soon' })
    return (passed, failure) => {
      const ms = performance.now() - startedAt
      const outcome = passed ? 'passed' : 'failed'
      const reason = passed ? RENEWED : failure
      events.emit({ type: 'solve-end', at: clock.now(), url: shown, outcome, reason, ms })
    }
  }
}

const RENEWED = 'the session has a new clearance'

function codeOf(error: unknown): string {
  return error instanceof OnejarError ? error.code : 'unexpected'
}
