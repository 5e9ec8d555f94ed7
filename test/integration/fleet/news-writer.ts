/** Another process: sets the cookie it is told to, saves it, and says when that began and ended. Argument: store. */
import { createInterface } from 'node:readline'
import { openBroker } from '../../../src/index.ts'
import { SITE } from './contents.ts'

const now = () => performance.timeOrigin + performance.now()
await using broker = await openBroker({
  store: { target: process.argv[2] as string },
  identity: null,
  robots: false,
})
const session = await broker.session('shared')
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  session.cookies.set(`news=${line}; Max-Age=3600`, SITE)
  const from = now()
  await session.flush()
  process.stdout.write(`${from} ${now()}\n`)
}
