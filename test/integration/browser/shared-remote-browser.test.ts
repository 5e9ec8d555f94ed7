import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { generateKey } from '../../../src/store/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, startTcpServer, type TestServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { RawClient, RemoteBrowser } from '../../support/remote-browser.ts'
import { Talker } from '../../support/talker.ts'

/** In the soak (`npm run soak:remote`): by how much each is longer, with more sessions a process. */
const ROUNDS = Number(process.env['ONEJAR_REMOTE_ROUNDS'] ?? 1)
const SESSIONS = ROUNDS > 1 ? 8 : 3
/** A page is closed after its fourth load, and the next one is new. */
const LOADS = 4 * ROUNDS

/**
 * A site that knows from the path who asks: `/of/NAME/…`. Every cookie that NAME ever gets has the value NAME, so one with
 * another value is somebody else's.
 */
class Site {
  /** Requests with a cookie of somebody else. */
  readonly foreign: string[] = []
  /** Requests by who asked. */
  readonly counts = new Map<string, number>()
  #server: TestServer | undefined

  static async start(): Promise<Site> {
    const site = new Site()
    site.#server = await startHttpServer((request, response) => {
      const [, of, who = ''] = (request.url ?? '').split('/')
      if (of !== 'of') return void response.writeHead(404).end()
      site.counts.set(who, (site.counts.get(who) ?? 0) + 1)
      const sent = (request.headers.cookie ?? '').split('; ').filter(Boolean)
      const others = sent.filter((pair) => !pair.endsWith(`=${who}`))
      if (others.length > 0) site.foreign.push(`${request.url}: ${others.join(', ')}`)
      response.setHeader('content-type', 'text/html')
      response.setHeader('set-cookie', `server=${who}; Path=/`)
      response.end(`<!doctype html><script>document.cookie = 'script=${who}; path=/'</script>`)
    })
    return site
  }

  get origin(): string {
    return (this.#server as TestServer).origin
  }

  url(path: string): string {
    return `${this.origin}${path}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.close()
  }
}

/** Another process with sessions in the remote browser. */
class User {
  readonly child: ChildProcess
  readonly #lines: AsyncIterableIterator<string>

  constructor(endpoint: string, site: Site, name: string, sessions: number) {
    const script = fileURLToPath(new URL('../../support/remote-user.ts', import.meta.url))
    const args = ['--no-warnings', script, endpoint, site.origin, name, String(sessions)]
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream })[
      Symbol.asyncIterator
    ]()
  }

  async ready(): Promise<void> {
    expect((await this.#lines.next()).value).toBe('ready')
  }

  async ask<Answer = null>(line: string): Promise<Answer> {
    this.child.stdin?.write(`${line}\n`)
    const { value } = await this.#lines.next()
    if (value === undefined) throw new Error(`ended at: ${line}`)
    return JSON.parse(value)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await ended
  }
}

let remote: RemoteBrowser
let site: Site
beforeAll(async () => {
  remote = await RemoteBrowser.start()
})
afterAll(() => remote[Symbol.asyncDispose]())
beforeEach(async () => {
  if (!remote.running) await remote.start()
  site = await Site.start()
  // Those of the test before end with their connections.
  const client = await RawClient.connect(remote.address)
  await eventually(async () => expect(await client.contexts()).toEqual([]))
  client.close()
})
afterEach(() => site[Symbol.asyncDispose]())

/** Somebody else who works on, with Playwright and its interception; what went wrong with that is told at the end. */
async function playwrightNeighbour() {
  const browser = await chromium.connectOverCDP(remote.endpoint)
  const context = await browser.newContext()
  await context.addCookies([{ name: 'own', value: 'playwright', url: site.origin }])
  const page = await context.newPage()
  const faults: string[] = []
  let paused = 0
  await page.route('**/of/**', (route) => {
    paused++
    return route.continue()
  })
  page.on('dialog', (dialog) => void dialog.accept('an answer').catch(() => {}))
  let going = true
  const work = async () => {
    for (let n = 1; going; n++) {
      const response = await page.goto(site.url(`/of/playwright/page/${n}`))
      if (response?.status() !== 200) faults.push(`load ${n}: ${response?.status()}`)
      if (paused !== n) faults.push(`load ${n}: ${paused} requests were intercepted`)
      const answer = await page.evaluate(() => prompt('a question'))
      if (answer !== 'an answer') faults.push(`load ${n}: the dialog was answered with ${answer}`)
    }
  }
  const done = work().catch((error) => void (going && faults.push(String(error))))
  return {
    faults,
    /** Ends the work, or lets it end with the browser. */
    async stop() {
      going = false
      await done
      await browser.close().catch(() => {})
    },
  }
}

/** Somebody else who speaks the protocol, with interception, and who makes contexts all the time. */
async function rawNeighbour() {
  const client = await RawClient.connect(remote.address)
  const { targetId } = await client.newPage('about:blank')
  const session = await client.attach(targetId)
  const faults: string[] = []
  const loaded = new Map<string, () => void>()
  let paused = 0
  client.on((method, params, sessionId) => {
    if (sessionId !== session) return
    if (method === 'Fetch.requestPaused') {
      paused++
      client.send('Fetch.continueRequest', { requestId: params['requestId'] }, session).catch(() => {})
    }
    if (method === 'Page.javascriptDialogOpening') {
      client
        .send('Page.handleJavaScriptDialog', { accept: true, promptText: 'an answer' }, session)
        .catch((error) => faults.push(`the dialog was answered by somebody else: ${error.message}`))
    }
    if (method === 'Page.loadEventFired') loaded.get('next')?.()
  })
  await client.send('Page.enable', {}, session)
  await client.send('Fetch.enable', { patterns: [{ urlPattern: '*/of/*' }] }, session)
  let going = true
  const work = async () => {
    for (let n = 1; going; n++) {
      const next = new Promise<void>((resolve) => loaded.set('next', resolve))
      await client.send('Page.navigate', { url: site.url(`/of/raw/page/${n}`) }, session)
      await next
      if (paused !== n) faults.push(`load ${n}: ${paused} requests were intercepted`)
      const answer = await client.evaluate(session, `prompt('a question')`)
      if (answer !== 'an answer') faults.push(`load ${n}: the dialog was answered with ${answer}`)
      const browserContextId = await client.newContext()
      await client.send('Target.disposeBrowserContext', { browserContextId })
    }
  }
  const done = work().catch((error) => void (going && faults.push(String(error))))
  return {
    client,
    faults,
    async stop() {
      going = false
      await done
      client.close()
    },
  }
}

/** Waits until a neighbour has loaded some pages. */
const worked = (who: string) => eventually(() => expect(site.counts.get(who) ?? 0).toBeGreaterThan(3))

describe('a remote browser that several use', { timeout: 240_000 * ROUNDS }, () => {
  it('mixes no sessions, disturbs nobody, and is used again after it was killed', async () => {
    await using one = new User(remote.endpoint, site, 'one', SESSIONS)
    await using two = new User(remote.endpoint, site, 'two', SESSIONS)
    const users = [one, two]
    const all = <Answer>(line: string) => Promise.all(users.map((user) => user.ask<Answer>(line)))
    await Promise.all(users.map((user) => user.ready()))

    const before = await rawNeighbour()
    await all(`load ${LOADS}`)
    // Everybody is in the middle of something.
    const lost = all<string[]>('until-lost')
    const seen = site.counts.get('one0') ?? 0
    await eventually(() => expect(site.counts.get('one0') ?? 0).toBeGreaterThan(seen))
    await worked('raw')
    await before.stop()
    await remote.kill()
    expect(await lost).toEqual([['ONEJAR_BROWSER_FAILED'], ['ONEJAR_BROWSER_FAILED']])

    await remote.start()
    // One after the other: of the two, Playwright would answer the other's dialogs.
    const after = await playwrightNeighbour()
    await all(`load ${LOADS / 2}`)
    await worked('playwright')
    await after.stop()
    const reports = (await all<{ id: string; foreign: string[] }[]>('report')).flat()

    expect(site.foreign).toEqual([])
    expect(reports.filter(({ foreign }) => foreign.length > 0)).toEqual([])
    expect([...before.faults, ...after.faults]).toEqual([])
    expect(reports).toHaveLength(2 * SESSIONS)
    for (const { id } of reports) expect(site.counts.get(id), id).toBeGreaterThanOrEqual(3 * LOADS)
    await all('close')
  })
})

describe('what others do in a remote browser', () => {
  it('is neither held nor attached to, also while this process stands still', async () => {
    await using user = new User(remote.endpoint, site, 'a', 1)
    const client = await RawClient.connect(remote.address)
    const theirs = await client.newPage(site.url('/of/old/page'))
    const shared = await client.newPage(site.url('/of/old/page'), null)
    await user.ready()
    await user.ask('load 3')
    const opened = await client.newPage(site.url('/of/new/page'))
    user.child.kill('SIGSTOP')
    const late = await client.newPage(site.url('/of/late/page'))
    const lateShared = await client.newPage(site.url('/of/late/shared'), null)
    await eventually(() => expect(site.counts.get('late')).toBe(2))
    user.child.kill('SIGCONT')
    await user.ask('load 1')
    for (const { targetId } of [theirs, shared, opened, late, lateShared]) {
      expect(await client.target(targetId)).toMatchObject({ attached: false })
    }
    client.close()
  })

  it('stays when a broker is closed, which takes its own contexts with it', async () => {
    const client = await RawClient.connect(remote.address)
    const theirs = await client.newPage(site.url('/of/theirs/page'))
    const shared = await client.newPage(site.url('/of/theirs/page'), null)
    const broker = await memoryBroker({ browser: { cdpEndpoint: remote.endpoint } })
    const page = await (await broker.session('a')).page()
    await page.goto(site.url('/of/a/page'))
    expect(await client.contexts()).toHaveLength(2)
    await broker.close()
    expect(await client.contexts()).toEqual([theirs.context])
    for (const { targetId } of [theirs, shared]) {
      expect(await client.target(targetId)).toMatchObject({ url: site.url('/of/theirs/page') })
    }
    client.close()
  })

  it('stays when a process is killed, whose contexts end with it', async () => {
    await using user = new User(remote.endpoint, site, 'a', 3)
    const client = await RawClient.connect(remote.address)
    const theirs = await client.newPage(site.url('/of/theirs/page'))
    await user.ready()
    await user.ask('load 1')
    expect(await client.contexts()).toHaveLength(4)
    user.child.kill('SIGKILL')
    await eventually(async () => expect(await client.contexts()).toEqual([theirs.context]))
    expect(await client.target(theirs.targetId)).toMatchObject({ url: site.url('/of/theirs/page') })
    client.close()
  })
})

describe('pages in a remote browser', () => {
  it('share their popups and frames with the session', async () => {
    await using broker = await memoryBroker({ browser: { cdpEndpoint: remote.endpoint } })
    const session = await broker.session('a')
    const page = await session.page()
    await page.goto(site.url('/of/a/page'))
    const other = site.origin.replace('127.0.0.1', 'localhost')
    await session.cookies.set('given=a', other)
    await session.localStorage(other).set('seed', 'a')
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate((url) => void window.open(url), `${other}/of/a/popup`),
    ])
    await popup.waitForLoadState()
    expect(
      await popup.evaluate(() => [document.cookie.includes('given=a'), localStorage.getItem('seed')]),
    ).toEqual([true, 'a'])
    await popup.evaluate(() => localStorage.setItem('written', 'by the popup'))
    await popup.close()
    expect(await session.localStorage(other).get('written')).toBe('by the popup')
    expect(site.foreign).toEqual([])
  })

  it('are of the new browser where its address was that of one that is gone', async () => {
    await using broker = await memoryBroker({ browser: { cdpEndpoint: remote.address } })
    const session = await broker.session('a')
    await (await session.page()).goto(site.url('/of/a/page'))
    await remote.kill()
    expect((await errorOf(session.page())).code).toBe('ONEJAR_BROWSER_FAILED')
    await remote.start()
    await (await session.page()).goto(site.url('/of/a/page'))
    expect(site.counts.get('a')).toBe(2)
    await session.fetch(site.url('/of/a/http'))
    expect(session.cookies.header(site.origin)).toContain('server=a')
  })

  it('are given up when the browser stands still, and it is used again when it goes on', async () => {
    const cdpEndpoint = remote.endpoint
    await using broker = await memoryBroker({
      browser: { cdpEndpoint, answerTimeoutMs: 5_000, launchTimeoutMs: 10_000 },
    })
    const session = await broker.session('a')
    await session.page()
    process.kill(-remote.pid, 'SIGSTOP')
    try {
      expect((await errorOf(session.page())).code).toBe('ONEJAR_BROWSER_FAILED')
      expect((await errorOf(session.page())).code).toBe('ONEJAR_BROWSER_FAILED')
    } finally {
      process.kill(-remote.pid, 'SIGCONT')
    }
    await eventually(() => fetch(`${cdpEndpoint}/json/version`))
    // The connection that was given up may still be ending: an attempt at that moment fails once more.
    const page = await eventually(() => session.page())
    await page.goto(site.url('/of/a/page'))
    expect(site.counts.get('a')).toBe(1)
  })
})

describe('workers that share a remote browser', { timeout: 240_000 }, () => {
  it('give each session what its own visit brought', async () => {
    const redis = await RedisServer.start()
    const keys = generateKey()
    // Each session is told apart by the cookie that it was given; its clearance names it.
    const wrong: string[] = []
    await using gate = await startHttpServer((request, response) => {
      const cookies = new Map(
        (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('=') as never),
      )
      const who = cookies.get('given') ?? 'nobody'
      const cleared = cookies.get('clearance')
      if (cleared !== undefined && cleared !== who) wrong.push(`${who} has the clearance of ${cleared}`)
      response.setHeader('content-type', 'text/html')
      if (request.url === '/solve') response.setHeader('set-cookie', `clearance=${who}; Path=/`).end()
      else if (cleared === who) response.end('<!doctype html><h1>content</h1>')
      else if (request.url !== '/') response.writeHead(404).end()
      else {
        const script = `fetch('/solve', { method: 'POST' }).then(() => location.reload())`
        response.writeHead(403).end(`<!doctype html><title>One moment</title><script>${script}</script>`)
      }
    })
    const bin = fileURLToPath(new URL('../../../src/cli/bin.ts', import.meta.url))
    const flags = [
      '--queue',
      redis.url,
      '--cdp',
      remote.endpoint,
      '--concurrency',
      '4',
      '--log-level',
      'error',
    ]
    const workers = [1, 2].map(() => new Talker(['--no-warnings', bin, 'worker', ...flags], keys))
    try {
      for (const worker of workers) expect(await worker.line()).toBe('ready')
      await using broker = await openBroker({
        store: redis.url,
        keys,
        queue: redis.url,
        robots: false,
        onWarning() {},
      })
      const texts = await Promise.all(
        Array.from({ length: SESSIONS }, async (_, index) => {
          const session = await broker.session(`s${index}`)
          await session.cookies.set(`given=s${index}`, gate.origin)
          const text = await (await session.fetch(`${gate.origin}/`)).text()
          const clearance = session.cookies.matching(gate.origin).find(({ name }) => name === 'clearance')
          return { text, clearance: clearance?.value }
        }),
      )
      expect(texts).toEqual(
        Array.from({ length: SESSIONS }, (_, index) => ({
          text: expect.stringContaining('content'),
          clearance: `s${index}`,
        })),
      )
      expect(wrong).toEqual([])
      expect(await Promise.all(workers.map((worker) => worker.end('SIGTERM')))).toEqual([0, 0])
    } finally {
      await Promise.all(workers.map((worker) => worker.end('SIGKILL')))
      await redis.stop()
    }
  })
})

describe('an endpoint that is none', () => {
  it('is told in time, without its URL', async () => {
    await using mute = await startTcpServer(() => {})
    await using page = await startHttpServer((_request, response) => response.end('<!doctype html>'))
    await remote.kill()
    const { hostname, port } = new URL(mute.origin)
    const endpoints = [
      `${remote.endpoint}/?token=canary`,
      `${remote.address}?token=canary`,
      `http://canary:canary@${hostname}:${port}`,
      `ws://${hostname}:${port}/canary`,
      `${page.origin}/canary`,
      'canary',
    ]
    for (const cdpEndpoint of endpoints) {
      await using broker = await memoryBroker({ browser: { cdpEndpoint, launchTimeoutMs: 1_000 } })
      const error = await errorOf((await broker.session('a')).page())
      expect(error.code, cdpEndpoint).toBe('ONEJAR_BROWSER_FAILED')
      const told = [error, error.cause, (error.cause as Error).cause].map((one) =>
        String((one as Error)?.stack),
      )
      expect(told.join('\n'), cdpEndpoint).not.toContain('canary')
    }
  })
})
