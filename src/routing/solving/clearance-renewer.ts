import { randomUUID } from 'node:crypto'
import type { ContextBinding } from '../../browser/index.ts'
import type { BrowserAccess, Judge, PageSlots } from '../../browsing/index.ts'
import { loadPage } from '../../browsing/index.ts'
import { type Clock, OnejarError, safeUrl, steadyMs } from '../../core/index.ts'
import {
  type ChangeSource,
  type Cookie,
  type Delta,
  type Entry,
  SessionRecord,
  type SolveMemory,
} from '../../record/index.ts'
import type { EventHub } from '../events.ts'
import type { RemoteSolves } from '../route-request.ts'
import { clearanceCookies } from './clearance-cookies.ts'
import { type ClearanceLife, clearanceLife, observedLife } from './clearance-life.ts'
import { pageOf, type SolveHistory } from './solve-history.ts'
import type { SolveLocks } from './solve-locks.ts'

export interface ClearanceRenewerOptions {
  readonly record: SessionRecord
  readonly classifier: Judge
  readonly events: EventHub
  readonly clock: Clock
  readonly solveTimeoutMs: number
  readonly slots: PageSlots
  readonly browser: BrowserAccess
  readonly history: SolveHistory
  readonly locks: SolveLocks
  readonly remote: RemoteSolves | undefined
  /** Ends every renewal. */
  readonly closing: AbortSignal
}

/** A clearance that is in use. */
interface Use {
  /** On the steady clock: before it nothing is to be done. */
  lookAt: number
  /** Epoch milliseconds: when it was to be renewed as it was known then; null where nothing told. */
  renewAt: number | null
  /** On the steady clock. */
  endsAt: number
  /** Epoch milliseconds: when a request passed last. */
  usedAt: number
}

/** What was learned from experience grows a little with each renewal: it may have been cut short once. */
const GROWTH = 1.1

/** How long a page that passed may work on before it is ended. */
const REST_MS = 5_000

/** As many origins are followed; then the one that was visited first is forgotten. */
const MAX_ORIGINS = 10_000

const SOURCE: ChangeSource = { name: 'renewal' }

/**
 * Renews clearances shortly before they end, in the background, while requests go on with the one that still holds. Nothing
 * happens of itself: each request that passes looks whether it is time, so a session that rests costs nothing. The visit is
 * made in a context of its own that holds the session without the clearance; where the site challenges it and lets it
 * through, what it brought goes into the record.
 */
export class ClearanceRenewer {
  readonly #options: ClearanceRenewerOptions
  readonly #uses = new Map<string, Use>()
  /**
   * What this process visited last for a challenge: visited again, as no other URL is sure to be harmless, and to be
   * challenged. The history has it from other processes, without the query.
   */
  readonly #visited = new Map<string, URL>()

  constructor(options: ClearanceRenewerOptions) {
    this.#options = options
    options.history.listen((origin, end) => {
      const life = clearanceLife(this.#cookies(end), end)
      this.#uses.delete(origin)
      if (end.outcome === 'failed' || end.clearance.length === 0) return
      // How long one lasts that does not tell may show yet. Known is only that it was good when the visit ended.
      this.#uses.set(origin, { ...this.#times(life), usedAt: end.endedAt })
      if (this.#uses.size > MAX_ORIGINS) this.#uses.delete([...this.#uses.keys()][0] as string)
    })
  }

  /** A request to this URL has passed over HTTP. Costs a look-up where the origin has a clearance. */
  used(url: URL): void {
    if (this.#uses.size === 0) return
    const use = this.#uses.get(url.origin)
    if (use === undefined) return
    use.usedAt = this.#options.clock.now()
    const now = steadyMs(this.#options.clock)
    if (now < use.lookAt) return
    const last = this.#options.history.last(url.origin)
    const life = last ? clearanceLife(this.#cookies(last), last) : null
    // The site may have prolonged it in the meantime.
    if (life !== null && life.renewAt !== use.renewAt) Object.assign(use, this.#times(life))
    if (now < use.lookAt) return
    use.lookAt = Infinity
    if (!last || !life || use.endsAt <= now) return
    const visited = this.#visited.get(url.origin) ?? this.#options.history.page(url.origin)
    const { remote } = this.#options
    const renewing = remote
      ? this.#renewAway(visited, last, remote)
      : this.#renew(visited, last, life.observed)
    renewing.catch(ignore)
  }

  /**
   * Renews the clearance that a visit left which ended then (epoch milliseconds), for a process that found it to be time.
   * Nothing happens when there is a newer one by now, or when it has ended: then nobody may want one any more.
   */
  async renew(url: URL, endedAt: number): Promise<void> {
    const { history, clock } = this.#options
    const last = history.last(url.origin)
    const life = last?.endedAt === endedAt ? clearanceLife(this.#cookies(last), last) : null
    if (last && life && life.endsAt > clock.now()) await this.#renew(url, last, life.observed)
  }

  /**
   * The site challenges (again), and this URL is visited for it.
   *
   * @returns how long the last clearance of the origin lasted; null when that is not known
   */
  challenged(url: URL): number | null {
    const { history, clock } = this.#options
    const { origin } = url
    this.#visited.delete(origin)
    this.#visited.set(origin, url)
    if (this.#visited.size > MAX_ORIGINS) this.#visited.delete([...this.#visited.keys()][0] as string)
    const [last, use] = [history.last(origin), this.#uses.get(origin)]
    return last && use ? observedLife(last, use.usedAt, clock.now()) : null
  }

  /** Others make the visit, one of them for all processes that ask; what came of it is in the record. */
  async #renewAway(url: URL, before: SolveMemory, remote: RemoteSolves): Promise<void> {
    const { history, events, clock, closing } = this.#options
    const startedAt = performance.now()
    const shown = safeUrl(url)
    events.emit({ type: 'solve-start', at: clock.now(), url: shown, reason: 'the clearance ends soon' })
    const failure = await remote.renew(url, before.endedAt, closing).then(
      () => 'there is no new clearance',
      (error: unknown) => (error instanceof OnejarError ? error.code : 'unexpected'),
    )
    const ms = performance.now() - startedAt
    const passed = history.last(url.origin)?.endedAt !== before.endedAt
    const outcome = passed ? 'passed' : 'failed'
    const reason = passed ? 'the session has a new clearance' : failure
    events.emit({ type: 'solve-end', at: clock.now(), url: shown, outcome, reason, ms })
  }

  async #renew(url: URL, before: SolveMemory, observed: boolean): Promise<void> {
    const { locks, history, events, clock, record } = this.#options
    const startedAt = performance.now()
    const lock = await locks.acquire(url.origin)
    try {
      // Another process may have been faster.
      if (history.endedSince(url.origin, startedAt) || history.last(url.origin)?.endedAt !== before.endedAt)
        return
      const shown = safeUrl(url)
      events.emit({ type: 'solve-start', at: clock.now(), url: shown, reason: 'the clearance ends soon' })
      const result = await this.#visit(url, before).catch((error: unknown) =>
        error instanceof OnejarError ? error.code : 'unexpected',
      )
      const ms = performance.now() - startedAt
      const passed = typeof result !== 'string' && (await lock.holds())
      const outcome = passed ? 'passed' : 'failed'
      const reason = typeof result === 'string' ? result : 'the session has a new clearance'
      if (passed) {
        record.merge(result.delta, SOURCE)
        const observedLifeMs = observed ? (before.observedLifeMs ?? 0) * GROWTH : before.observedLifeMs
        const { clearance } = result
        history.passed(url.origin, { at: clock.now(), clearance, observedLifeMs, page: pageOf(url) })
      }
      events.emit({ type: 'solve-end', at: clock.now(), url: shown, outcome, reason, ms })
    } finally {
      await lock.release()
    }
  }

  /** On the clock that nobody sets: the site's own goes on when the one here is set. */
  #times(life: ClearanceLife | null): Pick<Use, 'lookAt' | 'renewAt' | 'endsAt'> {
    const { clock } = this.#options
    if (life === null) return { lookAt: Infinity, renewAt: null, endsAt: Infinity }
    const ahead = steadyMs(clock) - clock.now()
    return { lookAt: life.renewAt + ahead, renewAt: life.renewAt, endsAt: life.endsAt + ahead }
  }

  /** What a visit without the clearance brought, or why it brought none. */
  async #visit(
    url: URL,
    before: SolveMemory,
  ): Promise<{ readonly delta: Delta; readonly clearance: readonly string[] } | string> {
    const { record, browser, slots, classifier, clock, solveTimeoutMs, closing } = this.#options
    const copy = new SessionRecord({ writer: `renewal-${randomUUID()}`, clock })
    copy.merge([...record.entries()], SOURCE)
    copy.write(
      before.clearance.map((id) => ({ kind: 'cookie', id, value: null })),
      SOURCE,
    )
    const brought = new Map<string, Entry>()
    copy.subscribe((delta) => {
      for (const entry of delta) {
        if (entry.kind === 'cookie' || entry.kind === 'local') brought.set(`${entry.kind} ${entry.id}`, entry)
      }
    })
    let binding: ContextBinding | undefined
    const open = async () => {
      binding = await browser.fork(copy)
      return binding
    }
    try {
      return await slots.run(
        async (page, context) => {
          const outcome = await loadPage(page, { url, classifier, timeoutMs: solveTimeoutMs })
          if (outcome.kind !== 'passed') return outcome.kind === 'failed' ? outcome.why : outcome.kind
          // What it renews besides is in this copy of the session only, until it is taken over below.
          await context.rest(page, { until: performance.now() + REST_MS, signal: closing })
          await context.finish(page)
          const clearance = clearanceCookies(copy, url, new Map(), outcome.answer.sentCookie).filter(
            (id) => brought.get(`cookie ${id}`)?.value != null,
          )
          if (clearance.length === 0) return 'the site did not ask for a clearance'
          return { delta: [...brought.values()], clearance }
        },
        closing,
        { open },
      )
    } finally {
      await binding?.close()
    }
  }

  #cookies({ clearance }: SolveMemory): Cookie[] {
    const { record } = this.#options
    return clearance.flatMap((id) => record.cookie(id) ?? [])
  }
}

function ignore(): void {}
