// A CAPTCHA stops the session; a person solves it in a window, and the crawl goes on:
// node hand-a-captcha-to-a-person.mjs [SITE]
import { openBroker } from 'onejar'

const site = process.argv[2] ?? 'http://127.0.0.1:8080'
const broker = await openBroker({
  store: 'memory',
  browser: { headless: process.env.HEADLESS === '1' }, // a person needs the window
  onChallenge: async ({ page, origin }) => {
    console.log(`please look at the window: ${origin} asks for a person`)
    await page.bringToFront()
    await page.waitForFunction(() => document.title !== 'Verify', undefined, { timeout: 0 })
  },
  manualInterventionTimeoutMs: 600_000,
})
try {
  const session = await broker.session('alice')
  const response = await session.fetch(`${site}/person`, { timeoutMs: 600_000 })
  console.log(response.status, (await response.text()).match(/<h1>(.*)<\/h1>/)?.[1])
} finally {
  await broker.close()
}
