import { openBroker } from '../../src/index.ts'
import { FIELDS } from './data-site.ts'

// Another process of a session that takes fields of pages. Each line is a URL: it is fetched, and the answer says which transport was
// taken, what came, and what happened to routes since the line before; an empty URL (`-`) only answers how many routes there are.
const [store] = process.argv.slice(2) as [string]
const broker = await openBroker({ store, identity: null, robots: false, dataRoutes: { checkEvery: 4 } })
const session = await broker.session('shared')
let states: unknown[] = []
void (async () => {
  for await (const event of session.events()) {
    if (event.type === 'data-route') states.push([event.state, event.unchecked])
  }
})()
process.stdout.write('ready\n')
process.stdin.setEncoding('utf8')
for await (const chunk of process.stdin) {
  for (const line of (chunk as string).split('\n').filter(Boolean)) {
    let answer: object = {}
    if (line !== '-') {
      const response = await session.fetch(line, { extract: FIELDS })
      answer = { via: response.via, values: await response.json() }
    }
    process.stdout.write(`${JSON.stringify({ ...answer, routes: session.routes.list().length, states })}\n`)
    states = []
  }
}
await broker.close()
