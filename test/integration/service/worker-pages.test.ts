import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { internalsOf } from '../../../src/client/index.ts'
import { openBroker } from '../../../src/index.ts'
import { generateKey, openStore } from '../../../src/store/index.ts'
import { errorOf, IDENTITY } from '../../support/broker.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

const BIN = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))
const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }

/**
 * A site that counts its documents. `/hold` answers when it is let go, `/drip` never ends. The scripts of each document keep what the site says to them
 * in a cookie, with the number of the document.
 */
async function startSite() {
  const state = { documents: 0, says: 'first', posts: [] as string[], holds: 0 }
  const held: Array<() => void> = []
  const arrivals: Array<() => void> = []
  const asking = new Map<string, () => void>()
  const server: TestServer = await startHttpServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://site.test')
    if (pathname === '/say') {
      asking.get(search)?.()
      response.end(state.says)
    } else if (pathname === '/post') {
      state.posts.push((await readBody(request)).toString())
      const headers = { 'set-cookie': `posted=${state.posts.length}; Path=/` }
      response.writeHead(200, headers).end('posted')
    } else if (pathname === '/drip') {
      response.write('first')
    } else if (pathname === '/hold') {
      state.holds++
      held.push(() => response.end('let go'))
      arrivals.shift()?.()
    } else if (pathname === '/page') {
      const number = ++state.documents
      const script = `(async () => {
        for (;;) {
          const text = await (await fetch('/say?${number}')).text()
          document.cookie = 'said=${number}-' + text + '; path=/'
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      })()`
      response.writeHead(200, html).end(`<!doctype html><p>page</p><script>${script}</script>`)
    } else response.writeHead(404).end()
  })
  return Object.assign(state, {
    server,
    arrived: () => new Promise<void>((resolve) => arrivals.push(resolve)),
    /** The scripts of a document ask again. */
    asked: (number: number) => new Promise<void>((resolve) => asking.set(`?${number}`, resolve)),
    letGo: () => {
      for (const answer of held.splice(0)) answer()
    },
    at: (path: string) => new URL(path, server.on('localhost')),
  })
}

describe('pages of workers', { timeout: 180_000 }, () => {
  const keys = generateKey()
  let redis: RedisServer
  let site: Awaited<ReturnType<typeof startSite>>
  const children: ChildProcess[] = []
  let count = 0
  const startWorker = async () => {
    const args = [BIN, 'worker', '--queue', redis.url, '--lock-ms', '10000', '--health-port', '0']
    const child = spawn(process.execPath, args, { env: { ...process.env, ONEJAR_KEYS: keys } })
    children.push(child)
    child.stderr.resume()
    await once(createInterface({ input: child.stdout }), 'line')
    return child
  }
  /** The one that is left of the test before, or a new one: no other is there. */
  const firstWorker = async () => children[0] ?? startWorker()
  const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'close')
    child.kill(signal)
    await gone
  }
  const openPort = async () => {
    const options = { store: redis.url, keys, queue: redis.url, identity: IDENTITY, browser: false as const }
    const broker = await openBroker(options)
    const session = internalsOf(await broker.session(`alice${count}`))
    const { browser } = session.engine.router
    const call = { signal: new AbortController().signal }
    const post = async (body: string) => {
      const task = { document: site.at('/page'), url: site.at('/post'), method: 'POST', headers: [] }
      const reply = await browser.fetch({ ...task, body: Buffer.from(body), redirect: 'follow' }, call)
      if (reply.kind !== 'response') throw new Error(reply.why)
      for await (const _ of reply.answer.chunks);
      reply.release()
    }
    return { broker, session, browser, call, post }
  }

  const endAll = async (ending: readonly ChildProcess[]) => {
    for (const child of ending) {
      child.kill('SIGCONT')
      await end(child, 'SIGKILL')
    }
  }

  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(async () => {
    await endAll(children)
    await redis.stop()
  })
  beforeEach(async () => {
    count++
    site = await startSite()
  })
  afterEach(async ({ task }) => {
    // One that a test which failed has left as it is may stand still.
    if (task.result?.state === 'fail') await endAll(children)
    const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    await endAll(running.slice(1))
    children.splice(0, children.length, ...running.slice(0, 1))
    await site.server.close()
  })

  it('serve every fetch of a session, from all of its processes, and nothing of it can be read in Redis', async () => {
    await Promise.all([firstWorker(), startWorker()])
    const [one, other] = [await openPort(), await openPort()]
    await one.post('canary-one')
    await Promise.all([other.post('canary-two'), one.post('canary-three'), other.post('canary-four')])
    expect(site.posts.toSorted()).toEqual(['canary-four', 'canary-one', 'canary-three', 'canary-two'])
    expect(site.documents).toBe(1)
    await other.session.persistence.catchUp()
    expect(other.session.record.cookieHeader(site.at('/'))).toContain('posted=4')
    const client = new Redis(redis.url)
    await client.config('SET', 'rdbcompression', 'no')
    for (const key of await client.keys('*')) {
      expect(`${key}${(await client.dumpBuffer(key))?.toString('latin1')}`).not.toMatch(
        /canary|alice|localhost|posted/,
      )
      // What was said was read, and is gone.
      if (key.includes(':mail:')) expect(await client.xlen(key)).toBe(0)
    }
    client.disconnect()
    await Promise.all([one.broker.close(), other.broker.close()])
  })

  it('move when their worker is killed: what only reads is sent again, and the next has a new page', async () => {
    const first = await firstWorker()
    const { broker, browser, call, post } = await openPort()
    await post('before')
    await startWorker()
    for (const method of ['GET', 'HEAD']) {
      const arrived = site.arrived()
      const task = { document: site.at('/page'), url: site.at('/hold'), method, headers: [], body: null }
      const holding = browser.fetch({ ...task, redirect: 'follow' }, call)
      await arrived
      if (method === 'GET') {
        const again = site.arrived()
        await end(first, 'SIGKILL')
        await again
      }
      site.letGo()
      const reply = await holding
      if (reply.kind !== 'response') throw new Error(reply.why)
      const chunks: Buffer[] = []
      for await (const chunk of reply.answer.chunks) chunks.push(chunk)
      reply.release()
      expect(Buffer.concat(chunks).toString()).toBe(method === 'GET' ? 'let go' : '')
    }
    await post('after')
    expect(site.posts).toEqual(['before', 'after'])
    expect(site.documents).toBe(2)
    await broker.close()
  })

  it('whose worker is killed while they send what changes something end with an error that says that nobody knows', async () => {
    const first = await firstWorker()
    const { broker, session, browser, call, post } = await openPort()
    await post('before')
    await startWorker()
    const arrived = site.arrived()
    const url = site.at('/hold?canary')
    const task = { document: site.at('/page'), url, method: 'POST', headers: [] }
    const holding = errorOf(browser.fetch({ ...task, body: Buffer.from('order'), redirect: 'follow' }, call))
    await arrived
    await end(first, 'SIGKILL')
    const { code, message, retry } = await holding
    expect([code, retry]).toEqual(['ONEJAR_OUTCOME_UNKNOWN', 'never'])
    expect(message).toMatch(
      /^The worker went away while it sent POST .*\/hold.*: whether the site carried it out is not known/,
    )
    expect(message).not.toContain('canary')
    // The session goes on elsewhere, and the site had it once.
    await post('after')
    expect(site.holds).toBe(1)
    expect(session.record.cookieHeader(site.at('/'))).toContain('posted=2')
    await broker.close()
  })

  it('whose worker is killed while a body comes end that body with an error of a browser', async () => {
    const first = await firstWorker()
    const { broker, browser, call } = await openPort()
    const task = { document: site.at('/page'), url: site.at('/drip'), method: 'GET', headers: [], body: null }
    const reply = await browser.fetch({ ...task, redirect: 'follow' }, call)
    if (reply.kind !== 'response') throw new Error(reply.why)
    expect(String((await reply.answer.chunks.next()).value)).toBe('first')
    await end(first, 'SIGKILL')
    expect((await errorOf(reply.answer.chunks.next())).code).toBe('ONEJAR_BROWSER_FAILED')
    await broker.close()
  })

  it('rendered by a worker that is killed are rendered by another one', async () => {
    const first = await firstWorker()
    const options = { store: redis.url, keys, queue: redis.url, identity: IDENTITY, browser: false as const }
    await using broker = await openBroker({ ...options, robots: false })
    const session = await broker.session(`bob${count}`)
    const arrived = site.arrived()
    const rendering = session.fetch(site.at('/hold'), { render: true })
    await arrived
    const again = site.arrived()
    await startWorker()
    await end(first, 'SIGKILL')
    await again
    site.letGo()
    const response = await rendering
    expect([response.status, response.via]).toEqual([200, 'page'])
    expect(await response.text()).toContain('let go')
    expect(site.holds).toBe(2)
  })

  it('move when their worker is stopped, and what it writes when it goes on again is refused', async () => {
    const first = await firstWorker()
    const { broker, session, browser, call, post } = await openPort()
    await post('before')
    await startWorker()
    const arrived = site.arrived()
    const loading = browser.load(
      {
        url: site.at('/hold'),
        solveTimeoutMs: 60_000,
        deadlineMs: 120_000,
        timeoutMs: 120_000,
        render: false,
        expect: undefined,
        maxBytes: 0,
        screenshot: false,
      },
      call,
    )
    await arrived
    const again = site.arrived()
    first.kill('SIGSTOP')
    // Its browser lives on: what the site says now is in the page's cookie when the page asks once more.
    site.says = 'of-the-stopped'
    await site.asked(1)
    await site.asked(1)
    // The other worker loads the page anew, and has the session.
    await again
    await post('after')
    site.says = 'of-the-other'
    first.kill('SIGCONT')
    site.letGo()
    expect(await loading).toMatchObject({ kind: 'passed', document: { body: Buffer.from('let go') } })
    expect(site.posts).toEqual(['before', 'after'])
    // It ends what it has, and would write that.
    await end(first, 'SIGTERM')
    await session.persistence.catchUp()
    expect(session.record.cookieHeader(site.at('/'))).toContain('posted=2')
    const store = await openStore({ target: redis.url, keys })
    const stored = JSON.stringify((await store.load({ tenant: 'default', id: `alice${count}` })).entries)
    expect(stored).toContain('posted')
    expect(stored).not.toContain('1-of-the')
    await store.close()
    await broker.close()
  })
})
