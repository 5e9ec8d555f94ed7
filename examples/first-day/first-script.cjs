// In CommonJS: node first-script.cjs
const { openBroker } = require('onejar')

async function main() {
  const site = process.argv[2] ?? 'http://127.0.0.1:8080'
  const broker = await openBroker({ store: 'memory' })
  try {
    const session = await broker.session('first')
    const response = await session.fetch(`${site}/open/1`)
    console.log(response.status, response.via, (await response.text()).match(/<h1>(.*)<\/h1>/)?.[1])
  } finally {
    await broker.close()
  }
}

main()
