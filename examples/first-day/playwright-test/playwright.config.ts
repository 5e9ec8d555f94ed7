// npm install -D @playwright/test && npx playwright test
import { defineConfig } from '@playwright/test'

export default defineConfig({
  workers: 1,
  use: {
    // Playwright's own Chromium, or the one that BROWSER names.
    launchOptions: process.env.BROWSER ? { executablePath: process.env.BROWSER } : {},
    baseURL: process.env.SITE ?? 'http://127.0.0.1:8080',
    trace: 'retain-on-failure',
  },
})
