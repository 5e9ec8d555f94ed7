import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { brokerInternalsOf } from '../../../src/client/index.ts'
import { type BrokerOptions, openBroker, type Session } from '../../../src/index.ts'
import { queueOptionsSchema, SolveQueue, SolveWorker } from '../../../src/queue/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { collect, errorOf, IDENTITY } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHeldGate } from '../../support/held-gate.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { Talker } from '../../support/talker.ts'

const BIN = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))
const CALLER = fileURLToPath(new URL('../../support/visit-caller.ts', import.meta.url))

/** All keys and values of a server as they lie there. */
async function everything(url: string): Promise<string> {
  const client = new Redis(url)
  await client.config('SET', 'rdbcompression', 'no')
  const dump: string[] = []
  for (const key of await client.keys('*')) {
    dump.push(key)
    const body = await client.dumpBuffer(key)
    if (body) dump.push(body.toString('latin1'))
  }
  client.disconnect()
  expect(dump.length).toBeGreaterThan(4)
  return dump.join('\n')
}

const keys = generateKey()

/** Starts processes with the keys of these tests, and ends them. */
class Processes {
  readonly #talkers: Talker[] = []

  start(...args: string[]): Talker {
    const talker = new Talker(args, keys)
    this.#talkers.push(talker)
    return talker
  }

  /** @param lockMs - short only where a worker is killed: one that a busy machine holds up as long is taken for dead */
  worker(redis: RedisServer, lockMs = 600_000): Talker {
    const lock = ['--lock-ms', String(lockMs)]
    return this.start(BIN, 'worker', '--queue', redis.url, ...lock, '--health-port', '0')
  }

  async end(): Promise<void> {
    await Promise.all(this.#talkers.splice(0).map((talker) => talker.end('SIGKILL')))
  }
}

describe('workers', () => {
  let redis: RedisServer
  const processes = new Processes()
  const startWorker = (lockMs?: number) => processes.worker(redis, lockMs)

  beforeEach(async () => {
    redis = await RedisServer.start()
  })
  afterEach(async () => {
    await processes.end()
    await redis.stop()
  })

  it('pass a challenge once for several processes without a browser', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    const workers = [startWorker(), startWorker()]
    const health = (await Promise.all(workers.map((worker) => worker.line()))).map(
      (line) => line.split(' ')[1],
    )
    const url = `${gate.server.origin}/page`
    const callers = [1, 2, 3].map(() => processes.start(CALLER, redis.url, 'canary-session', url, '20'))
    for (const caller of callers) expect(await caller.line()).toBe('ready')
    for (const caller of callers) caller.child.stdin?.write('go\n')
    for (const caller of callers) {
      expect(JSON.parse(await caller.line())).toEqual(Array.from({ length: 20 }, () => '200 http'))
    }
    expect(gate.solves).toBe(1)

    for (const address of health) expect((await fetch(`${address}/health`)).status).toBe(200)
    const metrics = (
      await Promise.all(health.map(async (one) => (await fetch(`${one}/metrics`)).text()))
    ).join('')
    expect(metrics).toContain('headless_context_launch_latency')
    // Nothing readable is left in Redis: neither who asked, nor what for, nor what the site gave.
    const dump = await everything(redis.url)
    expect(dump).not.toContain('canary')
    expect(dump).not.toContain('/page')
    expect([...workers, ...callers].flatMap(({ errors }) => errors).join('')).not.toContain('canary')
    for (const worker of workers) expect(await worker.end('SIGTERM')).toBe(0)
  })

  it('finish what one that was killed in mid-visit had begun', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    gate.hold = true
    const first = startWorker(10_000)
    await first.line()
    const caller = processes.start(CALLER, redis.url, 'a', `${gate.server.origin}/page`, '5')
    await caller.line()
    const arrived = gate.arrived()
    caller.child.stdin?.write('go\n')
    await arrived
    const second = startWorker(10_000)
    await second.line()
    gate.hold = false
    await first.end('SIGKILL')
    expect(JSON.parse(await caller.line())).toEqual(Array.from({ length: 5 }, () => '200 http'))
    expect(gate.solves).toBe(2)
  })

  it('that are not there are a typed error within the time that was given', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    const options = { store: redis.url, keys, identity: IDENTITY }
    await using broker = await openBroker({ ...options, queue: { url: redis.url, waitMs: 300 } })
    const session = await broker.session('a')
    const error = await errorOf(session.fetch(`${gate.server.origin}/page`))
    expect(error).toMatchObject({ code: 'ONEJAR_QUEUE_UNAVAILABLE', retry: 'same-session' })
    expect(error.message).toContain('300 ms')
  })

  it('of which none is connected are a typed error after a second, which says what to start', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    const options = { store: redis.url, keys, identity: IDENTITY, retry: false as const }
    await using broker = await openBroker({ ...options, queue: { url: redis.url, noWorkerMs: 50 } })
    const session = await broker.session('a')
    const error = await errorOf(session.fetch(`${gate.server.origin}/page`))
    expect(error.code).toBe('ONEJAR_QUEUE_UNAVAILABLE')
    expect(error.message).toMatch(/No worker is connected.*onejar worker.*queue\.noWorkerMs/)
  })

  it('that are there later are waited for, where the process has seen one', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    const first = startWorker()
    await first.line()
    const options = { store: redis.url, keys, identity: IDENTITY, retry: false as const }
    await using broker = await openBroker({ ...options, queue: { url: redis.url, noWorkerMs: 1 } })
    expect((await (await broker.session('a')).fetch(`${gate.server.origin}/page`)).status).toBe(200)
    expect(await first.end('SIGTERM')).toBe(0)
    const waiting = (await broker.session('b')).fetch(`${gate.server.origin}/page`)
    await startWorker().line()
    expect((await waiting).status).toBe(200)
  })

  it('with other keys are a typed error that says so, on both sides', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    let told = 0
    const queue = queueOptionsSchema.parse({ url: redis.url })
    await using stranger = await openBroker({ store: 'memory', keys: generateKey() })
    const worker = new SolveWorker({
      ...queue,
      envelope: brokerInternalsOf(stranger).envelope,
      concurrency: 1,
      lockMs: 5_000,
      solve: async () => {},
      onForeign: () => void told++,
    })
    await worker.ready()
    await using broker = await openBroker({
      store: redis.url,
      keys,
      identity: IDENTITY,
      retry: false,
      queue: redis.url,
    })
    const error = await errorOf((await broker.session('a')).fetch(`${gate.server.origin}/page`))
    expect(error.code).toBe('ONEJAR_QUEUE_UNAVAILABLE')
    expect(error.message).toContain('has other keys than this process: give both the same ONEJAR_KEYS')
    expect(told).toBe(1)
    await worker.close()
  })

  it('whose queue is gone are a typed error, soon', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    const options = { store: redis.url, keys, identity: IDENTITY, timeoutMs: 20_000 }
    await using broker = await openBroker({ ...options, queue: 'redis://127.0.0.1:1' })
    const session = await broker.session('a')
    const { code } = await errorOf(session.fetch(`${gate.server.origin}/page`, { timeoutMs: 5_000 }))
    expect(['ONEJAR_QUEUE_UNAVAILABLE', 'ONEJAR_TIMEOUT']).toContain(code)
  })
})

describe('a worker', () => {
  let redis: RedisServer
  const processes = new Processes()

  beforeAll(async () => {
    redis = await RedisServer.start()
    await processes.worker(redis).line()
  })
  afterAll(async () => {
    await processes.end()
    await redis.stop()
  })

  it('lends its identity to a process that has none', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    const options = { store: redis.url, keys, queue: redis.url, browser: { executablePath: '/nowhere' } }
    await using broker = await openBroker(options)
    const session = await broker.session('lent')
    const response = await session.fetch(`${gate.server.origin}/page`)
    expect([response.status, response.via]).toEqual([200, 'http'])
    expect(gate.solves).toBe(1)
  })

  it('shows the challenge in the context that the session asks for', async () => {
    const seen: (string | undefined)[] = []
    await using server = await startHttpServer((request, response) => {
      if (request.url?.startsWith('/solve?')) {
        seen.push(request.headers['accept-language'], request.url)
        response.writeHead(204, { 'set-cookie': 'clearance=good; Path=/' }).end()
      } else if (request.headers.cookie?.includes('clearance=good')) {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><h1>content</h1>')
      } else if (request.url === '/page') {
        const facts = "[innerWidth, innerHeight, Intl.DateTimeFormat().resolvedOptions().timeZone].join('_')"
        response
          .writeHead(403, { 'content-type': 'text/html' })
          .end(
            `<!doctype html><title>One moment</title><script>fetch('/solve?' + ${facts}, { method: 'POST' }).then(() => location.reload())</script>`,
          )
      } else response.writeHead(404).end()
    })
    await using broker = await openBroker({ store: redis.url, keys, queue: redis.url, identity: IDENTITY })
    const contextOptions = {
      locale: 'de-DE',
      timezoneId: 'Asia/Tokyo',
      viewport: { width: 801, height: 603 },
    }
    const session = await broker.session('abroad', { contextOptions })
    const response = await session.fetch(`${server.origin}/page`)
    expect([response.status, response.via]).toEqual([200, 'http'])
    expect(seen).toEqual([expect.stringMatching(/^de-DE\b/), '/solve?801_603_Asia/Tokyo'])
  })

  it('tells the caller what the site said', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html' })
      response.end(
        '<!doctype html><title>Verify</title><script src="https://www.google.com/recaptcha/api.js"></script><p>Please solve the captcha to continue</p><form><div class="g-recaptcha" data-sitekey="x"></div></form>',
      )
    })
    const options = { store: redis.url, keys, identity: IDENTITY, queue: redis.url }
    await using broker = await openBroker(options)
    const session = await broker.session('told')
    const error = await errorOf(session.solveChallenge(server.origin))
    expect([error.code, error.message]).toEqual(['ONEJAR_CAPTCHA', expect.stringContaining(server.origin)])
    // The caller is told of the site, and nobody else who reads the server.
    const dump = await everything(redis.url)
    expect(dump).not.toContain(new URL(server.origin).host)
    expect(dump).not.toMatch(/captcha/i)
  })

  it('does not renew a clearance that another one has followed', async () => {
    const gate = await startHeldGate('; Max-Age=60')
    await using _server = gate.server
    await using broker = await openBroker({ store: redis.url, keys, queue: redis.url, identity: IDENTITY })
    const session = await broker.session('followed')
    const url = `${gate.server.origin}/page`
    await session.fetch(url)
    const queue = new SolveQueue(
      queueOptionsSchema.parse({ url: redis.url }),
      brokerInternalsOf(broker).envelope,
    )
    const order = { tenant: 'default', id: 'followed', url, proxy: null, renews: Date.now() - 3_600_000 }
    await queue.solve({ pseudonym: 'p', order, traceparent: undefined }, AbortSignal.timeout(60_000))
    await queue.close()
    expect(gate.solves).toBe(1)
  })

  it('renews a clearance shortly before it ends, once for all processes that make requests', async () => {
    const gate = await startHeldGate('; Max-Age=60')
    await using _server = gate.server
    let ahead = 0
    const clock = { now: () => Date.now() + ahead }
    const options: BrokerOptions = {
      store: redis.url,
      keys,
      queue: redis.url,
      identity: IDENTITY,
      browser: { executablePath: '/nowhere' },
    }
    await using one = await openBroker(options, { clock })
    await using other = await openBroker(options, { clock })
    const sessions = [await one.session('renewed'), await other.session('renewed')]
    const events = sessions.map((session) => collect(session.events()))
    const get = async () => {
      const responses = await Promise.all(
        sessions.map((session) => session.fetch(`${gate.server.origin}/page`)),
      )
      for (const { status, via } of responses) expect([status, via]).toEqual([200, 'http'])
    }
    await get()
    await get()
    expect(gate.solves).toBe(1)
    ahead += 55_000
    gate.hold = true
    const arrived = gate.arrived()
    await get()
    await arrived
    // Requests go on with the clearance that still holds.
    await get()
    gate.letGo()
    for (const seen of events) {
      await eventually(() => expect(seen.filter(({ type }) => type === 'solve-end')).toHaveLength(2))
      expect(seen.findLast(({ type }) => type === 'solve-end')).toMatchObject({ outcome: 'passed' })
    }
    await get()
    expect(gate.solves).toBe(2)
    for (const session of sessions) {
      const [cookie] = session.cookies.all().filter(({ name }) => name === 'clearance')
      expect(cookie?.expiresAt).toBeGreaterThan(Date.now() + 50_000)
    }
  })

  it('learns how long a clearance lasts from the processes that use it', async () => {
    const gate = await startHeldGate()
    await using _server = gate.server
    let ahead = 0
    const options = { store: redis.url, keys, queue: redis.url, identity: IDENTITY }
    const get = async (session: Session) => (await session.fetch(`${gate.server.origin}/page`)).text()
    {
      await using broker = await openBroker(options, { clock: { now: () => Date.now() + ahead } })
      const session = await broker.session('learned')
      for (let n = 0; n < 5; n++) {
        await get(session)
        ahead += 60_000
      }
      gate.revoke()
      await get(session)
    }
    expect(gate.solves).toBe(2)
    // Four minutes were seen. The workers' clock tells when they began.
    ahead = 0
    await using broker = await openBroker(options, { clock: { now: () => Date.now() + ahead } })
    const session = await broker.session('learned')
    await get(session)
    ahead = 120_000
    await get(session)
    ahead = 220_000
    const renewal = gate.arrived()
    await get(session)
    await renewal
    expect(gate.solves).toBe(3)
  })

  it('leaves what only a person can do to one at the machine that asked', async () => {
    const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }
    await using site = await startHttpServer((request, response) => {
      const { cookie = '' } = request.headers
      if (cookie.includes('human=1')) response.writeHead(200, html).end('content')
      else if (!cookie.includes('ran=1')) {
        const script = "document.cookie = 'ran=1; path=/'; location.reload()"
        response.writeHead(403, html).end(`<title>One moment</title><script>${script}</script>`)
      } else {
        const click = "document.cookie = 'human=1; path=/'; document.title = 'thanks'"
        const body = `<p>Please solve the captcha to go on</p><input name="captcha"><button onclick="${click}">I am human</button>`
        response.writeHead(403, html).end(`<!doctype html><title>Verify</title>${body}`)
      }
    })
    const seen: string[] = []
    const options: BrokerOptions = {
      store: redis.url,
      keys,
      queue: redis.url,
      identity: IDENTITY,
      onChallenge: async ({ page, origin, verdict }) => {
        seen.push(`${verdict.kind} at ${origin}`)
        await page.getByRole('button').click()
        await page.waitForFunction("document.title === 'thanks'")
      },
    }
    await using broker = await openBroker(options)
    const session = await broker.session('asked')
    const responses = await Promise.all([1, 2, 3].map(() => session.fetch(site.origin)))
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(Array(3).fill('content'))
    expect(seen).toEqual([`captcha at ${site.origin}`])

    // Without a browser here nobody is asked, and the caller is told what the site wants.
    await using blind = await openBroker({ ...options, browser: { executablePath: '/nowhere' } })
    const other = await blind.session('asked-blind')
    expect((await errorOf(other.fetch(site.origin))).code).toBe('ONEJAR_CAPTCHA')
    expect(seen).toHaveLength(1)
  })
})
