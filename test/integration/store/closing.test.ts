import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateKey, openStore } from '../../../src/store/index.ts'
import { errorOf } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { Talker } from '../../support/talker.ts'

const CLOSING = fileURLToPath(new URL('../../support/closing-process.ts', import.meta.url))
/** What waited without a bound waited for ever, or for the two minutes that a solve is waited for: this is far from both. */
const LATE_MS = 60_000

let redis: RedisServer
let server: TestServer
let talker: Talker

describe('a broker whose Redis', { timeout: 2 * LATE_MS }, () => {
  beforeEach(async () => {
    redis = await RedisServer.start()
    server = await startHttpServer((_request, response) => {
      response.writeHead(403, {
        'content-type': 'text/html',
        server: 'cloudflare',
        'cf-mitigated': 'challenge',
      })
      response.end(
        '<!doctype html><title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/x"></script>',
      )
    })
    talker = new Talker([CLOSING, redis.url, `${server.origin}/gate`], generateKey())
    expect(await talker.line()).toBe('ready')
    const client = new Redis(redis.url)
    await eventually(async () => {
      const waiting = await client.keys('*:wait')
      expect(await client.llen(waiting[0] ?? '')).toBe(20)
    })
    client.disconnect()
  })
  afterEach(async () => {
    await talker?.end('SIGKILL')
    await server?.close()
    await redis?.stop()
  })

  async function close() {
    const gone = once(talker.child, 'close', { signal: AbortSignal.timeout(LATE_MS) })
    talker.child.stdin?.write('close\n')
    const outcome = JSON.parse(await talker.line())
    const [code] = await gone
    return { ...outcome, code, errors: talker.errors.join('') }
  }

  it('is there closes, and its process ends', async () => {
    expect(await close()).toEqual({ closed: 'closed', requests: ['ONEJAR_CLOSED'], code: 0, errors: '' })
  })

  const FAULTS = {
    'was killed': () => redis.kill(),
    'is frozen': async () => redis.pause(),
    'is frozen, and was killed before': async () => {
      await redis.kill()
      await redis.start()
      redis.pause()
    },
  }
  it.each(Object.entries(FAULTS))('%s closes with a typed error, and its process ends', async (_, fault) => {
    await fault()
    const { requests, ...outcome } = await close()
    expect(outcome).toEqual({ closed: 'ONEJAR_STORE_UNAVAILABLE', code: 0, errors: '' })
    expect(['ONEJAR_CLOSED', 'ONEJAR_QUEUE_UNAVAILABLE']).toEqual(expect.arrayContaining(requests))
  })
})

it('calls of a store whose file another process holds fail together, and not one after the other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onejar-held-'))
  const target = join(folder, 'onejar.db')
  await using store = await openStore({ target, keys: generateKey(), timeoutMs: 1_000 })
  const other = new DatabaseSync(target)
  other.exec('BEGIN IMMEDIATE')
  const startedAt = performance.now()
  const calls = Array.from({ length: 20 }, (_, at) =>
    errorOf(store.acquireLock({ tenant: 't', id: `s${at}` }, 'p', 1_000)),
  )
  const errors = await Promise.all(calls)
  // One after the other they take twenty seconds.
  expect(performance.now() - startedAt).toBeLessThan(12_000)
  expect(errors.map(({ code }) => code)).toEqual(Array.from(errors, () => 'ONEJAR_STORE_UNAVAILABLE'))
  other.close()
  const lock = await store.acquireLock({ tenant: 't', id: 's' }, 'p', 60_000)
  expect(await lock?.extend(60_000)).toBe(true)
  rmSync(folder, { recursive: true })
})
