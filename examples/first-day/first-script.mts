// In TypeScript: node first-script.mts (Node 24), or npx tsx first-script.mts
import { openBroker } from 'onejar'

const site: string = process.argv[2] ?? 'http://127.0.0.1:8080'

await using broker = await openBroker({ store: 'memory' })
const session = await broker.session('first')

const response = await session.fetch(`${site}/items/1`) // behind a challenge: the browser passes it, once
console.log(response.status, response.via, (await response.text()).match(/<h1>(.*)<\/h1>/)?.[1])

const page = await session.page() // a Playwright page with the same cookies and storage
await page.goto(`${site}/items/2`)
console.log(await page.title())
await page.close() // an open page keeps the process alive; `await using` closes the broker and all of it
