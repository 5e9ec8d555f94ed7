import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { findHeadlessShell } from './scripts/lib/find-headless-shell.ts'

type TestProject = NonNullable<TestProjectInlineConfiguration['test']>

// Chosen per run and printed, so that a failure can be had again: ONEJAR_SEED=<seed> npm test property
const seed = Number(process.env['ONEJAR_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
if (!process.env['ONEJAR_SEED']) {
  process.env['ONEJAR_SEED'] = String(seed) // this file is read more than once in a run
  process.stderr.write(`fast-check seed: ${seed}\n`)
}

/** One kind of test: its folder, and when one of them is taken for stuck: far above what it takes on a busy machine. */
function kind(name: string, testTimeout: number, { setupFiles = [], ...own }: TestProject = {}) {
  return {
    extends: true,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      setupFiles: ['test/support/seed.ts', ...setupFiles],
      testTimeout,
      hookTimeout: 120_000,
      env: { ONEJAR_SEED: String(seed) },
      ...own,
    },
  }
}

/**
 * Tests that are about Chromium as users start it. For the others of their kinds a browser is a means: the headless shell will do,
 * where there is one (docs/decisions/headless-shell-in-tests.md).
 */
const ABOUT_CHROMIUM = {
  conformance: ['browser-port/local', 'cookies/**/*'],
  integration: [
    'attach/{driven-by-others,kinds}', // contexts of other programs
    'browser/{close-page,environment,finish,headed,identity,launch,no-browser,profile,shared-remote-browser}',
    'cli/{doctor,open,tls}',
    '{cookies-chromium,http/identity-headers}', // what Chromium itself sends
    'demo/{crawl,demo}',
    'report/har', // opens in the developer tools
    'service/by-hand', // which is about what a window shows
  ],
}
const shell = await findHeadlessShell()

/** A kind of which some tests run on Chromium itself, and the others on any browser. */
function kindOnBrowsers(name: keyof typeof ABOUT_CHROMIUM, testTimeout: number, own: TestProject) {
  const aboutChromium = ABOUT_CHROMIUM[name].map((files) => `test/${name}/${files}.test.ts`)
  const env = { ONEJAR_SEED: String(seed), ...(shell === null ? {} : { ONEJAR_CHROMIUM: shell }) }
  return [
    kind(name, testTimeout, { ...own, include: aboutChromium }),
    kind(name, testTimeout, {
      ...own,
      name: `${name}-any-browser`,
      include: [`test/${name}/**/*.test.ts`],
      exclude: aboutChromium,
      env,
    }),
  ]
}

export default defineConfig({
  test: {
    // For two cores: integration tests wait more than they work, for a process that starts, a time that is up, a page that comes to rest.
    maxWorkers: 3,
    allowOnly: false,
    // Node runs the files as they are, and keeps them compiled: half of what vite's own loader costs.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    retry: 0,
    globalSetup: 'test/support/run-folder.ts',
    // What `expect.poll` waits for in vain.
    expect: { poll: { timeout: 60_000, interval: 20 } },
    projects: [
      // The files of a worker share what is loaded, and a browser: no module keeps what another file could meet.
      kind('unit', 30_000, { isolate: false }),
      kind('property', 60_000, { isolate: false }),
      ...kindOnBrowsers('conformance', 120_000, { isolate: false }),
      ...kindOnBrowsers('integration', 120_000, {
        isolate: false,
        setupFiles: ['test/support/close-browsers.ts'],
      }),
      kind('package', 180_000),
    ],
  },
})
