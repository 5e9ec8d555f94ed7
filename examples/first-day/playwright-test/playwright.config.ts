// npm install -D @playwright/test && npx playwright test
import { defineConfig } from '@playwright/test'

export default defineConfig({
  workers: 1,
  use: { baseURL: process.env.SITE ?? 'http://127.0.0.1:8080', trace: 'retain-on-failure' },
})
