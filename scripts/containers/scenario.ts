import { targetsOf } from '../../examples/demo/crawl/targets.ts'
import type { Fleet } from './fleet.ts'
import { CANARY, type HeldShop } from './held-shop.ts'
import { checkSandbox } from './inside.ts'
import type { Results } from './results.ts'
import type { ServiceClient } from './service-client.ts'
import { until } from './until.ts'

const SOLVE_MS = 100_000

/** What the parts of a run share. */
export interface Scene {
  readonly fleet: Fleet
  readonly shop: HeldShop
  readonly service: ServiceClient
  readonly results: Results
  /** Items in the shop. */
  readonly items: number
}

/** The shop of the demo is crawled by several sessions through the service, whose challenges the workers solve. */
export async function crawl(
  { shop, service, results, items }: Scene,
  sessions: readonly string[],
): Promise<void> {
  const targets = targetsOf(items).filter(({ api }) => !api)
  const wrong: string[] = []
  let done = 0
  const startedAt = performance.now()
  await Promise.all(
    sessions.map(async (session) => {
      for (const { path, correct } of targets) {
        const { text, via, status } = await service.fetch(session, shop.origin + path)
        if (status === 200 && via === 'http' && correct(text)) done++
        else wrong.push(`${session} ${path}: ${status} ${via}`)
      }
    }),
  )
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  results.check(
    'demo crawl through the service, every page right and over HTTP',
    wrong.length === 0,
    `${done} of ${done + wrong.length} pages in ${seconds} s ${wrong.slice(0, 3).join('; ')}`.trim(),
  )
  results.check(
    'one challenge solved for each session, by workers',
    shop.solves === sessions.length,
    `${shop.solves} solves for ${sessions.length} sessions`,
  )
}

/** Begins a request whose challenge is held, and returns the worker that is at it. */
async function heldSolve({ fleet, shop, service }: Scene, session: string) {
  shop.hold()
  const answer = service.fetch(session, `${shop.origin}/item/1`).catch((error: Error) => ({
    status: 0,
    via: '',
    text: error.message,
  }))
  await until('a worker is in the middle of a solve', SOLVE_MS, () => shop.waiting.length > 0)
  const [address = ''] = shop.waiting
  for (const name of fleet.names('worker'))
    if ((await fleet.addressOf(name)) === address) return { answer, name, address }
  throw new Error(`nobody of the workers has the address ${address}`)
}

/** A worker is killed in the middle of a solve: another one makes it, and the engine starts the killed one again. */
export async function killWorker(scene: Scene): Promise<void> {
  const { fleet, shop, results } = scene
  const { answer, name } = await heldSolve(scene, 'killed')
  await checkSandbox(fleet, name, results)
  const startedAt = performance.now()
  await fleet.crash(name)
  await until('another solve is under way', SOLVE_MS, () => shop.waiting.length > 1)
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  shop.letGo()
  const { status, text } = await answer
  results.check(
    'kill -9 of a worker in mid-solve loses nothing',
    status === 200,
    status === 200 ? `the solve was begun anew after ${seconds} s, and the request got its page` : text,
  )
  await until('the killed worker runs again', SOLVE_MS, async () => (await fleet.inspect(name)).State.Running)
  await fleet.untilHealthy('worker')
  const { RestartCount, State } = await fleet.inspect(name)
  results.check(
    'the engine starts a killed worker again (restart: unless-stopped)',
    RestartCount > 0 && State.Running,
    `${RestartCount} restart, healthy`,
  )
}

export async function scaleUp({ fleet, service, results }: Scene, count: number): Promise<void> {
  await fleet.scale('worker', count)
  await fleet.untilHealthy('worker')
  await until(`${count} workers at the queue`, 60_000, async () => (await service.workers()) === count)
  results.check(`scaled to ${count} workers`, true, `${count} healthy, ${count} connected to the queue`)
}

/**
 * Workers are asked to end: one finishes its solve, one leaves it to another. New ones take their places, and those that were there
 * before have nothing to do when they are asked.
 */
export async function drain(scene: Scene): Promise<void> {
  const { fleet, shop, service, results } = scene
  const first = await heldSolve(scene, 'drained-in-time')
  const ending = fleet.stop(first.name)
  const health = `http://${first.address}:9464/health`
  await until('it says that it drains', 15_000, async () => (await fetch(health)).status === 503)
  shop.letGo()
  const done = await ending
  const got = await first.answer
  results.check(
    'SIGTERM: a worker finishes its solve, /health is 503 meanwhile, exit code 0',
    done.code === 0 && got.status === 200 && shop.solvedFrom.at(-1) === first.address,
    `exit code ${done.code} after ${seconds(done.ms)}, the request got ${got.status}`,
  )
  await fleet.remove(first.name)

  const second = await heldSolve(scene, 'given-back')
  const given = await fleet.stop(second.name)
  await until('another worker took the solve', SOLVE_MS, () => shop.waiting.length > 1)
  const other = shop.waiting.at(-1)
  shop.letGo()
  const answer = await second.answer
  results.check(
    'SIGTERM: what is not finished within --drain-ms goes to another worker, exit code 0 in stop_grace_period',
    given.code === 0 && given.ms < 40_000 && answer.status === 200 && other !== second.address,
    `exit code ${given.code} after ${seconds(given.ms)}, another worker made it, the request got ${answer.status || answer.text}`,
  )
  await fleet.remove(second.name)

  const older = fleet.names('worker')
  await fleet.scale('worker', older.length + 2)
  await fleet.untilHealthy('worker')
  const codes: string[] = []
  for (const name of older) {
    const { code, ms } = await fleet.stop(name)
    codes.push(`${code} after ${seconds(ms)}`)
    await fleet.remove(name)
  }
  results.check(
    'SIGTERM: idle workers end at once',
    codes.every((each) => /^0 after \d\.\d s$/.test(each)),
    codes.join(', ') || 'none was left',
  )
  const { status } = await service.fetch('after-scaling-down', `${shop.origin}/item/2`)
  const left = await Promise.all(fleet.names('worker').map((name) => fleet.addressOf(name)))
  results.check(
    'scaled down, to workers that were added last: they take over',
    status === 200 && left.includes(shop.solvedFrom.at(-1) ?? ''),
    `${left.length} workers, the request got ${status}`,
  )
}

/** Redis crashes, and the service is restarted: sessions are as they were, and no challenge is passed anew. */
export async function restartStore(
  { fleet, shop, service, results }: Scene,
  sessions: readonly string[],
): Promise<void> {
  const [redis = ''] = fleet.names('redis')
  const [serving = ''] = fleet.names('service')
  const before = shop.solves
  await fleet.crash(redis)
  await until('Redis runs again', 60_000, async () => (await fleet.inspect(redis)).RestartCount > 0)
  await fleet.untilHealthy('redis')
  const { code, ms } = await fleet.stop(serving)
  await fleet.start(serving)
  await until('the service is there again', 60_000, () => service.isWell())
  const pages = await Promise.all(sessions.map((session) => service.fetch(session, `${shop.origin}/item/3`)))
  const { cookies } = (await service.ask('GET', `/v1/sessions/${sessions[0]}/cookies?reveal=1`)) as {
    cookies: { value: string }[]
  }
  results.check(
    'sessions outlive a crash of Redis and a restart of the service (append-only file)',
    pages.every(({ status, via }) => status === 200 && via === 'http') &&
      shop.solves === before &&
      cookies.some(({ value }) => value.startsWith(CANARY)),
    `${sessions.length} sessions go on over HTTP with no new solve`,
  )
  results.check(
    'SIGTERM: the service ends with exit code 0',
    code === 0,
    `exit code ${code} after ${seconds(ms)}`,
  )
}

/** Everything is stopped, callers first and Redis last. */
export async function stopAll({ fleet, results }: Scene): Promise<void> {
  const codes: Record<string, string> = {}
  for (const name of fleet.names().reverse()) codes[name] = `exit code ${(await fleet.stop(name)).code}`
  results.checkEach('everything ends with exit code 0 when it is stopped', codes, /^exit code 0$/)
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
