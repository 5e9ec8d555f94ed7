import {
  type GrowingPause,
  growingPause,
  isOnejarError,
  OnejarError,
  type Random,
  systemRandom,
  type UserCode,
} from '../../core/index.ts'
import type { BrowserSource } from '../browser-source.ts'
import { within } from '../devtools/within.ts'
import type { BrowserOptions, LackingReport, OpenBrowser } from '../launch/open-browser.ts'
import type { LiveBrowser } from '../live-browser.ts'
import type { EndpointFunction } from './endpoint-answer.ts'
import { Lease } from './lease.ts'

export interface BrowserFarmParts {
  readonly options: BrowserOptions & { readonly endpoint: EndpointFunction }
  /** Connects to the browser at `cdpEndpoint`. */
  readonly open: OpenBrowser
  readonly headerOrigins: readonly string[]
  readonly userCode: UserCode
  readonly onLacking: LackingReport
  /** Called when a lease cannot be used, or not any more. Must not throw. */
  readonly onFailed: (error: unknown) => void
  readonly random?: Random
}

/** After failures of `endpoint()` and of the browsers that it gave. */
const PAUSE: GrowingPause = { firstMs: 250, longestMs: 60_000, spread: 0.2 }
/** Whoever would have to wait longer for the next call fails at once. */
const MAX_PAUSE_MS = 5_000
/** As many leases fail before whoever waits for one fails. */
const MAX_FAILURES = 4
/** Who could have a browser that others use waits no longer for one of their own. */
const SPREAD_MS = 10_000
/** As long is waited for a call of `endpoint()` when all is closed. */
const LAST_CALL_MS = 2_000

/**
 * Browsers that are rented: one at each call of `endpoint()`, never more than so many at a time. New contexts go to the browser with the
 * fewest; one that fails is not used again, and its work is done in another one; one that nobody uses is given back.
 */
export class BrowserFarm implements BrowserSource {
  readonly various = true
  readonly #parts: BrowserFarmParts
  readonly #maxLeases: number
  readonly #timeoutMs: number
  readonly #idleMs: number
  /** All that have a place, those included that have not been given back. */
  readonly #leases = new Set<Lease>()
  readonly #closing = new AbortController()
  #waiting = 0
  #changed = Promise.withResolvers<void>()
  #timer: NodeJS.Timeout | undefined
  /** In a row, without work that was done in between. */
  #failures = 0
  #failed: { readonly error: unknown; readonly at: number } | undefined
  /** Until then `endpoint()` is not called, as `performance.now()`. */
  #pausedUntil = 0

  constructor(parts: BrowserFarmParts) {
    this.#parts = parts
    const { maxEndpoints = 1, endpointIdleMs = 60_000, launchTimeoutMs = 30_000 } = parts.options
    this.#maxLeases = maxEndpoints
    this.#idleMs = endpointIdleMs
    this.#timeoutMs = launchTimeoutMs
  }

  get running(): boolean {
    return this.#leases.size > 0
  }

  async use<T>(work: (live: LiveBrowser) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const until = performance.now() + this.#timeoutMs
    for (;;) {
      const [lease, live] = await this.#take(until, signal)
      try {
        return await work(live)
      } catch (error) {
        if (this.#closing.signal.aborted || (await lease.answers())) throw error
        lease.fail(error)
        if (performance.now() >= until || signal?.aborted) throw error
      } finally {
        lease.users--
        lease.touch()
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The broker is closed'))
    clearInterval(this.#timer)
    this.#notify()
    await Promise.all(
      [...this.#leases].map((lease) =>
        // What comes from a call that takes longer is given back all the same, when it comes.
        lease.phase === 'ready' ? lease.end() : within(LAST_CALL_MS, lease.end()),
      ),
    )
  }

  /** The browser with the fewest contexts; another one is asked for where all have some. */
  async #take(until: number, signal: AbortSignal | undefined): Promise<[Lease, LiveBrowser]> {
    const startedAt = performance.now()
    const failures: unknown[] = []
    let known = this.#failed
    this.#waiting++
    try {
      for (;;) {
        this.#closing.signal.throwIfAborted()
        signal?.throwIfAborted()
        const best = this.#leastUsed()
        if (best?.load === 0) return claim(best)
        const now = performance.now()
        if (now >= this.#pausedUntil) this.#askForMore()
        const asked = this.#asked()
        if (best && (asked === 0 || now >= startedAt + SPREAD_MS)) return claim(best)
        if (this.#failed !== known) failures.push(this.#failed?.error)
        known = this.#failed
        this.#assertHope(failures, now, until)
        const next = best ? Math.min(until, startedAt + SPREAD_MS) : until
        const paused = this.#pausedUntil > now ? Math.min(next, this.#pausedUntil) : next
        await this.#change(paused - now, signal)
      }
    } finally {
      this.#waiting--
    }
  }

  /** @throws OnejarError where waiting longer would be of no use */
  #assertHope(failures: readonly unknown[], now: number, until: number): void {
    const cause = this.#failed?.error
    const pauseMs = this.#pausedUntil - now
    const pausing = pauseMs > 0 && this.#asked() === 0
    // What the other end lacks, and what endpoint() returns, is the same a moment later.
    if (pausing && isOnejarError(cause) && cause.retry === 'never') throw cause
    if (failures.length >= MAX_FAILURES || now >= until || (pausing && pauseMs > MAX_PAUSE_MS)) {
      const what =
        now >= until && cause === undefined ? 'No browser came in time' : 'No browser could be rented'
      const retryAfter = pausing ? { retryAfterMs: pauseMs } : {}
      throw new OnejarError('ONEJAR_BROWSER_FAILED', `${what} (browser.endpoint)`, { cause, ...retryAfter })
    }
  }

  #leastUsed(): Lease | undefined {
    let best: Lease | undefined
    for (const lease of this.#leases)
      if (lease.phase === 'ready' && (best === undefined || lease.load < best.load)) best = lease
    return best
  }

  #asked(): number {
    return [...this.#leases].filter(({ phase }) => phase === 'asked').length
  }

  /** One for each who waits, as far as there are places. */
  #askForMore(): void {
    const { options, open, headerOrigins, userCode, onLacking } = this.#parts
    for (let asked = this.#asked(); asked < this.#waiting && this.#leases.size < this.#maxLeases; asked++) {
      const lease = new Lease({
        endpoint: options.endpoint,
        connect: (cdpEndpoint, launchTimeoutMs) =>
          open({ ...options, cdpEndpoint, launchTimeoutMs, probe: true }),
        timeoutMs: this.#timeoutMs,
        answerTimeoutMs: options.answerTimeoutMs ?? 15_000,
        headerOrigins,
        userCode,
        onReady: (_, lacks) => {
          if (lacks.length > 0) onLacking(lacks)
          this.#notify()
        },
        onFailed: (failed, error) => this.#onFailed(failed, error),
      })
      this.#leases.add(lease)
      lease.over.then(() => {
        this.#leases.delete(lease)
        this.#notify()
      })
      this.#timer ??= setInterval(() => this.#giveBackIdle(), Math.min(this.#idleMs / 2, 5_000)).unref()
    }
  }

  #onFailed(lease: Lease, error: unknown): void {
    const last = this.#failed?.at ?? 0
    // Only work that was done in one that came since shows that it was not for long.
    const recovered = [lease, ...this.#leases].some(({ readyAt, worked }) => worked && readyAt > last)
    this.#failures = recovered ? 1 : this.#failures + 1
    const at = performance.now()
    this.#failed = { error, at }
    this.#pausedUntil = at + growingPause(PAUSE, this.#failures, this.#parts.random ?? systemRandom)
    if (!this.#closing.signal.aborted) this.#parts.onFailed(error)
    this.#notify()
  }

  #giveBackIdle(): void {
    for (const lease of this.#leases)
      if (lease.phase === 'ready' && lease.idleMs() >= this.#idleMs) lease.end()
    if (this.#leases.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #notify(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** Resolves when something has changed, or after the time. */
  async #change(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    const onAbort = () => resolve()
    signal?.addEventListener('abort', onAbort, { once: true })
    await within(ms, Promise.race([this.#changed.promise, aborted]))
    signal?.removeEventListener('abort', onAbort)
  }
}

function claim(lease: Lease): [Lease, LiveBrowser] {
  lease.users++
  lease.touch()
  return [lease, lease.live as LiveBrowser]
}
