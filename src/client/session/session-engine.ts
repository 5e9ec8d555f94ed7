import type { CookieSource } from '../../http/index.ts'
import {
  pipeline,
  type SessionQuarantine,
  SessionResilience,
  type SessionRobots,
  type SessionTelemetry,
  sessionRobots,
} from '../../pipeline/index.ts'
import type { ChangeSource, SessionRecord } from '../../record/index.ts'
import {
  BindingLearner,
  type EventHub,
  Router,
  type Send,
  TokenBindings,
  TokenSources,
} from '../../routing/index.ts'
import type { SessionPersistence } from '../../services/index.ts'
import type { LoginSession } from '../options/reauthentication.ts'
import { SessionDeadLetters } from './dead-letters.ts'
import { remoteVisits } from './remote-solves.ts'
import { SessionBrowser } from './session-browser.ts'
import type { SessionIdentity } from './session-identity.ts'
import type { SessionSetup } from './session-setup.ts'
import { SessionTokenBindings } from './token-bindings.ts'

export interface SessionEngineParts {
  readonly setup: SessionSetup
  readonly record: SessionRecord
  readonly events: EventHub
  readonly identity: SessionIdentity
  readonly persistence: SessionPersistence
  readonly telemetry: SessionTelemetry | null
  readonly quarantine: SessionQuarantine
  readonly cookieSource: CookieSource
  /** Who the changes of the store are by. */
  readonly storeSource: ChangeSource
  /** The session, for the hook that logs it in. */
  readonly login: LoginSession
  /** @throws OnejarError ONEJAR_CLOSED */
  readonly assertOpen: () => void
}

/**
 * What sends a session's requests and opens its pages. Made when the first of either is wanted: of many sessions that are
 * open at once most are idle, and cost what their record costs.
 */
export class SessionEngine {
  readonly tokens: TokenBindings
  readonly bindings: SessionTokenBindings
  readonly browser: SessionBrowser
  readonly router: Router
  readonly resilience: SessionResilience
  readonly deadLetters: SessionDeadLetters
  /** Undefined where the broker does without robots.txt. */
  readonly robots: SessionRobots | undefined
  /** The stages before the router, and the router. */
  readonly way: Send

  constructor(parts: SessionEngineParts) {
    const { setup, record, events, identity, persistence, telemetry, quarantine, assertOpen } = parts
    const { clock, queue, key, compliance, solveTimeoutMs, onChallenge: ask } = setup
    const sources = new TokenSources(record)
    this.tokens = new TokenBindings(record, sources, events, clock)
    this.bindings = new SessionTokenBindings(this.tokens, assertOpen)
    const learner = new BindingLearner(record, this.tokens, sources, parts.storeSource)
    this.browser = new SessionBrowser({
      host: setup.browser,
      network: setup.network,
      record,
      identity,
      learner,
      timing: telemetry ?? undefined,
      recycleAfterPages: setup.recycleAfterPages,
      recycleAfterBytes: setup.recycleAfterBytes,
      assertOpen,
    })
    const { network } = setup
    const asker = {
      get http() {
        return network.transport
      },
      identity: () => identity.source,
    }
    const robots = sessionRobots(compliance, key, { asker, events, clock })
    this.robots = robots
    this.router = new Router({
      record,
      bindings: this.tokens,
      shown: learner.shown,
      get http() {
        return network.transport
      },
      through: () => network.way.name,
      cookies: parts.cookieSource,
      classifier: setup.classifier,
      identity: () => identity.source,
      browser: this.browser,
      events,
      onTransportError: (error) => quarantine.distrust(error),
      clock,
      shared: persistence,
      solveTimeoutMs,
      remote: queue === null ? undefined : remoteVisits({ queue, setup, persistence }),
      pageQueue: setup.visits,
      blockResources: setup.blockResources,
      answerFromSolve: setup.answerFromSolve,
      admit: robots && ((url) => robots.admit(url, { url, timeoutMs: solveTimeoutMs })),
      screenshotFolder: setup.screenshotFolder,
      onChallenge: ask && ((takeOver) => ask({ ...takeOver, session: key })),
      manualInterventionTimeoutMs: setup.manualInterventionTimeoutMs,
    })
    events.tap((event) => {
      if (event.type === 'unblocked') quarantine.goesOn(event.origin)
    }, false)
    const { reauthentication: hooked, ...plan } = setup.resilience
    this.resilience = new SessionResilience({
      plan: {
        ...plan,
        reauthentication: hooked && {
          ...hooked,
          logIn: (attempt) => hooked.hook({ ...attempt, session: parts.login }),
        },
      },
      session: key,
      record,
      persistence,
      store: setup.store.store,
      events,
      clock,
      warn: setup.warn,
    })
    this.deadLetters = new SessionDeadLetters({
      record,
      assertOpen,
      fetch: (url, options) => parts.login.fetch(url, options),
    })
    const { resilience, router } = this
    const { persist } = setup
    this.way = pipeline(
      { session: key, compliance, network, persist, persistence, telemetry, quarantine, robots, resilience },
      (request) => router.send(request),
    )
  }

  /** Ends all waiting, for sites and for pages, with ONEJAR_CLOSED. */
  stop(): void {
    this.robots?.close()
    this.router.close()
    this.resilience.close()
  }
}
