import { ignore } from '../../core/index.ts'
import type { OnejarResponse } from '../../http/index.ts'
import {
  AttemptWatch,
  DataRoutes,
  SecurityFaults,
  SessionResilience,
  type SessionRobots,
  sessionRobots,
  sitesPreferences,
} from '../../pipeline/index.ts'
import type { ChangeSource } from '../../record/index.ts'
import {
  type AttemptObserver,
  BindingLearner,
  type RouteRequest,
  Router,
  type Send,
  type Stage,
  TokenBindings,
  TokenMessages,
  TokenSources,
} from '../../routing/index.ts'
import type { FetchOptions } from '../options/fetch-options.ts'
import type { LoginSession } from '../options/reauthentication.ts'
import { SessionDeadLetters } from './dead-letters.ts'
import { remoteTasks } from './remote-tasks.ts'
import { SessionBrowser } from './session-browser.ts'
import type { SessionParts } from './session-parts.ts'
import { sessionPipeline } from './session-pipeline.ts'
import { SessionRoutes } from './session-routes.ts'
import { SessionTokenBindings } from './token-bindings.ts'

export interface SessionEngineParts {
  readonly session: SessionParts
  /** Who the changes of the store are by. */
  readonly storeSource: ChangeSource
  /** Sends a dead letter again, through the whole pipeline. */
  readonly send: (url: URL, options: FetchOptions) => Promise<OnejarResponse>
  /** The session as a login hook gets it, with what sends its requests. */
  readonly loginSession: (send: Send) => LoginSession
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
  readonly routes: SessionRoutes
  /** Undefined where pages are fetched as they are. */
  readonly dataRoutes: DataRoutes | undefined
  readonly deadLetters: SessionDeadLetters
  /** Undefined where the broker does without robots.txt. */
  readonly robots: SessionRobots | undefined
  /** Reads what sites wish to be done with their content. */
  readonly preferences: Stage
  /** Notified of each attempt; undefined where nobody wants to know. */
  readonly attempts: AttemptObserver | undefined
  /** What may mean that somebody else is at the other end. */
  readonly faults: SecurityFaults
  /** The stages before the router, and the router. */
  readonly send: Send
  /** Asked before each redirect is followed. */
  readonly beforeHop: RouteRequest['beforeHop']

  /** Undefined where each process is on its own. */
  readonly #messages: TokenMessages | undefined

  constructor({ session, storeSource, send, loginSession }: SessionEngineParts) {
    const { services, config, network, record, events, identity, persistence, telemetry, quarantine } =
      session
    const { clock, queue, tasks, compliance, store, warnings, rates } = services
    const { key, solveTimeoutMs, onChallenge: ask } = config
    const assertOpen = () => session.assertOpen()
    const sources = new TokenSources(record)
    this.tokens = new TokenBindings(record, sources, events, clock)
    this.bindings = new SessionTokenBindings(this.tokens, assertOpen)
    this.#messages = config.shareMemoryTokens
      ? new TokenMessages(this.tokens, (onMessage) => persistence.messages(onMessage))
      : undefined
    const learner = new BindingLearner(record, this.tokens, sources, storeSource)
    this.browser = new SessionBrowser({
      host: services.browser,
      network,
      record,
      identity,
      learner,
      headersAt: session.sessionHeaders,
      traffic: session.traffic,
      isolation: session.isolation,
      timing: telemetry ?? undefined,
      settings: config.contextOptions,
      recordedAs: session.pseudonym,
      recycleAfterPages: config.recycleAfterPages,
      recycleAfterBytes: config.recycleAfterBytes,
      assertOpen,
    })
    const requester = {
      get http() {
        return network.transport
      },
      identity: () => identity.source,
      sessionHeaders: session.sessionHeaders,
    }
    const robots = sessionRobots(compliance, key, { requester, events, clock })
    this.robots = robots
    this.beforeHop = robots?.beforeHop
    this.preferences = sitesPreferences({
      books: compliance.preferences(key.tenant),
      requester,
      purpose: config.purpose,
      events,
      clock,
      audit: (rule, facts) => compliance.record(rule, key, facts),
    })
    const { reauthentication: hooked, purgeOn, ...plan } = config.resilience
    this.resilience = new SessionResilience({
      plan: {
        ...plan,
        reauthentication: hooked && {
          ...hooked,
          logIn: (attempt, below) => hooked.hook({ ...attempt, session: loginSession(below) }),
        },
      },
      session: key,
      record,
      life: session.life,
      persistence,
      quarantine,
      rates,
      limits: services.limits,
      store: store.store,
      events,
      clock,
      warn: warnings.tell,
    })
    const { alerts } = this.resilience
    const { attempts } = telemetry ?? {}
    this.attempts =
      rates === null && attempts === undefined
        ? undefined
        : new AttemptWatch({ telemetry: attempts, rates, alerts })
    this.faults = new SecurityFaults({
      quarantine,
      alerts,
      record,
      events,
      purgeOn,
      dropContext: () => this.browser.renew(),
      onPurged: (fault, origin, entries) =>
        compliance.note('session-purged', key, { origin, fault, entries }),
    })
    this.router = new Router({
      record,
      bindings: this.tokens,
      shown: learner.shown,
      others: this.#messages,
      get http() {
        return network.transport
      },
      through: () => network.way.name,
      cookies: session.cookieSource,
      classifier: services.classifier,
      identity: () => identity.source,
      sessionHeaders: session.sessionHeaders,
      browser: this.browser,
      events,
      onTransportError: (error) => this.faults.onTransportError(error),
      attempts: this.attempts,
      clock,
      shared: persistence,
      solveTimeoutMs,
      remote:
        queue === null || tasks === null
          ? undefined
          : { tasks: remoteTasks(queue, tasks, session), isBrowserHere: services.isBrowserHere },
      pageQueue: services.solves,
      blockResources: config.blockResources,
      answerFromSolve: config.answerFromSolve,
      admit: robots && ((url) => robots.admit(url, { url, timeoutMs: solveTimeoutMs })),
      screenshotFolder: config.screenshotFolder,
      onChallenge: ask && ((intervention) => ask({ ...intervention, session: key })),
      manualInterventionTimeoutMs: config.manualInterventionTimeoutMs,
    })
    this.deadLetters = new SessionDeadLetters({ record, assertOpen, fetch: send })
    this.dataRoutes = config.dataRoutes
      ? new DataRoutes({
          ...config.dataRoutes,
          record,
          events,
          clock,
          isBound: (origin, header) => this.tokens.of(origin).some((binding) => binding.header === header),
          sessionItems: {
            read: () => this.browser.readTabs(),
            of: (origin) => this.browser.sessionItems(origin),
          },
          onReduced: ({ origin }) => compliance.note('content-reduced', key, { origin }),
        })
      : undefined
    this.routes = new SessionRoutes(this.dataRoutes, { events, clock, assertOpen })
    const { preferences, resilience, router, dataRoutes } = this
    this.send = sessionPipeline(session, { robots, dataRoutes, preferences, resilience }, (request) =>
      router.send(request),
    )
  }

  /** Ends all waiting, for sites and for pages, with ONEJAR_CLOSED. */
  stop(): void {
    this.robots?.close()
    this.router.close()
    this.resilience.close()
    this.#messages?.close().catch(ignore)
  }

  /** Forgets what only pages' memory has. Not before the databases were saved: what stands there, too, is found there again. */
  forget(): void {
    this.tokens.forget()
  }
}
