/**
 * A process that makes requests and prints their processor time, in milliseconds: URL TIMES [FILE]. With a file, they are profiled, as
 * `--cpu-prof` would do it, from when the first of them have been made.
 */
import { writeFileSync } from 'node:fs'
import { Session as Inspector } from 'node:inspector/promises'
import { openBroker } from '../../src/index.ts'

const [url = '', times = '1', file] = process.argv.slice(2)
const identity = { userAgent: 'bench', clientHints: {}, acceptLanguage: 'en' }
const broker = await openBroker({ store: 'memory', identity, robots: false })
const session = await broker.session('profile')
for (let n = 0; n < 20; n++) session.cookies.setSync(`cookie${n}=value-of-${n}; Path=/`, url)
const ask = async () => void (await (await session.request(url)).body.dump())
for (let n = 0; n < Number(times) / 10; n++) await ask()
const inspector = new Inspector()
if (file !== undefined) {
  inspector.connect()
  await inspector.post('Profiler.enable')
  await inspector.post('Profiler.start')
}
const before = process.cpuUsage()
await Promise.all(
  Array.from({ length: 32 }, async (_, lane) => {
    for (let n = lane; n < Number(times); n += 32) await ask()
  }),
)
const { user, system } = process.cpuUsage(before)
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1_000 }))
if (file !== undefined) {
  const { profile } = await inspector.post('Profiler.stop')
  writeFileSync(file, JSON.stringify(profile))
  inspector.disconnect()
}
await broker.close()
