/** A process that reads bodies as they come and prints how long that took and how much memory it had at most: URL TIMES. */
import { readFileSync } from 'node:fs'
import { openBroker } from '../../src/index.ts'

const [url = '', times = '1'] = process.argv.slice(2)
const identity = { userAgent: 'bench', clientHints: {}, acceptLanguage: 'en' }
await using broker = await openBroker({ store: 'memory', identity, robots: false, maxResponseBytes: false })
const session = await broker.session('bodies')
const read = async () => {
  let bytes = 0
  for await (const piece of (await session.request(url)).body) bytes += (piece as Buffer).length
  return bytes
}
await read()
const startedAt = performance.now()
for (let n = 0; n < Number(times); n++) await read()
const ms = performance.now() - startedAt
// What Linux says in `getrusage` counts what the parent had before the process loaded its own program.
const most = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
process.stdout.write(JSON.stringify({ ms, mostRssBytes: Number(most) * 1024 }))
