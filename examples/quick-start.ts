import { openBroker } from '../src/index.ts'

const url = process.argv[2] ?? 'https://example.com/'

await using broker = await openBroker({ store: 'memory' })
const session = await broker.session('quick-start')

// Plain HTTP as long as the site allows it; the browser when it does not; the same cookies either way.
const response = await session.fetch(url)
console.log(response.status, response.via, (await response.text()).length)

// A Playwright page on the same session.
const page = await session.page()
await page.goto(url)
console.log(await page.title(), session.cookies.all().length)
await page.close()
