import { pino } from 'pino'
import { openBroker } from '../../src/index.ts'

// Another process of a session whose token is in the memory of a page. For each line `URL COUNT` it sends so many requests at once,
// and answers with the statuses that came back.
const [store, share] = process.argv.slice(2) as [string, string]
const broker = await openBroker({
  store,
  shareMemoryTokens: share === 'share',
  identity: null,
  robots: false,
  telemetry: { log: pino({ level: 'trace' }, pino.destination(2)) },
})
const session = await broker.session('shared')
process.stdout.write('ready\n')
process.stdin.setEncoding('utf8')
for await (const chunk of process.stdin) {
  for (const line of (chunk as string).split('\n').filter(Boolean)) {
    const [url, count] = line.split(' ') as [string, string]
    const send = async (_: unknown, n: number) => (await session.fetch(`${url}/${n}`)).status
    const statuses = await Promise.all(Array.from({ length: Number(count) }, send))
    process.stdout.write(`${[...new Set(statuses)].join(' ')}\n`)
  }
}
await broker.close()
