// Puts a session into your own Chrome, which you have started like this:
//   google-chrome --remote-debugging-port=9222 --user-data-dir="$HOME/.chrome-for-onejar"
// node own-chrome.mjs [SITE] [ENDPOINT]
import { openBroker } from 'onejar'

const [site = 'http://127.0.0.1:8080', endpoint = 'http://127.0.0.1:9222'] = process.argv.slice(2)
const broker = await openBroker({ store: 'memory' })
try {
  const session = await broker.session('me')
  const attached = await session.attach(endpoint) // what you see in its windows
  console.log(`${session.cookies.all().length} cookies`)
  console.log((await session.fetch(`${site}/account`)).status) // plain HTTP, logged in

  const page = await session.page() // a tab of your window
  await page.goto(`${site}/account`)
  console.log(await page.title())
  await page.close()
  await attached.detach() // your windows stay
} finally {
  await broker.close()
}
