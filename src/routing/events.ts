import type { Evidence, VerdictKind } from '../challenge/index.ts'
import { type ErrorCode, type ErrorTier, LazySet } from '../core/index.ts'
import type { Via } from '../http/index.ts'
import type { TokenBinding } from '../record/index.ts'

/** The result of one Set-Cookie line. Values are left out, except for their length in bytes. */
export interface CookieNote {
  /** The line as the server sent it, with `[N bytes]` for the value. */
  readonly line: string
  /** What the record did with it. `unchanged`: it held the same cookie already. */
  readonly outcome: 'kept' | 'unchanged' | 'deleted' | 'refused'
  /** The rule that refused it, as a word. Absent where it was not refused. */
  readonly reason?: string
  /** The rule that refused it, in a sentence. Absent where it was not refused. */
  readonly detail?: string
  /** What the record keeps, in the words of the server's line. */
  readonly kept?: string
}

/** What happened in a session and why. URLs are origin and path only; no event holds a secret. */
export type SessionEvent =
  | {
      readonly type: 'request'
      readonly at: number
      readonly method: string
      readonly url: string
      readonly via: Via
      readonly status: number
      readonly ms: number
      readonly verdict: VerdictKind
    }
  | {
      readonly type: 'challenge'
      readonly at: number
      readonly url: string
      readonly verdict: VerdictKind
      readonly vendor: string | null
      readonly evidence: readonly Evidence[]
    }
  /**
   * The site has given a place in line: how long it says that it takes, and when it is asked again, in milliseconds; null where
   * it does not say so, or where a script of its own brings on.
   */
  | {
      readonly type: 'waiting-room'
      readonly at: number
      readonly url: string
      readonly vendor: string | null
      readonly estimatedWaitMs: number | null
      readonly askAgainMs: number | null
    }
  /** What was taken for a challenge is the page that was asked for: the browser shows the same, and no way past it. */
  | {
      readonly type: 'mistaken'
      readonly at: number
      readonly url: string
      readonly verdict: VerdictKind
      readonly vendor: string | null
      readonly evidence: readonly Evidence[]
      readonly reason: string
    }
  /** What looks like a challenge was given to the caller as it came: it may be the page, and there was no browser to look. */
  | {
      readonly type: 'unverified'
      readonly at: number
      readonly url: string
      readonly verdict: VerdictKind
      readonly vendor: string | null
      readonly reason: string
    }
  | { readonly type: 'solve-start'; readonly at: number; readonly url: string; readonly reason: string }
  | {
      readonly type: 'solve-end'
      readonly at: number
      readonly url: string
      readonly outcome: 'passed' | 'unproven' | 'failed'
      readonly reason: string
      readonly ms: number
    }
  | { readonly type: 'drop-back'; readonly at: number; readonly url: string; readonly reason: string }
  | {
      readonly type: 'route'
      readonly at: number
      readonly origin: string
      readonly via: Via
      readonly reason: string
    }
  | {
      readonly type: 'blocked'
      readonly at: number
      readonly origin: string
      readonly verdict: VerdictKind
      readonly reason: string
    }
  /** The session is not to be used for a while; `origin` is null when that holds everywhere. */
  | {
      readonly type: 'quarantine'
      readonly at: number
      readonly origin: string | null
      readonly reason: string
      readonly until: number
    }
  /** A person is asked for what no program should do, and the result. */
  | {
      readonly type: 'manual-intervention'
      readonly at: number
      readonly origin: string
      readonly state: 'begun' | 'done' | 'given-up'
      readonly reason: string
    }
  | { readonly type: 'unblocked'; readonly at: number; readonly origin: string }
  /** A header that pages send was found to come from a storage item, a cookie or a meta: HTTP sends it too from now on. */
  | {
      readonly type: 'token-binding-learned'
      readonly at: number
      readonly origin: string
      readonly header: string
      readonly source: TokenBinding['source']['kind']
    }
  /** HTTP sent it for the first time. */
  | {
      readonly type: 'token-binding-used'
      readonly at: number
      readonly origin: string
      readonly header: string
    }
  /** A request went without it, because its value is gone or has expired: reported once, until there is one again. */
  | {
      readonly type: 'token-binding-empty'
      readonly at: number
      readonly origin: string
      readonly header: string
      readonly source: TokenBinding['source']['kind']
      readonly state: 'gone' | 'expired'
      readonly reason: string
    }
  | {
      readonly type: 'token-binding-retired'
      readonly at: number
      readonly origin: string
      readonly header: string
      readonly reason: string
    }
  /** What robots.txt, or its bypass, meant for a request. */
  | {
      readonly type: 'robots'
      readonly at: number
      readonly origin: string
      readonly decision: 'refused' | 'waiting' | 'bypassed'
      readonly reason: string
      readonly waitMs: number
    }
  /** A request that failed is sent again after the wait; `attempt` is the number of the one that comes. */
  | {
      readonly type: 'retry'
      readonly at: number
      readonly url: string
      readonly attempt: number
      readonly delayMs: number
      readonly reason: string
    }
  /** A request that was sent more than once has come to its end. */
  | {
      readonly type: 'retried'
      readonly at: number
      readonly url: string
      readonly attempts: number
      readonly passed: boolean
    }
  /** A request waits because its origin asked to be left alone. */
  | {
      readonly type: 'rate-limit-pause'
      readonly at: number
      readonly origin: string
      readonly delayMs: number
    }
  /** A site refused for want of a login: the hook logs in, for all who were refused, or somebody else has. */
  | {
      readonly type: 'reauthentication'
      readonly at: number
      readonly origin: string
      readonly state: 'started' | 'renewed' | 'elsewhere' | 'failed' | 'refused'
      readonly reason: string
    }
  /**
   * A person has to look. `refusal`: a site, or a rule that is kept on its behalf, says no. `security`: a TLS fault, a key that is
   * not the pinned one, a refusal of the site's protection. `rate-limit`: too large a share of the answers is 429 (`ended`
   * when it has fallen), or a session was answered 429 again and again. `origin` is null for all origins together.
   */
  | {
      readonly type: 'alert'
      readonly at: number
      readonly state: 'raised' | 'ended'
      readonly kind: 'refusal' | 'security' | 'rate-limit'
      readonly origin: string | null
      readonly code: ErrorCode
      readonly reason: string
    }
  /** A request was given up and is kept, so that it can be looked at and sent again. */
  | {
      readonly type: 'dead-letter'
      readonly at: number
      readonly id: string
      readonly method: string
      readonly url: string
      readonly code: ErrorCode
      readonly tier: ErrorTier
    }
  /** A request was not sent: one under the same idempotency key was, and its response is given. */
  | {
      readonly type: 'idempotent-replay'
      readonly at: number
      readonly url: string
      readonly status: number
    }
  /** An origin that failed again and again is left alone, probed, or works again. */
  | {
      readonly type: 'circuit'
      readonly at: number
      readonly origin: string
      readonly state: 'open' | 'half-open' | 'closed'
      readonly reason: string
    }
  | {
      readonly type: 'store'
      readonly at: number
      readonly state: 'away' | 'back' | 'problem'
      readonly reason: string
      /** Of a problem with something that is stored: its hash, as far as it has one, and where in the code it was met. */
      readonly payloadHash?: string
      readonly stack?: string
    }
  /** There is no browser to take an identity from: requests go out under the name of this library. */
  | { readonly type: 'identity'; readonly at: number; readonly state: 'missing'; readonly reason: string }
  /** A decision could not be kept in the audit trail. */
  | { readonly type: 'audit'; readonly at: number; readonly state: 'failed'; readonly reason: string }
  /** What the record made of a response's Set-Cookie lines; only where `telemetry.cookieDiagnostics` is on. */
  | {
      readonly type: 'set-cookie'
      readonly at: number
      readonly url: string
      readonly cookies: readonly CookieNote[]
    }
  /** A callback of the user's threw or rejected; each callback is reported once. */
  | {
      readonly type: 'callback'
      readonly at: number
      readonly state: 'failed'
      /** What it is called in the options: `onWarning`, `telemetry.log`. */
      readonly callback: string
      readonly reason: string
    }
  | { readonly type: 'lost'; readonly at: number; readonly count: number }

const MAX_WAITING = 10_000
/** As many events of the opening are kept for the first who listens. */
const MAX_EARLY = 100

/** Hands events to listeners. A listener that does not keep up loses the oldest, and gets their number. */
export class EventHub {
  readonly #readers = new LazySet<Reader>()
  readonly #taps = new LazySet<(event: SessionEvent) => void>()
  #eager = 0
  /** What happened before anybody could listen; undefined once somebody has. */
  #early: SessionEvent[] | undefined
  #ended = false

  /** Whether anybody listens: what costs something to describe is described only then. */
  get wanted(): boolean {
    return this.#readers.size > 0 || this.#eager > 0
  }

  emit(event: SessionEvent): void {
    for (const tap of this.#taps) tap(event)
    for (const reader of this.#readers) reader.put(event)
  }

  /** The same while the session opens: nobody can listen yet, so the first listener gets these events. */
  emitEarly(event: SessionEvent): void {
    this.emit(event)
    this.#early ??= []
    if (this.#early.length < MAX_EARLY) this.#early.push(event)
  }

  /**
   * Calls back synchronously, within the work that the event reports, until the session ends. The callback must not throw.
   *
   * @param eager - also for what is described only when somebody listens: each single request
   */
  tap(callback: (event: SessionEvent) => void, eager: boolean): void {
    this.#taps.add(callback)
    if (eager) this.#eager++
  }

  /** The events from now on (for the first who listens, those of the opening before), until the session ends or the loop is left. */
  listen(): AsyncIterableIterator<SessionEvent> {
    const reader: Reader = new Reader(() => this.#readers.delete(reader))
    for (const event of this.#early ?? []) reader.put(event)
    this.#early = undefined
    if (this.#ended) reader.end()
    else this.#readers.add(reader)
    return reader
  }

  /** Ends every listener's loop after what it has yet to see. */
  end(): void {
    this.#ended = true
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
  }
}

class Reader implements AsyncIterableIterator<SessionEvent> {
  readonly #waiting: SessionEvent[] = []
  readonly #onLeave: () => void
  #lost = 0
  #ended = false
  /** Those who wait for an event, the first first. */
  #sleepers: Array<() => void> = []

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave
  }

  put(event: SessionEvent): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift()
      this.#lost++
    }
    this.#waiting.push(event)
    this.#sleepers.shift()?.()
  }

  end(): void {
    this.#ended = true
    for (const wake of this.#sleepers.splice(0)) wake()
  }

  async next(): Promise<IteratorResult<SessionEvent>> {
    for (;;) {
      if (this.#lost > 0) {
        const count = this.#lost
        this.#lost = 0
        return { done: false, value: { type: 'lost', at: Date.now(), count } }
      }
      const value = this.#waiting.shift()
      if (value) return { done: false, value }
      if (this.#ended) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#sleepers.push(resolve)
      })
    }
  }

  async return(): Promise<IteratorResult<SessionEvent>> {
    this.#onLeave()
    this.end()
    this.#waiting.length = 0
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
