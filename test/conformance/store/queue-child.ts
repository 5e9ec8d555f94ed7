/** Has visits made by a worker without a browser, all in one process: `REDIS_URL` names the server and the user. */
import { OnejarError } from '../../../src/core/index.ts'
import { queueOptionsSchema, SolveQueue, SolveWorker } from '../../../src/queue/index.ts'
import { generateKey, openStore } from '../../../src/store/index.ts'

const { REDIS_URL: url = '' } = process.env
const options = queueOptionsSchema.parse({ url })
const store = await openStore({ target: url, keys: generateKey() })
let tries = 0
const worker = new SolveWorker({
  ...options,
  envelope: store,
  concurrency: 1,
  lockMs: 1_000,
  solve: async ({ id }) => {
    if (id === 'refused') throw new OnejarError('ONEJAR_BLOCKED', 'the site said no')
    if (id === 'again' && tries++ === 0) throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'away')
    // Longer than its lock: it is extended meanwhile, and looked after.
    if (id === 'slow') await new Promise((resolve) => setTimeout(resolve, 2_500))
  },
})
await worker.ready()
const queue = new SolveQueue(options, store)
for (const [id, renews] of [['made'], ['refused'], ['again'], ['renewed', 5], ['slow']] as const) {
  const order = { tenant: 't', id, url: 'https://shop.example/', proxy: null, ...(renews ? { renews } : {}) }
  const visit = queue.solve({ pseudonym: 'p', order, traceparent: undefined }, AbortSignal.timeout(60_000))
  const outcome = await visit.then(
    () => 'ok',
    (error) => error.code ?? error.message,
  )
  process.stdout.write(`${id} ${outcome}\n`)
}
await worker.close()
await queue.close()
await store.close()
