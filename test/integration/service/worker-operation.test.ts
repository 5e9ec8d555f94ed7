import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { startHeldGate } from '../../support/held-gate.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { Talker } from '../../support/talker.ts'

const BIN = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))
const CALLER = fileURLToPath(new URL('../../support/visit-caller.ts', import.meta.url))

describe('a worker', { timeout: 120_000 }, () => {
  let redis: RedisServer
  const keys = generateKey()
  const talkers: Talker[] = []
  const start = (...args: string[]) => {
    const talker = new Talker(args, keys)
    talkers.push(talker)
    return talker
  }
  // Nobody waits here for a lock to lapse.
  const startWorker = async (...flags: string[]) => {
    const lock = ['--lock-ms', '600000']
    const worker = start(BIN, 'worker', '--queue', redis.url, ...lock, '--health-port', '0', ...flags)
    const [, url = ''] = (await worker.line()).split(' ')
    return { worker, url }
  }
  const startCaller = async (url: string) => {
    const caller = start(CALLER, redis.url, 'canary-session', url, '5')
    await caller.line()
    caller.child.stdin?.write('go\n')
    return caller
  }

  beforeEach(async () => {
    redis = await RedisServer.start()
  })
  afterEach(async () => {
    await Promise.all(talkers.splice(0).map((talker) => talker.end('SIGKILL')))
    await redis.stop()
  })

  it('that is asked to end leaves what it cannot finish to another one at once, and says so', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    gate.hold = true
    const { worker } = await startWorker('--drain-ms', '300')
    const arrived = gate.arrived()
    const caller = await startCaller(`${gate.server.origin}/page`)
    await arrived
    await startWorker()
    const again = gate.arrived()
    const code = await worker.end('SIGTERM')
    await again
    gate.letGo()
    expect(JSON.parse(await caller.line())).toEqual(Array.from({ length: 5 }, () => '200 http'))
    expect([code, gate.solves]).toEqual([0, 2])
    const said = worker.errors.join('')
    expect(said).toContain('1 solves were not finished in time: they are left to other workers')
    expect(said).toMatch(/"session":"[\w-]{22}","duration_ms":300,"msg":"a solve was not finished in time"/)
    expect(said).not.toContain('canary')
  })

  it('that is asked to end finishes what it can in its time, and takes nothing more', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    gate.hold = true
    const { worker, url } = await startWorker('--drain-ms', '45000')
    const arrived = gate.arrived()
    const caller = await startCaller(`${gate.server.origin}/page`)
    await arrived
    const ended = worker.end('SIGTERM')
    const health = async () => (await (await fetch(`${url}/health`)).json()) as { status: string }
    await expect.poll(health).toEqual({ status: 'draining', reason: 'it was asked to end' })
    gate.letGo()
    expect(await ended).toBe(0)
    expect(JSON.parse(await caller.line())).toEqual(Array.from({ length: 5 }, () => '200 http'))
    expect([gate.solves, worker.errors.join('').includes('not finished')]).toEqual([1, false])
  })

  it('whose session was taken away in mid-solve has the solve made again', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    gate.hold = true
    const { worker } = await startWorker()
    const arrived = gate.arrived()
    const caller = await startCaller(`${gate.server.origin}/page`)
    await arrived
    const again = gate.arrived()
    // As if the worker had been stopped for so long that its lock lapsed.
    const client = new Redis(redis.url)
    const locks = await client.keys('*:locks')
    expect(locks).toHaveLength(1)
    await client.del(...locks)
    client.disconnect()
    await again
    gate.letGo()
    expect(JSON.parse(await caller.line())).toEqual(Array.from({ length: 5 }, () => '200 http'))
    expect(gate.solves).toBe(2)
    expect(await worker.end('SIGTERM')).toBe(0)
  })

  it('takes no solve while memory has no room for it, and says why', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    // No machine has room for a context of a tebibyte.
    const { worker, url } = await startWorker('--context-mb', '1048576')
    const health = await fetch(`${url}/health`)
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'refusing', reason: 'memory is low: no solve is taken until there is room for a context' },
    ])
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^worker_refuses(\{.*\})? 1$/m)
    expect(worker.errors.join('')).toMatch(/"reason":"\d+ of \d+ MiB are free","msg":"memory is low/)
    const caller = await startCaller(`${gate.server.origin}/page`)
    const other = await startWorker()
    expect(JSON.parse(await caller.line())).toEqual(Array.from({ length: 5 }, () => '200 http'))
    expect(
      (await (await fetch(`${other.url}/metrics`)).text()).match(/^browser_visits_total.* 1$/m),
    ).not.toBe(null)
    expect(await worker.end('SIGTERM')).toBe(0)
  })
})
