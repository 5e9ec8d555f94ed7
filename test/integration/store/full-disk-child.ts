/**
 * Writes to a store until its disk is full, says what happened, waits for a line on stdin, and says what is in the store
 * once there is room again.
 */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openBroker } from '../../../src/index.ts'
import { openStore } from '../../../src/store/index.ts'

const [target = '', filler] = process.argv.slice(2)
const SITE = 'https://shop.example'
const env = { HOME: dirname(target) }
const states: string[] = []
const back = Promise.withResolvers<void>()
const say = (facts: object) => process.stdout.write(`${JSON.stringify(facts)}\n`)
const codeOf = (error: { code?: string }) => error.code ?? String(error)

const broker = await openBroker({
  store: { target },
  identity: null,
  onWarning({ state }) {
    states.push(state)
    if (state === 'back') back.resolve()
  },
})
const session = await broker.session('s')
let flushed = 0
let full: string | undefined
while (full === undefined) {
  await session.localStorage(SITE).set(`k${flushed}`, 'x'.repeat(20_000))
  await session.flush().then(
    () => flushed++,
    (error) => {
      full = codeOf(error)
    },
  )
}
await session.cookies.set('later=1', SITE)
const opened = await openBroker({ store: join(dirname(target), 'other.db'), identity: null }).then(
  (other) => other.close().then(() => 'opened'),
  codeOf,
)
say({ full, flushed, opened, states, header: session.cookies.header(SITE) })

await once(process.stdin, 'data')
if (filler) rmSync(filler)
await back.promise
await session.flush()
await using store = await openStore(target, { env })
const { entries, problems } = await store.load({ tenant: 'default', id: 's' })
say({ states, entries: entries.length, problems: problems.length, flushed })
await broker.close()
process.stdin.destroy()
