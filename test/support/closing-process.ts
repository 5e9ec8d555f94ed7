import { openBroker } from '../../src/index.ts'
import { IDENTITY } from './broker.ts'

// Twenty sessions with something to write, and a request of each that waits for a worker. Closes the broker when it is told to, says
// how that ended, and has nothing left then that would keep it alive.
const [redis, gate] = process.argv.slice(2) as [string, string]
const broker = await openBroker({
  store: { target: redis, timeoutMs: 1_000 },
  queue: { url: redis, noWorkerMs: 110_000 },
  browser: false,
  identity: IDENTITY,
  retry: false,
  timeoutMs: 110_000,
  onWarning: () => {},
})
const sessions = await Promise.all(Array.from({ length: 20 }, (_, at) => broker.session(`s${at}`)))
const requests = sessions.map((session) => session.fetch(gate).then(String, ({ code }) => code))
process.stdout.write('ready\n')
process.stdin.once('data', async () => {
  for (const session of sessions) session.cookies.set('late=1; Path=/; Max-Age=3600', 'https://shop.example/')
  const closed = await broker.close().then(
    () => 'closed',
    ({ code }) => code,
  )
  process.stdout.write(`${JSON.stringify({ closed, requests: [...new Set(await Promise.all(requests))] })}\n`)
  process.stdin.destroy()
})
