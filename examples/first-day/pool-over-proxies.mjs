// Twenty pages by a pool of four sessions, each behind its proxy; what is not there is kept as a dead letter:
// node pool-over-proxies.mjs [SITE] [PROXY]...
import { openBroker } from 'onejar'

const [site = 'http://127.0.0.1:8080', ...given] = process.argv.slice(2)
// The practice shop is a proxy, too. Yours are URLs like http://user:password@eu-1.example:8080.
const { host } = new URL(site)
const proxies = given.length > 0 ? given : [`http://eu-1:x@${host}`, `http://eu-2:x@${host}`]

const broker = await openBroker({ store: 'memory', proxyRoutes: [{ proxies, failover: true }] })
try {
  const pool = broker.pool({ name: 'shop', maxSessions: 4, session: { deadLetters: { statuses: [404] } } })
  const urls = Array.from({ length: 20 }, (_, at) => `${site}/open/${at + 1}`)
  const pages = await Promise.all(
    urls.map((url) =>
      pool.use(async (session) => {
        const response = await session.fetch(url)
        const text = await response.text()
        return response.ok ? text : null
      }),
    ),
  )
  console.log(`${pages.filter((page) => page !== null).length} pages`)

  for (let number = 1; number <= 4; number++) {
    const session = await broker.session(`shop-${number}`)
    for (const { id, method, url, code } of session.deadLetters.list()) {
      console.log('dead letter:', method, url, code)
      await session.deadLetters.retry(id) // it stays, as the page is still not there
    }
  }
} finally {
  await broker.close()
}
