import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

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

export default defineConfig({
  test: {
    // One for each of the two cores that the run is meant for: with more, tests that wait for a browser wait for each other.
    maxWorkers: 2,
    allowOnly: false,
    retry: 0,
    // What `expect.poll` waits for in vain.
    expect: { poll: { timeout: 60_000, interval: 20 } },
    projects: [
      // The files of a worker share what is loaded, and a browser: no module keeps what another file could meet.
      kind('unit', 30_000, { isolate: false }),
      kind('property', 60_000, { isolate: false }),
      kind('conformance', 120_000, { isolate: false }),
      kind('integration', 120_000, { isolate: false, setupFiles: ['test/support/close-browsers.ts'] }),
      kind('package', 180_000),
    ],
  },
})
