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
  /** What `broker.session()` takes beside the name. Default: nothing. */
  sessionOptions: SessionOptions
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
