import type { Evidence, VerdictKind } from '../challenge/index.ts'
import type { Purpose } from '../compliance/index.ts'
import { type ErrorCode, type ErrorTier, LazySet } from '../core/index.ts'
import type { Via } from '../http/index.ts'
import type { TokenBinding } from '../record/index.ts'
import { EventReader, type LostEvents } from './event-reader.ts'

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

/**
 * What happened in a session, and why: `type` says which event it is. `at` is in epoch milliseconds; `ms` and names that end in
 * `Ms` are durations in milliseconds; `reason` is a sentence. URLs are origin and path only, and no event holds a secret.
 *
 * @example
 * ```ts
 * import type { SessionEvent } from 'onejar'
 *
 * function lineOf(event: SessionEvent): string | null {
 *   if (event.type === 'request') return `${event.method} ${event.url} ${event.status} ${event.via} ${event.ms} ms`
 *   return event.type === 'blocked' ? `${event.origin} blocks the session: ${event.reason}` : null
 * }
 * ```
 */
export type SessionEvent =
  /** A request has its response. `reason`: why this transport was taken. */
  | {
      readonly type: 'request'
      readonly at: number
      readonly method: string
      readonly url: string
      readonly via: Via
      readonly status: number
      readonly ms: number
      readonly verdict: VerdictKind
      readonly reason: string
    }
  /** A request has no response: it was not sent, or nothing usable came back. `reason`: why this transport was taken. */
  | {
      readonly type: 'request-failed'
      readonly at: number
      readonly method: string
      readonly url: string
      readonly via: Via
      readonly ms: number
      readonly code: ErrorCode
      readonly reason: string
    }
  /** A response was taken for a challenge. */
  | {
      readonly type: 'challenge'
      readonly at: number
      readonly url: string
      readonly verdict: VerdictKind
      readonly vendor: string | null
      readonly evidence: readonly Evidence[]
    }
  /**
   * The site put the session into a waiting room. `estimatedWaitMs`: the wait that the room names; `askAgainMs`: when the room
   * is asked again. Null where the room does not say so; `askAgainMs` also where its own script asks again.
   */
  | {
      readonly type: 'waiting-room'
      readonly at: number
      readonly url: string
      readonly vendor: string | null
      readonly estimatedWaitMs: number | null
      readonly askAgainMs: number | null
    }
  /** A response was taken for a challenge by mistake: the browser got the same page, so it is the page that was asked for. */
  | {
      readonly type: 'mistaken'
      readonly at: number
      readonly url: string
      readonly verdict: VerdictKind
      readonly vendor: string | null
      readonly evidence: readonly Evidence[]
      readonly reason: string
    }
  /** A response that looks like a challenge was returned as it came, because no browser was there to check it. */
  | {
      readonly type: 'unverified'
      readonly at: number
      readonly url: string
      readonly verdict: VerdictKind
      readonly vendor: string | null
      readonly reason: string
    }
  /** The browser starts to solve a challenge. */
  | { readonly type: 'solve-start'; readonly at: number; readonly url: string; readonly reason: string }
  /** A solve has ended. `unproven`: the record got new cookies, or a worker has passed; the next request shows if that helps. */
  | {
      readonly type: 'solve-end'
      readonly at: number
      readonly url: string
      readonly outcome: 'passed' | 'unproven' | 'failed'
      readonly reason: string
      readonly ms: number
    }
  /** Requests go over HTTP again after a costlier transport. */
  | { readonly type: 'drop-back'; readonly at: number; readonly url: string; readonly reason: string }
  /** Another transport is used for an origin from now on. */
  | {
      readonly type: 'route'
      readonly at: number
      readonly origin: string
      readonly via: Via
      readonly reason: string
    }
  /**
   * Fields of pages come from the data that the pages ask for themselves, over HTTP. `learned`: proven on two pages. `checked`: a page
   * was rendered, and shows the same. `corrected`: a page was rendered, and decided between places that no longer said the same.
   * `mismatch`: a page shows something else: the route is not used any more, and `unchecked` answers since the last check may be
   * wrong. `not-learned`: the pages are rendered for now. `forgotten`: by the user.
   */
  | {
      readonly type: 'data-route'
      readonly at: number
      readonly state: 'learned' | 'checked' | 'corrected' | 'mismatch' | 'not-learned' | 'forgotten'
      readonly origin: string
      /** `https://shop.example/products/*`; where no route is known, the page's origin and path. */
      readonly pattern: string
      readonly fields: readonly string[]
      readonly unchecked: number
      readonly reason: string
    }
  /** The session is blocked at an origin until `session.unblock()`. */
  | {
      readonly type: 'blocked'
      readonly at: number
      readonly origin: string
      readonly verdict: VerdictKind
      readonly reason: string
    }
  /** The session is in quarantine until `until` (epoch milliseconds); `origin` is null when that holds everywhere. */
  | {
      readonly type: 'quarantine'
      readonly at: number
      readonly origin: string | null
      readonly reason: string
      readonly until: number
    }
  /** A person was asked to solve what blocks the session, is done, or has given up. */
  | {
      readonly type: 'manual-intervention'
      readonly at: number
      readonly origin: string
      readonly state: 'begun' | 'done' | 'given-up'
      readonly reason: string
    }
  /** The block of an origin has ended. */
  | { readonly type: 'unblocked'; readonly at: number; readonly origin: string }
  /** A header that pages send was found to take its value from a storage item, cookie, meta element or the page's memory: HTTP now sends it too. */
  | {
      readonly type: 'token-binding-learned'
      readonly at: number
      readonly origin: string
      readonly header: string
      readonly source: TokenBinding['source']['kind']
    }
  /** HTTP sent a bound header for the first time. */
  | {
      readonly type: 'token-binding-used'
      readonly at: number
      readonly origin: string
      readonly header: string
    }
  /** A request was sent without a bound header, as its value is gone or has expired. Reported once until there is a value again. */
  | {
      readonly type: 'token-binding-empty'
      readonly at: number
      readonly origin: string
      readonly header: string
      readonly source: TokenBinding['source']['kind']
      readonly state: 'gone' | 'expired'
      readonly reason: string
    }
  /** A binding is not used any more. */
  | {
      readonly type: 'token-binding-retired'
      readonly at: number
      readonly origin: string
      readonly header: string
      readonly reason: string
    }
  /** robots.txt refused or delayed a request, or was bypassed for it. */
  | {
      readonly type: 'robots'
      readonly at: number
      readonly origin: string
      readonly decision: 'refused' | 'waiting' | 'bypassed'
      readonly reason: string
      readonly waitMs: number
    }
  /** A site forbids the use that a request declared: it was not sent, or its response was thrown away. */
  | {
      readonly type: 'purpose-refused'
      readonly at: number
      readonly origin: string
      readonly purpose: Purpose
      readonly reason: string
    }
  /** A header of the caller's holds personal data: the request was sent all the same, or refused. Only with `personalHeaders`. */
  | {
      readonly type: 'personal-header'
      readonly at: number
      readonly state: 'warned' | 'refused'
      readonly origin: string
      readonly header: string
      readonly kinds: readonly ('email' | 'phone' | 'ip')[]
      readonly reason: string
    }
  /** A request that failed is sent again after the wait; `attempt` is the number of the one that comes. */
  | {
      readonly type: 'retry'
      readonly at: number
      readonly url: string
      readonly attempt: number
      readonly delayMs: number
      readonly reason: string
      /** What the last attempt failed with: the status (`503`), or the code of the error. */
      readonly errorClass: string
    }
  /** A request that was sent more than once has come to its end. */
  | {
      readonly type: 'retried'
      readonly at: number
      readonly url: string
      readonly attempts: number
      readonly passed: boolean
    }
  /** A request waits because its origin asked for a pause (Retry-After). */
  | {
      readonly type: 'rate-limit-pause'
      readonly at: number
      readonly origin: string
      readonly delayMs: number
    }
  /** A site asked for a login: the hook logs in for all requests that were refused. `elsewhere`: another process has logged in. */
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
  /** A request failed for good and is kept in `session.deadLetters`. */
  | {
      readonly type: 'dead-letter'
      readonly at: number
      readonly id: string
      readonly method: string
      readonly url: string
      readonly code: ErrorCode
      readonly tier: ErrorTier
      /** What the last answer had; null where there was none. */
      readonly status: number | null
    }
  /** A request was not sent, because one with the same idempotency key was: its response is returned again. */
  | {
      readonly type: 'idempotent-replay'
      readonly at: number
      readonly url: string
      readonly status: number
    }
  /** The circuit of an origin: `open` (nothing is sent), `half-open` (one request is a probe) or `closed` (it works again). */
  | {
      readonly type: 'circuit'
      readonly at: number
      readonly origin: string
      readonly state: 'open' | 'half-open' | 'closed'
      readonly reason: string
    }
  /** The store is away or back, or something in it cannot be used. */
  | {
      readonly type: 'store'
      readonly at: number
      readonly state: 'away' | 'back' | 'problem'
      readonly reason: string
      /** For something that cannot be used: the hash of the stored bytes, and where in the code it was read. */
      readonly payloadHash?: string
      readonly stack?: string
    }
  /** There is no browser to take an identity from: requests name this library as their User-Agent. */
  | { readonly type: 'identity'; readonly at: number; readonly state: 'missing'; readonly reason: string }
  /**
   * Of browsers at DevTools endpoints. `limited`: one does not carry out commands that can be done without, and `reason` says what is lost
   * by that; `failed`: one that was rented could not be used, or not any more. Its work goes on in another one.
   */
  | {
      readonly type: 'browser'
      readonly at: number
      readonly state: 'limited' | 'failed'
      readonly reason: string
    }
  /** A decision could not be written to the audit trail. */
  | { readonly type: 'audit'; readonly at: number; readonly state: 'failed'; readonly reason: string }
  /** The result of each Set-Cookie line of a response; only with `telemetry.cookieDiagnostics`. */
  | {
      readonly type: 'set-cookie'
      readonly at: number
      readonly url: string
      readonly cookies: readonly CookieNote[]
    }
  /** A callback in the options threw or rejected. Each callback is reported once. */
  | {
      readonly type: 'callback'
      readonly at: number
      readonly state: 'failed'
      /** Its name in the options: `onWarning`, `telemetry.log`. */
      readonly callback: string
      readonly reason: string
    }
  /**
   * A session's life, reported by `broker.events()` and the log alone. `created`: it was new; `opened`: the store had it; `parked`: it was released, and is kept in the store;
   * `rotated`: it goes on through another proxy; `removed`: it was deleted from the store.
   */
  | {
      readonly type: 'session'
      readonly at: number
      readonly state: 'created' | 'opened' | 'parked' | 'rotated' | 'removed'
      readonly reason: string
    }
  /** The listener was too slow, and `count` events were dropped. */
  | LostEvents

/** As many events of the opening are kept for the first who listens. */
const MAX_EARLY = 100

/** Who gets a session's events beside those who listen to it alone. */
export interface EventTarget {
  /** Whether anybody listens. */
  readonly wanted: boolean
  emit(event: SessionEvent): void
}

/** Hands events to listeners. A listener that does not keep up loses the oldest, and gets their number. */
export class EventHub {
  readonly #readers = new LazySet<EventReader<SessionEvent>>()
  readonly #all: EventTarget | undefined
  readonly #taps = new LazySet<(event: SessionEvent) => void>()
  #eager = 0
  /** What happened before anybody could listen; undefined once somebody has. */
  #early: SessionEvent[] | undefined
  #ended = false

  /** @param all - gets each event that is this session's own */
  constructor(all?: EventTarget) {
    this.#all = all
  }

  /** Whether anybody listens: what costs something to describe is described only then. */
  get wanted(): boolean {
    return this.#readers.size > 0 || this.#eager > 0 || this.#all?.wanted === true
  }

  emit(event: SessionEvent): void {
    this.receive(event)
    this.#all?.emit(event)
  }

  /** The same for those alone who watch all sessions: a session's own listeners know of its life. */
  report(event: SessionEvent): void {
    for (const tap of this.#taps) tap(event)
    this.#all?.emit(event)
  }

  /** The same for what concerns others as well, and is reported to all elsewhere. */
  receive(event: SessionEvent): void {
    for (const tap of this.#taps) tap(event)
    for (const reader of this.#readers) reader.put(event)
  }

  /** The same while the session opens: nobody can listen yet, so the first listener gets these events. */
  emitEarly(event: SessionEvent): void {
    this.emit(event)
    this.keep(event)
  }

  /** Keeps an event for the first who listens. */
  keep(event: SessionEvent): void {
    this.#early ??= []
    if (this.#early.length < MAX_EARLY) this.#early.push(event)
  }

  /**
   * Calls back synchronously, within the work that the event reports, until the session ends. The callback must not throw.
   *
   * @param eager - also for what is described only when somebody listens: each single request
   * @returns what ends it, to be called once
   */
  tap(callback: (event: SessionEvent) => void, eager: boolean): () => void {
    this.#taps.add(callback)
    if (eager) this.#eager++
    return () => {
      if (this.#taps.delete(callback) && eager) this.#eager--
    }
  }

  /** What happened while the session opened, where nobody has listened since. */
  get early(): readonly SessionEvent[] {
    return this.#early ?? []
  }

  /** The events from now on (for the first who listens, those of the opening before), until the session ends or the loop is left. */
  listen(): AsyncIterableIterator<SessionEvent> {
    const reader: EventReader<SessionEvent> = new EventReader(() => this.#readers.delete(reader))
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
