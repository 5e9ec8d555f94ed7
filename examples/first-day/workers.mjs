// The crawler that workers.sh starts: it shares a store and a queue with the workers.
import { openBroker } from 'onejar'

const site = process.argv[2] ?? 'http://127.0.0.1:8080'
const redis = process.env.REDIS ?? 'redis://127.0.0.1:6379'
const broker = await openBroker({ store: redis, queue: redis })
try {
  const session = await broker.session('fleet')
  const pages = await Promise.all(
    Array.from({ length: 20 }, (_, at) => session.fetch(`${site}/items/${at + 11}`)),
  )
  console.log(pages.filter(({ ok, via }) => ok && via === 'http').length, 'pages over HTTP')
  await broker.remove('fleet')
} finally {
  await broker.close()
}
