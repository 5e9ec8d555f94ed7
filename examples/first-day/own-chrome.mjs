// Takes the login from your own Chrome, which you have started like this:
//   google-chrome --remote-debugging-port=9222 --user-data-dir="$HOME/.chrome-for-onejar"
// node own-chrome.mjs [SITE] [ENDPOINT]
import { openBroker } from 'onejar'
import { chromium } from 'playwright'

const [site = 'http://127.0.0.1:8080', endpoint = 'http://127.0.0.1:9222'] = process.argv.slice(2)
const chrome = await chromium.connectOverCDP(endpoint)
const [context] = chrome.contexts() // what you see in its windows
const state = await context.storageState({ indexedDB: true })
await chrome.close() // only the connection: your windows stay

const broker = await openBroker({ store: 'memory', browser: { cdpEndpoint: endpoint } })
try {
  const session = await broker.session('me')
  const { cookies } = await session.import(state, 'playwright') // localStorage and databases, too
  console.log(`${cookies} cookies`)
  console.log((await session.fetch(`${site}/account`)).status) // plain HTTP, logged in

  const page = await session.page() // in your Chrome, in a context beside your own
  await page.goto(`${site}/account`)
  console.log(await page.title())
  await page.close()
} finally {
  await broker.close()
}
