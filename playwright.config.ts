import { defineConfig } from '@playwright/test'
import { defaultBrowserArgs, findBrowser } from './src/browser/launch/find-browser.ts'

const browser = await findBrowser()

export default defineConfig({
  testDir: 'test/sync',
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 30_000,
  reporter: 'list',
  outputDir: 'test-results',
  use: {
    launchOptions: {
      args: defaultBrowserArgs(),
      ...(browser ? { executablePath: browser.executablePath } : {}),
    },
  },
})
