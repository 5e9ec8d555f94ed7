import type { KnownRobots, PolicyRule } from '../../compliance/index.ts'
import { type Clock, LazySet, OnejarError, safeUrl, steadyMs } from '../../core/index.ts'
import type { HttpRequest } from '../../http/index.ts'
import { type RequestTime, waitWithin } from '../../http/index.ts'
import type { EventHub, Stage } from '../../routing/index.ts'
import type { Compliance, CrawlPaces, RobotsBook, SiteFileRequester } from '../../services/index.ts'
import type { SessionKey } from '../../store/index.ts'

export interface SessionRobotsOptions {
  readonly book: RobotsBook
  readonly paces: CrawlPaces
  readonly requester: SiteFileRequester
  /** Origins whose robots.txt is neither asked for nor respected. */
  readonly bypass: ReadonlySet<string>
  readonly events: EventHub
  readonly clock: Clock
  /** Keeps a decision in the audit trail. @throws OnejarError ONEJAR_AUDIT_FAILED */
  readonly audit: (rule: PolicyRule, facts: Readonly<Record<string, string | number>>) => void
}

/**
 * robots.txt for one session; undefined where the broker does without, which is audited.
 *
 * @throws OnejarError ONEJAR_AUDIT_FAILED
 */
export function sessionRobots(
  compliance: Compliance,
  session: SessionKey,
  parts: Pick<SessionRobotsOptions, 'requester' | 'events' | 'clock'>,
): SessionRobots | undefined {
  const shared = compliance.robots(session.tenant)
  if (shared !== null) {
    return new SessionRobots({
      ...shared,
      ...parts,
      audit: (rule, facts) => compliance.record(rule, session, facts),
    })
  }
  compliance.record('robots-bypassed', session, { origin: '*' })
  return undefined
}

type Wait = Promise<void> | undefined

/**
 * robots.txt and Crawl-delay for a session's automated requests. Where the rules of an origin are known and ask for no
 * pause, a request costs a look-up.
 */
export class SessionRobots {
  readonly #options: SessionRobotsOptions
  /** Origins whose bypass is in the audit trail. */
  readonly #reported = new LazySet<string>()
  readonly #closing = new AbortController()

  constructor(options: SessionRobotsOptions) {
    this.#options = options
  }

  /** The stage before the router. */
  readonly stage: Stage = (next) => (request) => {
    const { url, robots } = request
    const wait = robots === false ? this.#attempt(() => this.#bypassed(url.origin)) : this.admit(url, request)
    if (wait === undefined) return next(request)
    const startedAt = performance.now()
    return wait.then(() => {
      const left = Math.ceil(request.timeoutMs - (performance.now() - startedAt))
      return next({ ...request, timeoutMs: Math.max(1, left) })
    })
  }

  /** Asked before each redirect is followed. At the same origin the rules count, and no further pause is made. */
  readonly beforeHop = (url: URL, from: URL, { timeoutMs = 0, signal }: HttpRequest<unknown>): Wait =>
    url.origin === from.origin ? this.#permit(url) : this.admit(url, { url, timeoutMs, signal })

  /**
   * Whether a URL may be asked for now.
   *
   * @returns undefined when it may; a promise that resolves when it may, and rejects when it may not
   * @throws OnejarError (as a rejection) ONEJAR_ROBOTS_DISALLOWED; ONEJAR_RATE_LIMITED when the pause is longer than the
   * time that the request has; what asking for the robots.txt ended with
   */
  admit(url: URL, time: RequestTime): Wait {
    const { book, bypass, requester } = this.#options
    const { origin } = url
    if (bypass.has(origin)) return this.#attempt(() => this.#bypassed(origin))
    const known = book.look(origin)
    if (known !== undefined) return this.#decide(known, url, time)
    const deadline = performance.now() + time.timeoutMs
    return this.#waitWithin(book.ask(origin, requester), time, deadline).then((learned) => {
      const timeoutMs = Math.max(1, deadline - performance.now())
      return this.#decide(learned, url, { ...time, timeoutMs })
    })
  }

  /** Ends every wait with ONEJAR_CLOSED. */
  close(): void {
    this.#closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
  }

  #permit(url: URL): Wait {
    const known = this.#options.book.look(url.origin)
    return known === undefined ? undefined : this.#refusal(known, url)
  }

  #decide(known: KnownRobots, url: URL, time: RequestTime): Wait {
    const refusal = this.#refusal(known, url)
    if (refusal !== undefined || known.rules.crawlDelayMs === 0) return refusal
    return this.#pause(known.rules.crawlDelayMs, url, time)
  }

  #refusal({ rules, closed, until }: KnownRobots, url: URL): Wait {
    const { clock } = this.#options
    if (closed !== null) {
      return this.#refuse('robots-unreachable', url, `${closed}, so nothing is allowed there for now`, {
        retryAfterMs: Math.max(0, until - steadyMs(clock)),
      })
    }
    const { allowed, rule } = rules.decide(url)
    if (allowed || rule === null) return undefined
    const reason = `robots.txt says "${rule.text}" (line ${rule.line})`
    return this.#refuse('robots-disallowed', url, reason)
  }

  /** Takes the next free place at the origin, and waits for it. */
  #pause(delayMs: number, url: URL, time: RequestTime): Wait {
    const { paces, clock, events } = this.#options
    const pace = paces.of(url.origin)
    const now = steadyMs(clock)
    const waitMs = pace.next(now) - now
    if (waitMs > time.timeoutMs) {
      return this.#refuse('crawl-delay', url, `Crawl-delay asks for ${delayMs} ms between two requests`, {
        retryAfterMs: waitMs,
        code: 'ONEJAR_RATE_LIMITED',
      })
    }
    const at = pace.take(delayMs, now)
    if (waitMs === 0) return undefined
    events.emit({
      type: 'robots',
      at: clock.now(),
      origin: url.origin,
      decision: 'waiting',
      reason: `Crawl-delay: ${delayMs} ms`,
      waitMs,
    })
    let timer: NodeJS.Timeout | undefined
    const turn = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs)
    })
    return this.#waitWithin(turn, time, performance.now() + time.timeoutMs).catch((error) => {
      clearTimeout(timer)
      pace.giveBack(at, delayMs)
      throw error
    })
  }

  #refuse(
    rule: PolicyRule,
    url: URL,
    reason: string,
    more: {
      readonly retryAfterMs?: number
      readonly code?: 'ONEJAR_RATE_LIMITED'
    } = {},
  ): Promise<void> {
    const { events, clock } = this.#options
    const { code = 'ONEJAR_ROBOTS_DISALLOWED', ...options } = more
    const { origin } = url
    events.emit({ type: 'robots', at: clock.now(), origin, decision: 'refused', reason, waitMs: 0 })
    return this.#attempt(() => {
      this.#options.audit(rule, { origin, reason })
      throw new OnejarError(code, `${safeUrl(url)}: ${reason}`, {
        ...options,
        details: { origin, rule, reason },
      })
    }) as Promise<void>
  }

  /** A bypass that cannot be kept in the audit trail does not happen. */
  #bypassed(origin: string): void {
    if (this.#reported.has(origin)) return
    const { audit, events, clock } = this.#options
    audit('robots-bypassed', { origin })
    if (this.#reported.size < MAX_REPORTED) this.#reported.add(origin)
    const reason = 'the caller bypasses robots.txt'
    events.emit({ type: 'robots', at: clock.now(), origin, decision: 'bypassed', reason, waitMs: 0 })
  }

  /** What is thrown, as a rejection. */
  #attempt(work: () => void): Wait {
    try {
      work()
      return undefined
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #waitWithin<T>(work: Promise<T>, time: RequestTime, deadline: number): Promise<T> {
    const { signal } = this.#closing
    if (signal.aborted) return Promise.reject(signal.reason)
    const closed = Promise.withResolvers<never>()
    const onClose = () => closed.reject(signal.reason)
    signal.addEventListener('abort', onClose)
    return waitWithin(Promise.race([work, closed.promise]), time, deadline).finally(() =>
      signal.removeEventListener('abort', onClose),
    )
  }
}

/** Beyond this many origins a bypass is reported each time, because it is not remembered. */
const MAX_REPORTED = 10_000
