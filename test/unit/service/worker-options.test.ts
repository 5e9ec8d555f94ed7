import pino from 'pino'
import { expect, it } from 'vitest'
import { startWorker } from '../../../src/service/index.ts'

it('a worker says what a queue looks like before it opens anything', async () => {
  const starting = startWorker({
    broker: { store: 'memory' },
    queue: { url: 'http://redis.example' },
    health: null,
    lockMs: 30_000,
    log: pino({ enabled: false }),
  })
  await expect(starting).rejects.toMatchObject({
    code: 'ONEJAR_BAD_OPTIONS',
    message: expect.stringContaining('url: expected a redis:// or rediss:// URL'),
  })
})
