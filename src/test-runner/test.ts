import {
  test as base,
  type PlaywrightTestArgs,
  type PlaywrightTestOptions,
  type PlaywrightWorkerArgs,
  type PlaywrightWorkerOptions,
  type TestType,
} from '@playwright/test'
import { openBroker, type Session } from '../client/index.ts'
import { OnejarError } from '../core/index.ts'
import { attach, contextsBefore } from './attach.ts'
import { ensureLogin } from './log-in.ts'
import { noting } from './noting.ts'
import type {
  SessionTestArgs,
  SessionTestOptions,
  SessionWorkerArgs,
  SessionWorkerOptions,
} from './options.ts'
import { RefreshOnce } from './refresh-once.ts'
import { adoptState, seedOf } from './saved-state.ts'
import { WorkerSessions } from './sessions.ts'

/** How long a worker's start and end may take, whatever time a test has. */
const WORKER_MS = 60_000

/** Playwright Test's, with sessions. */
export type SessionTest = TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & SessionTestArgs & SessionTestOptions,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & SessionWorkerArgs & SessionWorkerOptions
>

interface Inner {
  /** Asked before the browser is started. */
  browserIsFit: true
  /** The contexts that there were before the runner made the test's own. */
  contextsBeforeTest: ReadonlySet<string>
}

interface InnerWorker {
  workerSessions: WorkerSessions
}

/**
 * Playwright Test's `test`, whose `page`, `context` and `request` live on one session, the fixture `session`: what a page
 * writes is in the session at its next request, and the other way round. Everything else of Playwright Test is as it was. Chromium
 * only.
 *
 * @example
 * ```ts
 * import { expect, test } from 'onejar/test'
 *
 * test('a login over HTTP is a login in the page', async ({ page, session, baseURL }) => {
 *   await session.fetch(new URL('/login', baseURL), { method: 'POST', body: new URLSearchParams({ user: 'alice' }) })
 *   await page.goto('/account')
 *   await expect(page.getByRole('heading')).toHaveText('alice')
 *   await expect(session).toHaveCookie('sid')
 * })
 * ```
 */
export const test: SessionTest = base.extend<
  SessionTestArgs & SessionTestOptions & Inner,
  SessionWorkerArgs & SessionWorkerOptions & InnerWorker
>({
  brokerOptions: [{}, { option: true, scope: 'worker', box: true }],
  sessionName: [undefined, { option: true, box: true }],
  sessionScope: ['test', { option: true, box: true }],
  sessionOptions: [{}, { option: true, box: true }],
  login: [{}, { option: true, box: true }],

  broker: [
    async ({ brokerOptions }, use) => {
      const defaults = { store: 'memory', robots: false, identity: null, trackingCookies: 'keep' } as const
      const broker = await openBroker({ ...defaults, ...brokerOptions })
      await use(broker)
      await broker.close()
    },
    { scope: 'worker', box: true, timeout: WORKER_MS },
  ],

  workerSessions: [
    async ({ broker }, use) => {
      const sessions = new WorkerSessions(broker)
      await use(sessions)
      await sessions.close()
    },
    { scope: 'worker', box: true, timeout: WORKER_MS },
  ],

  session: async (
    { workerSessions, sessionName: name, sessionScope: scope, sessionOptions, login, baseURL },
    use,
  ) => {
    let session: Session | undefined
    const wanted = { name, scope, options: noting(sessionOptions, () => session) }
    session = await workerSessions.open(wanted)
    await ensureLogin(session, login, baseURL)
    await use(session)
    await workerSessions.leave(session, wanted)
  },

  storageState: async ({ session, storageState }, use) => {
    await adoptState(session, storageState)
    await use(seedOf(session))
  },

  browserIsFit: [
    async ({ browserName }, use) => {
      if (browserName !== 'chromium') throw notChromium(browserName)
      await use(true)
    },
    { box: true },
  ],

  contextsBeforeTest: [
    async ({ session, browserIsFit: _, browser }, use) => {
      await use(await contextsBefore(session, browser))
    },
    { box: true },
  ],

  // The order of the names is the order in which they are made: what `test.use()` gives for a storage state goes first.
  context: async ({ session, storageState, contextsBeforeTest, context, login }, use) => {
    await adoptState(session, storageState)
    const attachment = await attach(context, session, contextsBeforeTest)
    const { settle, takeCookies } = attachment
    const { refreshUrl: url } = login
    const parts = { context, session, settle, takeCookies }
    const once = url === undefined ? undefined : await RefreshOnce.start({ ...parts, url })
    await use(context)
    await once?.end()
    await attachment.end()
  },

  request: async ({ context }, use) => {
    await use(context.request)
  },
})

function notChromium(name: string): OnejarError {
  return new OnejarError(
    'ONEJAR_BAD_OPTIONS',
    `onejar/test: a session shows its pages in Chromium, and this project uses ${name}: import test from @playwright/test there`,
  )
}
