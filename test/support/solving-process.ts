import { createInterface } from 'node:readline'
import { isOnejarError, openBroker, type Session } from '../../src/index.ts'

// Another process on a store: `fetch SESSION URL TIMES` makes so many requests at once, and answers with one line of JSON for
// all of them.
const [store] = process.argv.slice(2)
const broker = await openBroker({ store: store as string, identity: null })
process.stdout.write('"ready"\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [, id, url, times] = line.split(' ') as [string, string, string, string]
  const session = await broker.session(id)
  const outcomes = await Promise.all(Array.from({ length: Number(times) }, () => outcome(session, url)))
  process.stdout.write(`${JSON.stringify(outcomes)}\n`)
}
await broker.close()

async function outcome(one: Session, url: string): Promise<string> {
  try {
    const response = await one.fetch(url, { headers: { 'x-http': '1' } })
    await response.text()
    return `${response.status} ${response.via}`
  } catch (error) {
    return isOnejarError(error) ? error.code : String(error)
  }
}
