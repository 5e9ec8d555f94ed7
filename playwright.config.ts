import { defineConfig } from '@playwright/test'
import { defaultBrowserArgs, findBrowser } from './src/browser/launch/find-browser.ts'

const browser = await findBrowser()
// Where sessions live in the contexts of the runner itself, see `npm run test:contexts`.
const hosts = process.env['ONEJAR_CONTEXTS'] === 'runner' ? ['--host-resolver-rules=MAP * 127.0.0.1'] : []

export default defineConfig({
  testDir: 'test/sync',
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000, // ends what is stuck
  reporter: 'list',
  outputDir: 'test-results',
  use: {
    launchOptions: {
      args: [...defaultBrowserArgs(), ...hosts],
      ...(browser ? { executablePath: browser.executablePath } : {}),
    },
  },
})
