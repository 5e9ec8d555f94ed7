import { openBroker } from '../../src/index.ts'
import { IDENTITY } from './broker.ts'

// A process without a browser: fetches a URL several times at once in a session, and says how it went.
const [redis, id, url, times] = process.argv.slice(2) as [string, string, string, string]
const browser = { executablePath: '/nowhere/chromium' }
const broker = await openBroker({ store: redis, queue: redis, browser, identity: IDENTITY })
const session = await broker.session(id)
process.stdout.write('ready\n')
process.stdin.once('data', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: Number(times) }, async () => {
      const response = await session.fetch(url)
      await response.text()
      return `${response.status} ${response.via}`
    }),
  )
  const told = outcomes.map((one) =>
    one.status === 'fulfilled' ? one.value : `${one.reason} (${one.reason.code}) ${one.reason.cause ?? ''}`,
  )
  process.stdout.write(`${JSON.stringify(told)}\n`)
  await broker.close()
  process.stdin.destroy()
})
