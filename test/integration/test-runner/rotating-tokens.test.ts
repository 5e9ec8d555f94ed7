import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RotatingSite } from '../../support/rotating-site.ts'
import { RunnerProject, type RunReport } from '../../support/runner-project.ts'

/** In full: `npm run soak:test-runner`. */
const TESTS = Number(process.env['ONEJAR_RUNNER_TESTS'] ?? 18)
const WORKERS = Number(process.env['ONEJAR_RUNNER_WORKERS'] ?? 3)
const WHOLE_RUN_MS = 300_000 + TESTS * 10_000

const CONFIG = `import { defineConfig } from '@playwright/test'

const at = (path) => process.env.SITE + path
const post = async (session, path) => {
  const response = await session.fetch(at(path), { method: 'POST' })
  if (!response.ok) throw new Error(path + ': ' + response.status)
  return response
}

export default defineConfig({
  workers: ${WORKERS},
  fullyParallel: true,
  timeout: 120_000,
  expect: { timeout: 60_000 },
  use: {
    launchOptions: JSON.parse(process.env.LAUNCH_OPTIONS),
    baseURL: process.env.SITE,
    sessionName: 'alice',
    brokerOptions: { store: 'sessions.db' },
    login: {
      refreshUrl: '**/refresh',
      logIn: async ({ session }) => {
        await post(session, '/cookies/login')
        const tokens = await (await post(session, '/storage/login')).text()
        await session.localStorage(process.env.SITE).set('tokens', tokens)
      },
    },
    sessionOptions: { reauthenticate: async ({ session }) => void (await post(session, '/cookies/refresh')) },
  },
})
`

const SPEC = `import { expect, test } from 'onejar/test'

for (let n = 0; n < ${TESTS}; n++) {
  test('test ' + n, async ({ page, request, session, baseURL }) => {
    if (n % 4 === 0) {
      await page.goto('/cookies/app')
      await expect(page.locator('h1')).toHaveText('alice')
    } else if (n % 4 === 1) {
      await page.goto('/storage/app')
      await expect(page.locator('h1')).toHaveText('alice')
    } else if (n % 4 === 2) {
      const response = await request.get('/cookies/me')
      expect(await response.text()).toBe('alice')
    } else {
      const response = await session.fetch(baseURL + '/cookies/me')
      expect(await response.text()).toBe('alice')
    }
  })
}
`

let site: RotatingSite
let project: RunnerProject
let report: RunReport

beforeAll(async () => {
  site = await RotatingSite.start()
  project = new RunnerProject({ 'playwright.config.ts': CONFIG, 'rotating.spec.ts': SPEC })
  report = await project.run({ SITE: site.origin, ONEJAR_KEYS: Buffer.alloc(32, 1).toString('base64') })
}, WHOLE_RUN_MS)

afterAll(async () => {
  project?.[Symbol.dispose]()
  await site?.close()
})

it('lets every test of every worker in', () => {
  expect(report.outcomes.flatMap(({ title, errors }) => errors.map((error) => [title, error]))).toEqual([])
  expect(report.outcomes).toHaveLength(TESTS)
})

describe.each(['cookies', 'storage'] as const)('tokens in %s', (kind) => {
  it('are given for one login of all workers', () => {
    expect(site.counts(kind).logins).toBe(1)
  })

  it('are replaced once for each that has expired, and none is used twice', () => {
    const { expired, replaced, early, reused } = site.counts(kind)
    expect(reused).toEqual([])
    expect(early).toEqual([])
    expect(replaced.length).toBeGreaterThan(0)
    expect([...replaced].sort()).toEqual([...expired].sort())
  })
})
