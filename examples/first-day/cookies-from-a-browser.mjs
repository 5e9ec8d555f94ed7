// Goes on with the login of your browser. Export its cookies with an extension ("Get cookies.txt", EditThisCookie, …), or with
// DevTools (a HAR file, "Copy as cURL"), then: node cookies-from-a-browser.mjs cookies.txt [SITE]
import { readFile } from 'node:fs/promises'
import { openBroker } from 'onejar'

const [file = 'cookies.txt', site = 'http://127.0.0.1:8080'] = process.argv.slice(2)
const broker = await openBroker({ store: 'memory' })
try {
  const session = await broker.session('me')
  const report = await session.import(await readFile(file)) // what form it has is seen
  console.log(`${report.cookies} cookies, ${report.problems.length} problems`)

  const response = await session.fetch(`${site}/account`)
  console.log(response.status, (await response.text()).match(/<h1>(.*)<\/h1>/)?.[1])
  // Where the site keeps its login in localStorage, sessionStorage or IndexedDB, cookies are not enough: own-chrome.mjs
} finally {
  await broker.close()
}
