import { type Clock, growingPause, isOnejarError, OnejarError, systemClock } from '../core/index.ts'
import type { Entry } from '../record/index.ts'
import { Housekeeper } from './housekeeper.ts'
import type { PurgeReport, SessionKey, Store } from './port.ts'
import { type LinkHandlers, type LinkQueue, QueuedLink, type SessionLink } from './session-link.ts'

/** The state of the connection to the store. */
export type StoreStatus =
  /** It cannot be reached; sessions are kept in memory. Reported once per outage. */
  | { readonly state: 'away'; readonly error: OnejarError }
  /** It is up and refuses this client (a password, a permission). Reported once per outage. */
  | { readonly state: 'refused'; readonly error: OnejarError }
  /** It is back after `awayMs`, and what had waited is being written. */
  | { readonly state: 'back'; readonly awayMs: number; readonly sessions: number }

export interface WriteBehindOptions {
  /** How long an entry waits for company before it is written. Default: 50. */
  readonly maxDelayMs?: number
  /** How many entries of a session are written without waiting. Default: 64. */
  readonly maxBatch?: number
  /** How many entries may wait in all before whoever pushes has to wait. Default: 20,000. */
  readonly maxQueued?: number
  /** The first pause before a store that is away is tried again, and the longest. Default: 100 and 5,000. */
  readonly minRetryMs?: number
  readonly maxRetryMs?: number
  readonly onStatus?: (status: StoreStatus) => void
  /** The store will not take these (too large, as a rule); they are not tried again. */
  readonly onRefused?: (session: SessionKey, entries: readonly Entry[], error: OnejarError) => void
  /** A session was closed with entries that the store did not take, as it is away. */
  readonly onLost?: ((session: SessionKey, entries: number) => void) | undefined
  readonly clock?: Clock
  /** This process has dropped what had had its time. */
  readonly onPurged?: ((report: PurgeReport) => void) | undefined
  /** Why the store is away already, when it is. */
  readonly outage?: OnejarError | undefined
}

/** How a queue and its store are, for a gauge or a health check. */
export interface StoreHealth {
  /** `away` from a call that failed because the store could not be reached until one succeeds. */
  readonly state: 'up' | 'away'
  /** Since when the store is away, in epoch milliseconds; null while it is up. */
  readonly awaySinceAt: number | null
  /** How often a call was tried again since then. */
  readonly attempts: number
  /** Entries that are not in the store yet; those of sessions that overflowed are not counted. */
  readonly pendingEntries: number
  /** Sessions with something to write or to read. */
  readonly waitingSessions: number
}

const PARALLEL_SESSIONS = 256

/**
 * A coalescing queue in front of a store: entries are written after a moment, together; repeated writes of one entry
 * are written once. While the store is away it holds them (or, when they become too many, remembers which sessions to
 * ask again) and tries with growing pauses. No timer of the queue runs while there is nothing to do, and none keeps a
 * process alive. From the first link on, the store is purged now and then.
 *
 * States: `up` -> (a call fails with ONEJAR_STORE_UNAVAILABLE) -> `away` -> (no session's last call failed) -> `up`. While it
 * is away and nothing succeeds the queue is stalled: one session is tried at a time. When something does succeed, although
 * others fail (a node of a cluster is down, what is stored of one session is beyond help), those others wait apart.
 */
export class WriteBehind implements LinkQueue {
  readonly store: Store
  readonly #options: Required<
    Omit<WriteBehindOptions, 'onStatus' | 'onRefused' | 'onLost' | 'onPurged' | 'outage'>
  >
  readonly #onStatus: WriteBehindOptions['onStatus']
  readonly #onRefused: WriteBehindOptions['onRefused']
  readonly #onLost: WriteBehindOptions['onLost']
  readonly #housekeeper: Housekeeper
  readonly #links = new Set<QueuedLink>()
  readonly #dirty = new Set<QueuedLink>()
  readonly #running = new Map<QueuedLink, Promise<void>>()
  /** Those whose last call failed. */
  readonly #failing = new Set<QueuedLink>()
  #queued = 0
  #room: PromiseWithResolvers<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #timerAt = 0
  #away: { readonly since: number; attempts: number; isRefused: boolean } | undefined
  /** Nothing has succeeded since a session's first failure. */
  #stalled = false
  /** Something succeeded that had failed: so may the others. */
  #mended = false
  /** When one of the failing is tried again, on the clock that never jumps. */
  #retryAt = 0
  #closing: Promise<void> | undefined

  constructor(store: Store, options: WriteBehindOptions = {}) {
    const { onStatus, onRefused, onLost, onPurged, outage, ...rest } = options
    this.store = store
    this.#housekeeper = new Housekeeper(store, { onPurged })
    this.#onStatus = onStatus
    this.#onRefused = onRefused
    this.#onLost = onLost
    this.#options = {
      maxDelayMs: 50,
      maxBatch: 64,
      maxQueued: 20_000,
      minRetryMs: 100,
      maxRetryMs: 5000,
      clock: systemClock,
      ...rest,
    }
    if (outage) this.failed(outage, null)
  }

  /** Costs nothing but a look. */
  get health(): StoreHealth {
    return {
      state: this.#away ? 'away' : 'up',
      awaySinceAt: this.#away?.since ?? null,
      attempts: this.#away?.attempts ?? 0,
      pendingEntries: this.#queued,
      waitingSessions: new Set([...this.#dirty, ...this.#running.keys()]).size,
    }
  }

  /** The sessions with entries that are not in the store yet. */
  get unwritten(): { readonly session: SessionKey; readonly entries: number }[] {
    return [...this.#links].flatMap((link) => {
      const entries = link.unsaved().length
      return entries === 0 ? [] : [{ session: link.session, entries }]
    })
  }

  /** A session's line to the store. @throws OnejarError ONEJAR_CLOSED */
  link(session: SessionKey, handlers: LinkHandlers): SessionLink {
    if (this.#closing) throw new OnejarError('ONEJAR_CLOSED', 'The queue was closed before the call')
    const link = new QueuedLink(session, this, handlers)
    this.#links.add(link)
    this.#housekeeper.start()
    return link
  }

  /**
   * Resolves when all that was pushed is in the store.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE; the entries stay in the queue
   */
  async flush(): Promise<void> {
    await inSlices(new Set([...this.#dirty, ...this.#running.keys()]), (link) => this.settle(link))
  }

  /**
   * Flushes and ends all links. The store stays open. Idempotent.
   *
   * @throws OnejarError ONEJAR_STORE_UNAVAILABLE when entries could not be written; they are lost then
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  wake(link: QueuedLink, urgent: boolean): void {
    if (!this.#links.has(link)) return
    this.#dirty.add(link)
    const now = urgent || link.size >= this.#options.maxBatch
    const isHeld = this.#stalled || this.#failing.has(link)
    if (now && !isHeld && !this.#running.has(link)) void this.#run(link).catch(() => {})
    else if (urgent && isHeld && this.#running.size === 0) {
      // A change from a store that was away means that it is back: no need to sit out the pause.
      this.#retryAt = 0
      this.#reschedule(0)
    } else this.#schedule()
  }

  weigh(link: QueuedLink, count: number): Promise<void> | undefined {
    this.#queued += count
    if (this.#queued <= this.#options.maxQueued) {
      this.#room?.resolve()
      this.#room = undefined
      return undefined
    }
    if (count <= 0) return undefined
    if (this.#stalled || this.#failing.has(link)) {
      link.overflow()
      return undefined
    }
    // The room is not to be taken by those who cannot be written.
    for (const failing of this.#failing) failing.overflow()
    if (this.#queued <= this.#options.maxQueued) return undefined
    this.#room ??= Promise.withResolvers()
    void this.#run(link).catch(() => {})
    return this.#room.promise
  }

  async settle(link: QueuedLink): Promise<void> {
    // A run that is under way may have passed the point where it would have seen the latest entries.
    await this.#running.get(link)?.catch(() => {})
    // Another that waited as well may have taken them all: they are in the store only when its run is over.
    if (link.hasWork || this.#running.has(link)) await this.#run(link)
  }

  lost(session: SessionKey, entries: number): void {
    this.#onLost?.(session, entries)
  }

  forget(link: QueuedLink, count: number): void {
    this.#queued -= count
    this.#links.delete(link)
    this.#dirty.delete(link)
    if (this.#failing.delete(link)) this.#recover()
  }

  #run(link: QueuedLink): Promise<void> {
    let run = this.#running.get(link)
    if (!run) {
      this.#dirty.delete(link)
      run = this.#work(link).finally(() => {
        this.#running.delete(link)
        if (link.hasWork && this.#links.has(link)) this.#dirty.add(link)
        else this.#dirty.delete(link)
        this.#schedule()
      })
      this.#running.set(link, run)
    }
    return run
  }

  /** What has come meanwhile waits for company again, unless it is urgent or enough. */
  async #work(link: QueuedLink): Promise<void> {
    for (let again = link.hasWork; again; again = link.isUrgent || link.size >= this.#options.maxBatch) {
      const batch = link.take()
      try {
        await this.#write(link, batch.delta)
        this.succeeded(link)
      } catch (cause) {
        const error = asUnavailable(cause)
        link.putBack(batch)
        this.failed(error, link)
        throw error
      }
    }
  }

  /** Writes what the store takes. A delta with something in it that is no entry to the store is halved to find it. */
  async #write(link: QueuedLink, delta: readonly Entry[]): Promise<void> {
    try {
      const lock = link.lock
      if (delta.length === 0 && lock === undefined) return await this.#read(link)
      const options = { since: link.version, partial: true, ...(lock === undefined ? {} : { lock }) }
      const { version, changes, refused } = await this.store.commit(link.session, delta, options)
      link.taken(delta, version, changes)
      // That a deletion is not remembered is nothing to tell: what it deletes is not there.
      const lost = refused.filter(({ value }) => value !== null)
      if (lost.length > 0) this.#onRefused?.(link.session, lost, tooLarge(lost.length))
    } catch (error) {
      if (isOnejarError(error, 'ONEJAR_LOCK_LOST')) {
        link.fenceOff()
        return
      }
      if (!isOnejarError(error, 'ONEJAR_BAD_INPUT')) throw error
      if (delta.length <= 1) {
        link.taken(delta, link.version, null)
        if (delta.length > 0) this.#onRefused?.(link.session, delta, error)
        return
      }
      const half = Math.ceil(delta.length / 2)
      await this.#write(link, delta.slice(0, half))
      await this.#write(link, delta.slice(half))
    }
  }

  /** A session that has nothing to write only asks what others have written: a write would wait for theirs. */
  async #read(link: QueuedLink): Promise<void> {
    const changes = await this.store.changesSince(link.session, link.version)
    const { extent, entries, problems, version } = changes
    const isNothing = extent === 'changes' && entries.length === 0 && problems.length === 0
    link.taken([], version, isNothing ? null : changes)
  }

  /** The store has answered. */
  succeeded(link: QueuedLink): void {
    if (!this.#away) return
    if (this.#failing.delete(link) || this.#stalled) this.#mended = true
    this.#stalled = false
    this.#recover()
  }

  /** The store could not be reached, by a session or at all. */
  failed(error: OnejarError, link: QueuedLink | null): void {
    if (link === null || !this.#failing.has(link)) this.#stalled = true
    if (link !== null && this.#links.has(link)) this.#failing.add(link)
    const isRefused = error.details['outage'] === false
    if (this.#away) {
      if (!isRefused || this.#away.isRefused) return
      this.#away.isRefused = true
      this.#onStatus?.({ state: 'refused', error })
      return
    }
    this.#away = { since: this.#options.clock.now(), attempts: 0, isRefused }
    this.#room?.resolve()
    this.#room = undefined
    this.#onStatus?.({ state: 'away', error })
  }

  /** Something succeeded, or somebody who had failed is gone. */
  #recover(): void {
    if (!this.#away || this.#stalled) return
    if (this.#mended) this.#away.attempts = 0
    if (this.#dirty.size > 0) this.#reschedule(0)
    if (this.#failing.size > 0) return
    const awayMs = Math.max(0, this.#options.clock.now() - this.#away.since)
    this.#away = undefined
    this.#mended = false
    this.#onStatus?.({ state: 'back', awayMs, sessions: this.#dirty.size })
  }

  #schedule(): void {
    if (this.#dirty.size === 0 || this.#closing) return
    const delayMs = this.#delayMs()
    if (this.#timer && performance.now() + delayMs >= this.#timerAt) return
    this.#reschedule(delayMs)
  }

  /** How long what waits may wait. */
  #delayMs(): number {
    if (!this.#away) return this.#options.maxDelayMs
    if (this.#stalled) return this.#pauseMs(this.#away.attempts)
    for (const link of this.#dirty) if (!this.#failing.has(link)) return this.#options.maxDelayMs
    return Math.max(0, this.#retryAt - performance.now())
  }

  #reschedule(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = performance.now() + delayMs
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#sweep()
    }, delayMs).unref()
  }

  /** Writes what waits. */
  async #sweep(): Promise<void> {
    const all = [...this.#dirty]
    // A session that has not failed yet shows whether the fault is the store's or the other sessions'.
    if (this.#stalled) await this.#try(all.find((link) => !this.#failing.has(link)) ?? all[0])
    else {
      // What fails stays in the queue, and its failure was noted.
      const due = this.#mended ? all : all.filter((link) => !this.#failing.has(link))
      this.#mended = false
      await inSlices(due, (link) => this.#run(link)).catch(() => {})
      if (this.#failing.size > 0 && performance.now() >= this.#retryAt) {
        await this.#try([...this.#dirty].find((link) => this.#failing.has(link)))
      }
    }
    this.#schedule()
  }

  /** One session goes ahead, and the next one the next time. */
  async #try(link: QueuedLink | undefined): Promise<void> {
    if (!this.#away || !link) return
    this.#away.attempts++
    this.#retryAt = performance.now() + this.#pauseMs(this.#away.attempts)
    await this.#run(link).catch(() => {})
  }

  /** Twice as long each time, a quarter more or less, so that many processes do not come back at once. */
  #pauseMs(attempts: number): number {
    const { minRetryMs, maxRetryMs } = this.#options
    return growingPause({ firstMs: minRetryMs, longestMs: maxRetryMs, spread: 0.25 }, attempts + 1)
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer)
    let failure: unknown
    await this.flush().catch((error) => {
      failure = error
    })
    clearTimeout(this.#timer)
    await this.#housekeeper.stop()
    const lost = [...this.#links].some((link) => link.unsaved().length > 0)
    await Promise.all([...this.#links].map((link) => link.end()))
    if (failure !== undefined && lost) throw failure
  }
}

/**
 * Does something with all links, not too many at once. When nothing of a slice succeeds, the rest is left.
 *
 * @throws what the first that failed threw
 */
async function inSlices(
  links: Iterable<QueuedLink>,
  work: (link: QueuedLink) => Promise<void>,
): Promise<void> {
  const all = [...links]
  const failures: unknown[] = []
  for (let at = 0; at < all.length; at += PARALLEL_SESSIONS) {
    const slice = all.slice(at, at + PARALLEL_SESSIONS)
    const outcomes = await Promise.allSettled(slice.map(work))
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    failures.push(...reasons)
    if (reasons.length === slice.length) break
  }
  if (failures.length > 0) throw failures[0]
}

function tooLarge(entries: number): OnejarError {
  return new OnejarError(
    'ONEJAR_SESSION_TOO_LARGE',
    `The store has no room in the session for ${entries} entries more`,
    { details: { entries } },
  )
}

/** Any other error of a store is no reason to lose entries: they wait, and the reason is reported. */
function asUnavailable(cause: unknown): OnejarError {
  if (isOnejarError(cause, 'ONEJAR_STORE_UNAVAILABLE')) return cause
  return new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'The store failed in a way it should not', { cause })
}
