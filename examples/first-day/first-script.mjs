// As an ES module: node first-script.mjs
import { openBroker } from 'onejar'

const site = process.argv[2] ?? 'http://127.0.0.1:8080'
const broker = await openBroker({ store: 'memory' })
try {
  const session = await broker.session('first')
  const response = await session.fetch(`${site}/open/1`)
  console.log(response.status, response.via, (await response.text()).match(/<h1>(.*)<\/h1>/)?.[1])
} finally {
  await broker.close() // in Node 24 `await using broker = …` does this
}
