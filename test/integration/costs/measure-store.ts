import { Redis } from 'ioredis'
import { openBroker, type Session } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { IDENTITY } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import type { Counts } from './compare-costs.ts'

const [COOKIES, ITEMS] = [20, 10]

/** Commands that this process sends to Redis, each of which is a round trip, by what is done with a session. */
export async function measureStore(): Promise<Counts> {
  await using stack = new AsyncDisposableStack()
  const redis = await RedisServer.start()
  stack.defer(() => redis.stop())
  const site = await startHttpServer((request, response) => {
    if (request.url === '/set')
      response.setHeader('set-cookie', `visit=${Math.random()}; Path=/; Max-Age=86400`)
    response.setHeader('content-type', 'application/json').end('{}')
  })
  stack.defer(() => site.close())
  const own = { identity: IDENTITY, robots: false, store: redis.url, keys: generateKey() } as const
  const behind = await openBroker(own)
  stack.defer(() => behind.close())
  const before = await openBroker({ ...own, persist: 'before-response' })
  stack.defer(() => before.close())
  const [quiet, setting] = [`${site.origin}/`, `${site.origin}/set`]
  const ask = async (session: Session, url: string) => void (await (await session.request(url)).body.dump())

  const filled = await behind.session('filled')
  for (let n = 0; n < COOKIES; n++) filled.cookies.set(`c${n}=${n}; Path=/; Max-Age=86400`, site.origin)
  for (let n = 0; n < ITEMS; n++) filled.localStorage(site.origin).set(`k${n}`, String(n))
  await filled.release()
  const counts: Record<string, number> = {}
  const count = async (name: string, work: () => Promise<unknown>) => {
    counts[`store round trips: ${name}`] = await sentDuring(work)
  }
  // What is read once for a process is not counted with what is done first.
  await (await behind.session('first')).release()
  let session = filled
  await count('opening a stored session', async () => {
    session = await behind.session('filled')
  })
  await count('the first request of an open session', async () => {
    await ask(session, quiet)
    await session.flush()
  })
  await count('a request that changes nothing', async () => {
    await ask(session, quiet)
    await session.flush()
  })
  await count('a request that sets a cookie, written behind', async () => {
    await ask(session, setting)
    await session.flush()
  })
  await count('ten cookies that are set at once, written behind', async () => {
    for (let n = 0; n < 10; n++) session.cookies.setSync(`more${n}=1; Path=/; Max-Age=86400`, site.origin)
    await session.flush()
  })
  await count('releasing a session that is written', () => session.release())
  const written = await before.session('filled')
  await count('a request that sets a cookie, written before its response', () => ask(written, setting))
  await written.release()
  return counts
}

/** Commands that were given to a client of this process meanwhile. */
async function sentDuring(work: () => Promise<unknown>): Promise<number> {
  const { prototype } = Redis
  const send = prototype.sendCommand
  let sent = 0
  prototype.sendCommand = function (this: Redis, ...args: Parameters<typeof send>) {
    sent++
    return send.apply(this, args)
  }
  try {
    await work()
    return sent
  } finally {
    prototype.sendCommand = send
  }
}
