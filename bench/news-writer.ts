/** The other process. It sets a cookie by command (`flush VALUE`, `behind VALUE`) and prints the time. Argument: store. */
import { createInterface } from 'node:readline'
import { openBroker } from '../src/index.ts'

const SITE = 'https://shop.example/'
await using broker = await openBroker({ store: { target: process.argv[2] as string }, identity: null })
const session = await broker.session('shared')
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [how, value] = line.split(' ')
  const from = performance.timeOrigin + performance.now()
  session.cookies.set(`news=${how}${value}; Max-Age=3600`, SITE)
  if (how === 'flush') await session.flush()
  process.stdout.write(`${from}\n`)
}
