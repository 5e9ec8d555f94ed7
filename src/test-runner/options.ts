import type { Broker, BrokerOptions, Session, SessionOptions } from '../client/index.ts'

/**
 * Options of `onejar/test` in `use`: of a configuration, a project, a file or a group of tests.
 *
 * @example
 * ```ts
 * import { defineConfig } from '@playwright/test'
 * import type { SessionTestOptions, SessionWorkerOptions } from 'onejar/test'
 *
 * const config = defineConfig<SessionTestOptions, SessionWorkerOptions>({
 *   use: { sessionName: 'alice', brokerOptions: { store: '.auth/sessions.db' } },
 * })
 * ```
 */
export interface SessionTestOptions {
  /**
   * The session by its name, as the store has it: what a test leaves in it is there for the next one. Default: none, so a
   * fresh session, which nobody else has and which is removed afterwards.
   */
  sessionName: string | undefined
  /** Whether each test has a session of its own, or all tests of a worker have one. Default: `test`. */
  sessionScope: 'test' | 'worker'
  /**
   * What `broker.session()` takes beside the name. With `reauthenticate`, a 401 to `request` logs in as one to `session.fetch` does:
   * once for all workers on the store, and what was refused is sent again. Default: nothing.
   */
  sessionOptions: SessionOptions
  /** How sessions are logged in, and stay so, once for all workers. Default: nobody logs in. */
  login: LoginOptions
}

/**
 * Logins that the workers of a run share, with a named session in a store that they share. It is an object because
 * Playwright takes an option that is a function for a fixture.
 */
export interface LoginOptions {
  /**
   * Logs a session in before its first test: a named one once for all workers on the store, a fresh one each time. It may use
   * HTTP (`session.fetch`) or a page (`session.page()`). Default: nobody does.
   */
  readonly logIn?: (what: LogInArgs) => Promise<void>
  /** Whether a session that was logged in once still is; asked before each test. Default: it is. */
  readonly isLoggedIn?: (what: LogInArgs) => Promise<boolean>
  /**
   * What pages ask for a new token, as `context.route()` takes it. The workers that share a session then replace a token once:
   * a request with a token that was spent, or after an answer to one, gets the answer of the request that spent it. Default: pages are
   * left to themselves.
   */
  readonly refreshUrl?: string | RegExp
}

/** What `logIn` and `isLoggedIn` get. */
export interface LogInArgs {
  /** The session. */
  readonly session: Session
  /** Of the project; undefined where it has none. */
  readonly baseURL: string | undefined
}

/** Options of `onejar/test` that a whole worker has in common. */
export interface SessionWorkerOptions {
  /**
   * What `openBroker()` takes. Default: sessions in memory, no robots.txt, all cookies kept, and no identity headers, so that
   * no second browser is started; what is given here takes precedence over these, each by itself.
   */
  brokerOptions: BrokerOptions
}

/** What tests get beside Playwright's own fixtures. */
export interface SessionTestArgs {
  /** The session that `page`, `context` and `request` live on. */
  session: Session
}

/** What tests of a worker have in common beside Playwright's own fixtures. */
export interface SessionWorkerArgs {
  /** The worker's broker, for further sessions. It is closed with the worker. */
  broker: Broker
}
