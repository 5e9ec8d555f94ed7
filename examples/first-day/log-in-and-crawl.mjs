// Logs in, reads 50 pages of an API, may be stopped at any time, goes on where it was, and logs out at the end:
// node log-in-and-crawl.mjs [SITE] [HOW MANY PAGES NOW]
import { readFile, rm, writeFile } from 'node:fs/promises'
import { openBroker } from 'onejar'

const [site = 'http://127.0.0.1:8080', limit = '50'] = process.argv.slice(2)
const progress = 'orders.json'
const broker = await openBroker({ store: 'shop.db' }) // kept, encrypted: the next run is still logged in
try {
  const session = await broker.session('alice')
  if ((await session.fetch(`${site}/account`)).status === 401) await logIn(session)

  const saved = JSON.parse(await readFile(progress, 'utf8').catch(() => '{ "next": 1, "orders": [] }'))
  for (let left = Number(limit); left > 0 && saved.next <= 50; left--) {
    const response = await session.fetch(`${site}/api/orders?page=${saved.next}`) // plain HTTP
    if (!response.ok) throw new Error(`page ${saved.next}: ${response.status}`)
    saved.orders.push(...(await response.json()).orders)
    saved.next++
    await writeFile(progress, JSON.stringify(saved))
  }
  console.log(`${saved.orders.length} orders, next page: ${saved.next}`)

  if (saved.next > 50) {
    await session.fetch(`${site}/logout`, { method: 'POST' })
    await broker.remove('alice') // nothing of the session is left in the store
    await rm(progress)
    console.log('logged out')
  }
} finally {
  await broker.close()
}

async function logIn(session) {
  const page = await session.page()
  await page.goto(`${site}/login`)
  await page.getByLabel('Name').fill('alice')
  await page.getByLabel('Password').fill(process.env.SHOP_PASSWORD ?? 'secret')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.waitForURL('**/account')
  await page.close()
  console.log('logged in')
}
