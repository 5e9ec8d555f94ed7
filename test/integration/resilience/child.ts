import { createInterface } from 'node:readline'
import { type FetchOptions, isOnejarError, openBroker } from '../../../src/index.ts'

// Another process with the session `shared` on a store: makes the requests that it is told, a line of JSON each, at once, and
// answers each with a line.
const [store] = process.argv.slice(2)
const broker = await openBroker({
  store: store as string,
  identity: null,
  retry: false,
  robots: false,
  reauthenticate: async ({ session, url }) => {
    await session.fetch(new URL('/login', url), { method: 'POST' })
  },
})
const session = await broker.session('shared')
const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)
say({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  const { number, url, options } = JSON.parse(line) as { number: number; url: string; options: FetchOptions }
  session
    .fetch(url, options)
    .then(async (response) => say({ number, status: response.status, text: await response.text() }))
    .catch((error: unknown) => say({ number, code: isOnejarError(error) ? error.code : String(error) }))
}
await broker.close()
