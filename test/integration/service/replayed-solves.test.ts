import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Job, Queue, QueueEvents } from 'bullmq'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { queueOptionsSchema, SolveQueue, SolveWorker } from '../../../src/queue/index.ts'
import { QUEUE_NAME, queuePrefix } from '../../../src/queue/queue-options.ts'
import { sealOrder } from '../../../src/queue/solve-job.ts'
import { openStore, type Store } from '../../../src/store/index.ts'
import { RedisServer } from '../../support/redis-server.ts'

const ORDER = { tenant: 'default', id: 'alice', url: 'https://shop.test/', proxy: null }

let redis: RedisServer
let folder: string
let store: Store
const closers: Array<() => Promise<unknown>> = []

beforeEach(async () => {
  redis = await RedisServer.start()
  folder = mkdtempSync(join(tmpdir(), 'onejar-replay-'))
  store = await openStore(join(folder, 'onejar.db'))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  await store.close()
  await redis.stop()
  rmSync(folder, { recursive: true })
})

describe('an order of a visit', () => {
  it.each([undefined, 1_800_000_000_000])(
    'is carried out once, however often it is put into the queue (renews: %s)',
    async (renews) => {
      const options = queueOptionsSchema.parse({ url: redis.url })
      const made: string[] = []
      const startWorker = async () => {
        const worker = new SolveWorker({
          ...options,
          envelope: store,
          concurrency: 1,
          lockMs: 30_000,
          solve: async ({ id }) => void made.push(id),
        })
        closers.push(() => worker.close())
        await worker.ready()
        return worker
      }
      const connection = { url: redis.url }
      const prefix = queuePrefix(options)
      const attacker = new Queue(QUEUE_NAME, { connection, prefix })
      const events = new QueueEvents(QUEUE_NAME, { connection, prefix })
      closers.push(
        () => attacker.close(),
        () => events.close(),
      )
      await events.waitUntilReady()
      const put = async (data: unknown, jobId: string) => {
        const before = made.length
        const job = await attacker.add('visit', data, { jobId })
        return job.waitUntilFinished(events).then(
          () => (made.length > before ? 'carried out' : 'ended as before'),
          (error: Error) => error.message,
        )
      }

      const first = await startWorker()
      const queue = new SolveQueue(options, store)
      closers.push(() => queue.close())
      const order = { ...ORDER, ...(renews === undefined ? {} : { renews }) }
      await queue.solve({ pseudonym: 'p', order, traceparent: undefined }, AbortSignal.timeout(30_000))
      expect(made).toEqual(['alice'])
      const [job] = (await attacker.getJobs()) as [Job]
      const { id = '', data } = job

      expect(await put(data, 'another')).toContain('not a solve of this store')
      await job.remove()
      expect(await put(data, id)).toBe('ended as before')
      // Another worker, which was not there, knows it too.
      await first.close()
      await startWorker()
      await (await attacker.getJob(id))?.remove()
      expect(await put(data, id)).toBe('ended as before')
      expect(made).toEqual(['alice'])

      const old = sealOrder(ORDER, 'old', Date.now() - 1, store)
      expect(await put({ sealed: old, traceparent: null }, 'old')).toContain('too old')
      const fresh = sealOrder(ORDER, 'fresh', Date.now() + 60_000, store)
      expect(await put({ sealed: fresh, traceparent: null }, 'fresh')).toBe('carried out')
      expect(made).toEqual(['alice', 'alice'])
    },
  )
})
