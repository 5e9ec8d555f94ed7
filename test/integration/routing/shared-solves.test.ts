import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

const CHILD = fileURLToPath(new URL('../../support/solving-process.ts', import.meta.url))
const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }

/**
 * A site that gives each visit of a browser a clearance of its own; only the one given last lets anybody through. What a
 * browser is shown first waits until the test lets it go; where it is silent, what its script asks for.
 */
async function startSite() {
  const held: Array<() => void> = []
  const counts = { visits: 0, challenged: 0, asked: 0, given: 0 }
  let kind: 'cookie' | 'captcha' | 'endless' | 'silent' = 'cookie'
  let holding = false
  let valid = ''
  let generation = 0
  const server = await startHttpServer((request, response) => {
    if (request.url === '/pass') {
      counts.asked++
      const give = () => {
        valid = `good-${generation}`
        counts.given++
        response.writeHead(204, { 'set-cookie': `clearance=${valid}` }).end()
      }
      return void (holding ? held.push(give) : give())
    }
    if (request.url !== '/') return void response.writeHead(404).end()
    const { cookie = '' } = request.headers
    if (valid !== '' && cookie.includes(`clearance=${valid}`)) return void response.end('content')
    const isVisit =
      request.headers['x-http'] === undefined && !cookie.includes(`clearance=good-${generation}`)
    if (isVisit) {
      counts.visits++
      generation++
    } else counts.challenged++
    const own = `good-${generation}`
    const answer = () => {
      response.writeHead(403, html)
      if (kind === 'captcha') {
        response.end('<title>Verify</title>Please solve the captcha<input name="captcha">')
      } else if (kind === 'silent') response.end("<script>fetch('/pass', { method: 'POST' })</script>")
      else {
        if (kind === 'cookie') valid = own
        response.end(`<script>document.cookie = 'clearance=${own}; path=/'; location.reload()</script>`)
      }
    }
    if (request.headers['x-http'] !== undefined) {
      // Over HTTP everybody is shown the same gate.
      response.writeHead(403, html).end("<script>document.cookie = 'clearance=x'; location.reload()</script>")
      return
    }
    if (!isVisit) return answer()
    if (holding && kind !== 'silent') held.push(answer)
    else answer()
  })
  return Object.assign(Object.create(server) as typeof server, {
    counts,
    be(next: typeof kind) {
      kind = next
    },
    hold() {
      holding = true
    },
    /** Lets go what is held, and holds nothing more. */
    release() {
      holding = false
      for (const answer of held.splice(0)) answer()
    },
    forget() {
      valid = ''
      generation++
    },
  })
}

interface Process extends AsyncDisposable {
  readonly child: ChildProcess
  /** Requests of the session of this test, all at once. */
  fetch(url: string, times?: number): Promise<string[]>
}

const soon = (check: () => void) => eventually(check)

describe.each(['SQLite', 'Redis'])('processes that share a session on %s', { timeout: 240_000 }, (kind) => {
  let folder: ReturnType<typeof temporaryFolder>
  let redis: RedisServer | undefined
  let store: string
  /** Those that live: each test takes the first of them, with a session and a site of its own. */
  const processes: Process[] = []
  let session = 0

  beforeAll(async () => {
    folder = temporaryFolder()
    redis = kind === 'Redis' ? await RedisServer.start() : undefined
    store = redis?.url ?? join(folder.path, 'onejar.db')
  })
  beforeEach(() => {
    session++
  })
  // What a test that failed has asked for would be the answer in the next one.
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    for (const { child } of processes) child.kill('SIGKILL')
    await Promise.all(processes.splice(0).map((one) => one[Symbol.asyncDispose]()))
  })
  afterAll(async () => {
    await Promise.all(processes.splice(0).map((one) => one[Symbol.asyncDispose]()))
    await redis?.stop()
    folder[Symbol.dispose]()
  })

  async function startProcess(): Promise<Process> {
    const child = spawn(process.execPath, ['--no-warnings', CHILD, store], {
      env: { ...process.env, ONEJAR_HOME: folder.path },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse((await lines.next()).value as string)
    const started: Process = {
      child,
      fetch(url, times = 1) {
        child.stdin.write(`fetch shared${session} ${url} ${times}\n`)
        return next()
      },
      async [Symbol.asyncDispose]() {
        child.kill('SIGCONT')
        child.stdin.end()
        await exited
      },
    }
    child.once('exit', () => {
      if (processes.includes(started)) processes.splice(processes.indexOf(started), 1)
    })
    expect(await next()).toBe('ready')
    return started
  }
  async function several(count: number): Promise<Process[]> {
    const missing = Math.max(0, count - processes.length)
    processes.push(...(await Promise.all(Array.from({ length: missing }, startProcess))))
    return processes.slice(0, count)
  }

  it('make one visit, however many of them meet the challenge at once', async () => {
    await using site = await startSite()
    site.hold()
    const all = await several(3)
    const calls = all.map((one) => one.fetch(`${site.origin}/`, 20))
    await soon(() => expect([site.counts.visits, site.counts.challenged]).toEqual([1, 60]))
    site.release()
    expect(await Promise.all(calls)).toEqual(Array(3).fill(Array(20).fill('200 http')))
    expect(site.counts.visits).toBe(1)
    site.forget()
    expect(await Promise.all(all.map((one) => one.fetch(`${site.origin}/`, 5)))).toEqual(
      Array(3).fill(Array(5).fill('200 http')),
    )
    expect(site.counts.visits).toBe(2)
  })

  it('lose the one that visits, and another takes over', async () => {
    await using site = await startSite()
    site.hold()
    const [first, ...others] = await several(3)
    void first?.fetch(`${site.origin}/`).catch(() => {})
    await soon(() => expect(site.counts.visits).toBe(1))
    const calls = others.map((one) => one.fetch(`${site.origin}/`, 5))
    await soon(() => expect(site.counts.challenged).toBe(11))
    const gone = once(first?.child as ChildProcess, 'exit')
    first?.child.kill('SIGKILL')
    await gone
    await soon(() => expect(site.counts.visits).toBe(2))
    site.release()
    expect(await Promise.all(calls)).toEqual(Array(2).fill(Array(5).fill('200 http')))
    expect(site.counts.visits).toBe(2)
  })

  it('go on with what the later visit brought when the one before ends late', async () => {
    await using site = await startSite()
    site.be('silent')
    site.hold()
    const [late, other] = await several(2)
    const first = late?.fetch(`${site.origin}/`)
    await soon(() => expect(site.counts.asked).toBe(1))
    // Its browser runs on, and gets a clearance that the next visit makes worthless.
    late?.child.kill('SIGSTOP')
    site.release()
    await soon(() => expect(site.counts.given).toBe(1))
    site.be('cookie')
    site.forget()
    expect(await other?.fetch(`${site.origin}/`)).toEqual(['200 http'])
    expect(site.counts.visits).toBe(2)
    late?.child.kill('SIGCONT')
    expect(await first).toEqual(['200 http'])
    expect(await Promise.all([late?.fetch(`${site.origin}/`), other?.fetch(`${site.origin}/`)])).toEqual([
      ['200 http'],
      ['200 http'],
    ])
    expect(site.counts.visits).toBe(2)
  })

  it.each([
    ['captcha', 'ONEJAR_CAPTCHA'],
    ['endless', 'ONEJAR_CHALLENGE_LOOP'],
  ] as const)(
    'are all told when the one visit ends at %s, and none tries again at once',
    async (end, code) => {
      await using site = await startSite()
      site.be(end)
      site.hold()
      const all = await several(2)
      const calls = all.map((one) => one.fetch(`${site.origin}/`, 5))
      await soon(() => expect([site.counts.visits, site.counts.challenged]).toEqual([1, 10]))
      site.release()
      expect(await Promise.all(calls)).toEqual(Array(2).fill(Array(5).fill(code)))
      expect(site.counts.visits).toBe(1)
    },
  )
})
