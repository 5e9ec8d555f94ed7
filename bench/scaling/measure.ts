import { setTimeout as pause } from 'node:timers/promises'
import { type Broker, openBroker } from '../../src/index.ts'
import { generateKey } from '../../src/store/index.ts'
import { IDENTITY } from '../../test/support/broker.ts'
import { OnejarProcess } from '../../test/support/onejar-process.ts'
import { RedisServer } from '../../test/support/redis-server.ts'
import { startThinkingSite } from '../workers/thinking-site.ts'
import type { OperationFigures, ScalingFigures } from './figures.ts'
import { cpuMsOf, memoryOf } from './process-tree.ts'
import { RedisCounts } from './redis-counts.ts'

const [COOKIES, ITEMS] = [20, 10]
const SHOP = 'https://shop.example'
const LISTENERS = 4
const CONTEXTS = 3
const IDLE_MS = 20_000

/** Measures what one session, solve, context and process take, on a Redis and with a worker of its own. */
export async function measureScaling(count: number, solves: number): Promise<ScalingFigures> {
  await using stack = new AsyncDisposableStack()
  const [redis, queue] = [await RedisServer.start(), await RedisServer.start()]
  const [counts, queued] = [new RedisCounts(redis.url), new RedisCounts(queue.url)]
  stack.defer(async () => {
    counts.close()
    queued.close()
    await Promise.all([redis.stop(), queue.stop()])
  })
  await Promise.all([counts.calibrate(), queued.calibrate()])
  let thinkMs = 0
  const site = await startThinkingSite(() => thinkMs)
  stack.defer(() => site.close())
  const keys = generateKey()
  const open = async () => {
    const browser = { executablePath: '/none' }
    const broker = await openBroker({ store: redis.url, keys, queue: queue.url, browser, identity: IDENTITY })
    stack.defer(() => broker.close())
    return broker
  }
  const broker = await open()
  const bytesPerSession = await bytesOf(broker, counts, count, 'full', COOKIES, ITEMS)
  const bytesPerSmallSession = await bytesOf(broker, counts, count, 'small', 1, 0)
  const load = await counts.perOperation(count, async () => {
    for (let n = 0; n < count; n++) await (await broker.session(`full${n}`)).release()
  })
  const writer = await broker.session('writer')
  const write = await counts.perOperation(count, async () => {
    for (let n = 0; n < count; n++) {
      writer.cookies.set(`c=${n}; Path=/; Max-Age=86400`, SHOP)
      await writer.flush()
    }
  })
  await writer.release()

  const without = await queued.connections()
  const flags = [
    '--queue',
    queue.url,
    '--store',
    redis.url,
    '--concurrency',
    String(CONTEXTS),
    '--health-port',
    '0',
  ]
  const worker = await OnejarProcess.start(['worker', ...flags], { ONEJAR_KEYS: keys })
  stack.defer(() => worker.kill())
  let sessions = 0
  const solve = async (by: Broker) => {
    const session = await by.session(`solved${sessions++}`)
    await session.solveChallenge(`${site.origin}/`)
    await session.release()
  }
  // The browser is there, and connections are open, before anything is counted.
  await solve(broker)
  const both = (await queued.connections()) - without
  const idle = await queued.perOperation(IDLE_MS / 1000, () => pause(IDLE_MS))
  const workerBytes = memoryOf(worker.pid)
  const cpuBefore = cpuMsOf(worker.pid)
  let solveInQueue: (OperationFigures & { readonly bytesOut: number }) | undefined
  const solveInStore = await counts.perOperation(solves, async () => {
    solveInQueue = await queued.perOperation(solves, () => inTurn(solves, () => solve(broker)))
  })
  if (solveInQueue === undefined) throw new Error('nothing was measured')
  const solveCpuMs = (cpuMsOf(worker.pid) - cpuBefore) / solves

  const beforeListeners = await queued.connections()
  for (let n = 0; n < LISTENERS; n++) await solve(await open())
  const connectionsPerCaller = ((await queued.connections()) - beforeListeners) / LISTENERS
  const heard = await queued.perOperation(solves, () => inTurn(solves, () => solve(broker)))

  thinkMs = 600_000
  const held = Array.from({ length: CONTEXTS }, () => solve(broker).catch(() => {}))
  while (site.thinking < CONTEXTS) await pause(100)
  const contextBytes = (memoryOf(worker.pid) - workerBytes) / CONTEXTS
  const version = await counts.version()
  // Who still waits hears of the end of its session.
  void Promise.all(held)
  return {
    measuredOn: new Date().toISOString().slice(0, 10),
    redis: version,
    bytesPerSession,
    bytesPerSmallSession,
    load: rounded(load),
    write: rounded(write),
    solveInQueue: rounded(solveInQueue),
    solveInStore: rounded(solveInStore),
    bytesPerSolveAndListener: Math.round(Math.max(0, heard.bytesOut - solveInQueue.bytesOut) / LISTENERS),
    connectionsPerCaller: Math.round(connectionsPerCaller),
    // The first solve opened those of the caller, too.
    connectionsPerWorker: both - Math.round(connectionsPerCaller),
    idleCommandsPerWorker: round(idle.commands),
    workerBytes: Math.round(workerBytes),
    contextBytes: Math.round(contextBytes),
    solveCpuMs: Math.round(solveCpuMs),
  }
}

async function bytesOf(
  broker: Broker,
  counts: RedisCounts,
  count: number,
  prefix: string,
  cookies: number,
  items: number,
): Promise<number> {
  const before = await counts.memoryBytes()
  for (let n = 0; n < count; n++) {
    const session = await broker.session(`${prefix}${n}`)
    for (let c = 0; c < cookies; c++) {
      session.cookies.set(`cookie${c}=value-of-${n}-${c}-abcdefghijklmnop; Path=/; Max-Age=86400`, SHOP)
    }
    for (let k = 0; k < items; k++) session.localStorage(SHOP).set(`key${k}`, `value-of-${n}-${k}`)
    await session.release()
  }
  return Math.round(((await counts.memoryBytes()) - before) / count)
}

async function inTurn(count: number, work: () => Promise<void>): Promise<void> {
  for (let n = 0; n < count; n++) await work()
}

function rounded({ commands, microseconds, bytes }: OperationFigures): OperationFigures {
  return { commands: round(commands), microseconds: Math.round(microseconds), bytes: Math.round(bytes) }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
