import { openBroker } from '../../src/client/index.ts'
import { internalsOf } from '../../src/client/internals.ts'
import { startWorker } from '../../src/service/index.ts'
import { generateKey } from '../../src/store/index.ts'
import { IDENTITY } from './broker.ts'
import { RedisServer } from './redis-server.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** Redis with one worker in this process. */
export async function startFleet(lockMs = 30_000) {
  const redis = await RedisServer.start()
  const options = { store: redis.url, keys: generateKey(), robots: false as const }
  const worker = await startWorker({
    broker: options,
    queue: { url: redis.url },
    concurrency: 4,
    lockMs,
    health: null,
    log: quiet,
  })
  const close = async () => {
    await worker.close()
    await redis.stop()
  }
  return { redis, options: { ...options, queue: redis.url, identity: IDENTITY }, worker, close }
}

/** A session without a browser, whose pages are those of a worker. */
export async function openWorkerPort() {
  const fleet = await startFleet()
  const broker = await openBroker({ ...fleet.options, browser: false })
  const session = internalsOf(await broker.session('alice'))
  return {
    browser: session.engine.router.browser,
    record: session.record,
    settle: () => session.persistence.catchUp(),
    close: async () => {
      await broker.close()
      await fleet.close()
    },
  }
}
