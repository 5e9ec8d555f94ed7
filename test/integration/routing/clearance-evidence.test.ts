import { afterAll, describe, expect, it } from 'vitest'
import { startWorker } from '../../../src/service/index.ts'
import { collect, IDENTITY, memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'

const CHECK = `<!doctype html><title>Just a moment...</title><meta name="robots" content="noindex">
  <h1>Checking your browser</h1><noscript>Enable JavaScript and cookies to continue</noscript>`

/** What the gate's script does once it has worked; each sets the one cookie that lets through. */
const ENDS = {
  'reloads at the end': "document.cookie = 'gate=1; path=/'; location.reload()",
  'goes to the page by itself': "document.cookie = 'gate=1; path=/'; location.replace(location.href)",
  'only leaves its cookie': "document.cookie = 'gate=1; path=/'",
  'has a request of its own set it': "fetch('/solved')",
} as const

/** A gate that sets another nonce with each answer, and works for a while: `tick` is asked again and again meanwhile. */
async function startRollingGate(end: string, workMs: number, polls: boolean) {
  const counts = { documents: 0, passed: 0 }
  let nonce = 0
  const server = await startHttpServer((request, response) => {
    if (request.url === '/favicon.ico' || request.url === '/robots.txt')
      return void response.writeHead(404).end()
    if (/gate=1/.test(request.headers.cookie ?? '')) {
      counts.passed++
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
      return
    }
    const rolled = `nonce=${++nonce}; Path=/`
    if (request.url === '/tick') return void response.writeHead(204, { 'set-cookie': rolled }).end()
    if (request.url === '/solved') {
      response.writeHead(204, { 'set-cookie': [rolled, 'gate=1; Path=/'] }).end()
      return
    }
    // Of a browser, and not of a request that proves something.
    if (request.headers['sec-fetch-dest'] === 'document') counts.documents++
    response.writeHead(403, { 'content-type': 'text/html', 'set-cookie': rolled })
    const poll = polls ? "setInterval(() => fetch('/tick'), 200);" : ''
    response.end(`${CHECK}<script>${poll}setTimeout(() => { ${end} }, ${workMs})</script>`)
  })
  return Object.assign(Object.create(server) as typeof server, { counts })
}

const redis = RedisServer.start()
afterAll(async () => (await redis).stop())

describe.each(Object.entries(ENDS))('a gate with a nonce in each answer that %s', (_, end) => {
  it.each([
    ['its documents only', false],
    ['all it is asked for', true],
  ])('is visited once, then HTTP goes on: nonces in %s', async (_in, polls) => {
    await using gate = await startRollingGate(end, 2_500, polls)
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const events = collect(session.events())
    const response = await session.fetch(gate.origin)
    expect([response.status, response.via, await response.text()]).toEqual([200, 'http', '{"ok":true}'])
    expect((await session.fetch(`${gate.origin}/next`)).via).toBe('http')
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
    expect(events.filter(({ type }) => type === 'route')).toEqual([])
  })
})

it.each(['reloads at the end', 'only leaves its cookie'] as const)(
  'a worker visits once a gate with a nonce in each answer that %s',
  async (how) => {
    await using gate = await startRollingGate(ENDS[how], 2_500, true)
    const { url } = await redis
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const worker = await startWorker({
      broker: { store: url, robots: false },
      queue: { url },
      concurrency: 1,
      lockMs: 10_000,
      health: null,
      log,
    })
    try {
      const browser = { executablePath: '/nowhere/chromium' }
      await using broker = await memoryBroker({ store: url, queue: url, browser, identity: IDENTITY })
      const session = await broker.session(how)
      const response = await session.fetch(gate.origin)
      expect([response.status, response.via]).toEqual([200, 'http'])
      expect(worker.counts).toEqual({ passed: 1, failed: 0 })
    } finally {
      await worker.close()
    }
  },
  90_000,
)
