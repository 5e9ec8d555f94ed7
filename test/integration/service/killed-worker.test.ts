import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { generateKey } from '../../../src/store/index.ts'
import { startHeldGate } from '../../support/held-gate.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { Talker } from '../../support/talker.ts'

const BIN = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))
const CALLER = fileURLToPath(new URL('../../support/visit-caller.ts', import.meta.url))
const LOCK_MS = 4_000

/** What Redis did, in its own order: a busy machine delays timers, not the order of things. */
interface Deed {
  readonly kind: 'check' | 'back'
  /** How long a check keeps the other workers from checking, in milliseconds. */
  readonly ms: number
}

let redis: RedisServer
let talkers: Talker[]
const keys = generateKey()
const start = (...args: string[]) => {
  const talker = new Talker(args, keys)
  talkers.push(talker)
  return talker
}
const startWorker = async () => {
  const worker = start(
    BIN,
    'worker',
    '--queue',
    redis.url,
    '--lock-ms',
    String(LOCK_MS),
    '--health-port',
    '0',
  )
  await worker.line()
  return worker
}

beforeEach(async () => {
  talkers = []
  redis = await RedisServer.start()
})
afterEach(async () => {
  await Promise.all(talkers.map((talker) => talker.end('SIGKILL')))
  await redis.stop()
})

function deedOf([command = '', key = '', ...rest]: readonly string[]): Deed | null {
  const ms = Number(rest.at(-1))
  const name = command.toLowerCase()
  if (name === 'set' && key.endsWith(':stalled-check')) return { kind: 'check', ms }
  if (name === 'xadd' && rest.includes('stalled')) return { kind: 'back', ms: 0 }
  return null
}

it('the solve of a worker that was killed is back within one and a half times --lock-ms, counted in checks', async () => {
  const gate = await startHeldGate()
  await using _server = gate.server
  gate.hold = true
  const client = new Redis(redis.url)
  // A command of anybody else that Redis reports with its answer to MONITOR makes ioredis lose count: the client's own are over then.
  await client.ping()
  const monitor = await client.monitor()
  const deeds: Deed[] = []
  const back = Promise.withResolvers<void>()
  monitor.on('monitor', (_time: string, args: string[]) => {
    const deed = deedOf(args)
    if (deed === null) return
    deeds.push(deed)
    if (deed.kind === 'back') back.resolve()
  })
  try {
    const first = await startWorker()
    const caller = start(CALLER, redis.url, 'a', `${gate.server.origin}/page`, '1')
    await caller.line()
    const arrived = gate.arrived()
    caller.child.stdin?.write('go\n')
    await arrived
    await startWorker()
    await startWorker()
    const again = gate.arrived()
    const gone = once(first.child, 'close')
    first.child.kill('SIGKILL')
    await gone
    deeds.length = 0
    await back.promise
    const checks = deeds
      .slice(
        0,
        deeds.findIndex(({ kind }) => kind === 'back'),
      )
      .filter(({ kind }) => kind === 'check')
    // The one that brings it back is among them. Each keeps the others from checking for its own time, so they are that far apart.
    const everyMs = Math.max(...checks.map(({ ms }) => ms))
    expect(everyMs).toBeLessThanOrEqual(LOCK_MS / 4)
    expect(checks.length * everyMs).toBeLessThanOrEqual(1.5 * LOCK_MS)
    await again
    gate.letGo()
    expect(JSON.parse(await caller.line())).toEqual(['200 http'])
    expect(gate.solves).toBe(2)
  } finally {
    monitor.disconnect()
    client.disconnect()
  }
})
