import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Clock,
  ignore,
  isOnejarError,
  OnejarError,
  startDeadline,
  withSignal,
} from '../../core/index.ts'
import { type Credential, type CredentialProvider, sameCredential } from '../../credentials/index.ts'
import { timeLeft, waitWithin } from '../../http/index.ts'
import type { SessionRecord } from '../../record/index.ts'
import { Circuits } from '../../resilience/index.ts'
import {
  discard,
  type EventHub,
  hasOneShotBody,
  type RoutedResponse,
  type RouteRequest,
  type Send,
  SingleFlight,
  type Stage,
} from '../../routing/index.ts'
import { type HeldLock, holdLock, type SessionPersistence } from '../../services/index.ts'
import type { SessionKey, Store } from '../../store/index.ts'
import type { LogIn, LoginAttempt, ReauthenticationReason } from '../login/login-attempt.ts'
import { LoginLives } from '../login/login-lives.ts'
import { refusalOf } from '../login/login-refusal.ts'
import type { SessionLife } from '../login/session-life.ts'

export interface ReauthenticationParts {
  /** The caller's hook. */
  readonly logIn: LogIn
  /** Sends what the hook asks for: through every stage but this one. */
  readonly send: Send
  readonly credentials: CredentialProvider
  /** Bound of one login, waiting for other processes included. */
  readonly timeoutMs: number
  readonly session: SessionKey
  readonly record: SessionRecord
  readonly life: SessionLife
  readonly persistence: SessionPersistence
  readonly store: Store
  readonly events: EventHub
  readonly clock: Clock
  /** Fires when the session is released. */
  readonly closing: AbortSignal
}

/** What a hook was given to log in with. */
interface Given {
  readonly name: string
  readonly credential: Credential
}

/**
 * `renewed`: the hook has run. `elsewhere`: somebody else has logged in since the request was sent. `awaited`: somebody else
 * was about to, and the cookies are what they were: either it left none, or it failed.
 */
type Login = 'renewed' | 'elsewhere' | 'awaited'

/** A request that was refused. */
interface Refusal {
  readonly reason: ReauthenticationReason
  /** The cookies that it was refused with. */
  readonly before: string
  readonly sentAt: number
  /** Whether somebody else's login was waited for already, and has not helped. */
  readonly insist: boolean
}

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 5 * 60_000
const MAX_ORIGINS = 1_000
/** What somebody else was given may be old again when it is used: that often it is tried. */
const MAX_LOGINS = 20
/** A login that left new cookies has helped, as far as one can tell. They may be old when they are used, this much later. */
const OLD_MS = 1_000
/** As often as that it is made for one request. */
const MAX_OWN_LOGINS = 3

/**
 * Logs the session in when a site refuses a request for want of that, once for all who are refused, and sends it again. A login whose
 * end is known is made anew shortly before, by the first request then, which does not wait for it.
 */
export function reauthentication(parts: ReauthenticationParts): Stage {
  const reauthenticator = new Reauthenticator(parts)
  return (next) => (request) => reauthenticator.send(request, next)
}

class Reauthenticator {
  readonly #parts: ReauthenticationParts
  readonly #flights = new SingleFlight<Login>()
  /** After a login that failed there is a pause: a site locks out who tries a wrong password again and again. */
  readonly #circuits: Circuits<OnejarError | null>
  /** Origin to the end of the last login, on the clock of `performance.now()`. */
  readonly #doneAt = new Map<string, number>()
  /** Origin to what its last login was made with, until that is known to have helped. */
  readonly #given = new Map<string, readonly Given[]>()
  readonly #lives: LoginLives
  /** A hook may use the session by a reference of its own: what it asks for so must not wait for the login that it makes. */
  readonly #inside = new AsyncLocalStorage<true>()

  constructor(parts: ReauthenticationParts) {
    this.#parts = parts
    this.#lives = new LoginLives(parts.record, parts.clock, parts.life)
    this.#circuits = new Circuits({
      clock: parts.clock,
      failures: 1,
      firstPauseMs: FIRST_PAUSE_MS,
      maxPauseMs: MAX_PAUSE_MS,
      probeMs: parts.timeoutMs,
      maxKeys: MAX_ORIGINS,
    })
  }

  async send(original: RouteRequest, next: Send): Promise<RoutedResponse> {
    if (this.#inside.getStore()) return next(original)
    const deadline = performance.now() + original.timeoutMs
    const { origin } = original.url
    if (this.#lives.isDue(origin)) this.#renew(original)
    let last: Login | undefined
    let refusedWith = ''
    let enteredAt = 0
    for (let logins = 0, own = 0; ; logins++) {
      const sent = this.#cookies(original)
      const sentAt = performance.now()
      const response = await next({ ...original, timeoutMs: timeLeft(deadline, original) })
      const reason = refusalOf(original, response)
      if (reason === null) {
        if (logins > 0) {
          this.#circuits.succeeded(origin)
          this.#given.delete(origin)
        }
        return response
      }
      const isOld = sent !== refusedWith && performance.now() - enteredAt > OLD_MS && own < MAX_OWN_LOGINS
      const renewed = last === 'renewed' && !isOld
      if (renewed) this.#refuse(this.#given.get(origin) ?? [])
      if (renewed && this.#circuits.failed(origin, null)) this.#tell(origin, 'refused', reason)
      if (renewed || logins === MAX_LOGINS || hasOneShotBody(original)) return response
      // What the refusal itself has set comes from no login.
      const before = setsCookies(response) ? this.#cookies(original) : sent
      const login = this.#login(original, response, { reason, before, sentAt, insist: last === 'awaited' })
      if (login === null) return response
      discard(response)
      refusedWith = before
      enteredAt = performance.now()
      last = await waitWithin(login, original, deadline)
      if (last === 'renewed') own++
    }
  }

  /** The login that is under way, or a new one; null when the last one let nobody in, a short while ago. */
  #login(request: RouteRequest, response: RoutedResponse, refusal: Refusal): Promise<Login> | null {
    const { origin } = request.url
    const underway = this.#flights.current(origin)
    if (underway !== undefined) return underway
    if ((this.#doneAt.get(origin) ?? 0) > refusal.sentAt) return Promise.resolve('elsewhere')
    const admission = this.#circuits.admit(origin)
    if (!admission.admitted) {
      const { trouble } = admission.circuit
      return trouble === null ? null : Promise.reject(again(trouble, admission.retryAfterMs))
    }
    return this.#flights.run(origin, () => this.#enter(request, response.url, refusal))
  }

  /** Logs in ahead of the end, while requests go on with what there is. */
  #renew(request: RouteRequest): void {
    const { origin } = request.url
    if (this.#flights.current(origin) !== undefined || !this.#circuits.admit(origin).admitted) return
    const before = this.#cookies(request)
    const refusal = { reason: 'expiring', before, sentAt: performance.now(), insist: false } as const
    // A failure is an event; requests that are refused then log in by themselves.
    this.#flights.run(origin, () => this.#enter(request, request.url, refusal)).catch(ignore)
  }

  async #enter(request: RouteRequest, url: URL, { reason, before, insist }: Refusal): Promise<Login> {
    const { persistence, timeoutMs, store, session, closing } = this.#parts
    const { origin } = request.url
    const deadline = startDeadline(timeoutMs, `the login at ${origin}`, closing)
    const { signal } = deadline
    let lock: HeldLock | null = null
    try {
      this.#tell(origin, 'started', reason)
      lock = await holdLock(store, session, `login ${origin}`, { signal, over: () => false })
      if (lock !== null) await withSignal(persistence.catchUp().catch(unlessClosed), signal)
      const isOver = reason === 'expiring' && !this.#lives.isDue(origin)
      if (isOver || this.#cookies(request) !== before) return this.#done(origin, 'elsewhere')
      if (lock?.waited && !insist) return this.#done(origin, 'awaited')
      const marks = this.#lives.before(url)
      await withSignal(
        this.#inside.run(true, () => this.#logIn(origin, url, reason, signal)),
        signal,
      )
      this.#lives.learn(url, marks)
      // Other processes that wait for the lock find what the login left.
      await withSignal(persistence.flush().catch(unlessClosed), signal)
      return this.#done(origin, 'renewed')
    } catch (error) {
      if (closing.aborted) throw closing.reason
      const why = signal.aborted ? `it took longer than ${timeoutMs} ms` : `the hook threw (${nameOf(error)})`
      const failure = new OnejarError(
        'ONEJAR_REAUTH_FAILED',
        `The session was not logged in at ${origin}: ${why}`,
        {
          cause: error,
          retryAfterMs: FIRST_PAUSE_MS,
          details: { origin, reason },
        },
      )
      this.#circuits.failed(origin, failure)
      this.#tell(origin, 'failed', why)
      throw failure
    } finally {
      deadline.clear()
      await lock?.release()
    }
  }

  /** Runs the hook; once more at once where it failed with credentials that have been replaced at their source. */
  async #logIn(origin: string, url: URL, reason: ReauthenticationReason, signal: AbortSignal): Promise<void> {
    const given: Given[] = []
    try {
      await this.#hook(url, reason, signal, given)
    } catch (error) {
      this.#refuse(given)
      if (signal.aborted || !(await this.#haveChanged(given, signal))) throw error
      given.length = 0
      try {
        await this.#hook(url, reason, signal, given)
      } catch (again) {
        this.#refuse(given)
        throw again
      }
    }
    this.#given.delete(origin)
    this.#given.set(origin, given)
    if (this.#given.size > MAX_ORIGINS) this.#given.delete(this.#given.keys().next().value as string)
  }

  async #hook(url: URL, reason: ReauthenticationReason, signal: AbortSignal, given: Given[]): Promise<void> {
    const { logIn, send, credentials, session } = this.#parts
    const attempt: LoginAttempt = {
      url,
      reason,
      credentials: async (name = session.id) => {
        const credential = await credentials.get(name, signal, session.tenant)
        if (credential !== null) given.push({ name, credential })
        return credential
      },
      signal,
    }
    await logIn(attempt, send)
  }

  /** Notifies a provider that caches credentials that these did not help. */
  #refuse(given: readonly Given[]): void {
    const { credentials, session } = this.#parts
    for (const { name, credential } of given) {
      try {
        credentials.refused?.(name, credential, session.tenant)
      } catch {
        // What failed is the login: its error is the one to report.
      }
    }
  }

  /** Whether a provider that was notified has other credentials now. The same password is not tried twice. */
  async #haveChanged(given: readonly Given[], signal: AbortSignal): Promise<boolean> {
    const { credentials, session } = this.#parts
    if (credentials.refused === undefined) return false
    try {
      for (const { name, credential } of given) {
        const now = await credentials.get(name, signal, session.tenant)
        if (now !== null && !sameCredential(now, credential)) return true
      }
    } catch {
      // Why the login failed says more.
    }
    return false
  }

  #done(origin: string, login: Login): Login {
    // Whether it helped, the request that is sent again will tell.
    this.#circuits.gaveUp(origin)
    this.#doneAt.delete(origin)
    this.#doneAt.set(origin, performance.now())
    if (this.#doneAt.size > MAX_ORIGINS) this.#doneAt.delete(this.#doneAt.keys().next().value as string)
    if (login === 'renewed') this.#tell(origin, login, 'the hook has run')
    else this.#tell(origin, 'elsewhere', 'somebody else has logged in')
    return login
  }

  #cookies({ url, context }: RouteRequest): string {
    return this.#parts.record.cookieHeader(url, context)
  }

  #tell(
    origin: string,
    state: 'renewed' | 'elsewhere' | 'started' | 'failed' | 'refused',
    reason: string,
  ): void {
    const { events, clock } = this.#parts
    events.emit({ type: 'reauthentication', at: clock.now(), origin, state, reason })
  }
}

/** What a request gets while the pause after a failed login lasts. */
function again(trouble: OnejarError, retryAfterMs: number): OnejarError {
  const origin = String(trouble.details['origin'])
  return new OnejarError(
    'ONEJAR_REAUTH_FAILED',
    `The last login at ${origin} failed, and is not tried again for ${Math.ceil(retryAfterMs)} ms`,
    { cause: trouble.cause, retryAfterMs, details: trouble.details },
  )
}

function setsCookies({ headers, hops }: RoutedResponse): boolean {
  return hops > 0 || headers['set-cookie'] !== undefined
}

/** The class or code of what a hook threw: its message may hold anything. */
function nameOf(error: unknown): string {
  if (isOnejarError(error)) return error.code
  return error instanceof Error ? error.constructor.name : typeof error
}

function unlessClosed(error: unknown): void {
  if (!isOnejarError(error, 'ONEJAR_STORE_UNAVAILABLE')) throw error
}
