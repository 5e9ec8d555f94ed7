import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { collect, memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { type MemoryTokenSite, startMemoryTokenSite } from '../../support/memory-token-site.ts'

let broker: Broker
let session: Session
let events: SessionEvent[]
let site: MemoryTokenSite
let aheadMs: number
beforeEach(async () => {
  aheadMs = 0
  broker = await memoryBroker({}, { clock: { now: () => Date.now() + aheadMs } })
  session = await broker.session('a')
  events = collect(session.events())
  site = await startMemoryTokenSite()
})
afterEach(async () => {
  await broker.close()
  await site.close()
})

const get = async (path = '/api/x', who = session) => {
  const response = await who.fetch(`${site.origin}${path}`)
  return `${response.status} ${response.via}`
}
const logIn = async () => {
  const page = await session.page()
  await page.goto(`${site.origin}/home`)
  await page.evaluate('shown')
  await page.evaluate('logIn()')
  return page
}

describe('a token that only the memory of a page has', { timeout: 60_000 }, () => {
  it('is sent over HTTP, with the page open and after it was closed', async () => {
    const page = await logIn()
    expect(await get()).toBe('200 http')
    await page.close()
    expect(await get()).toBe('200 http')
    expect(site.counts).toMatchObject({ refreshes: 0, refused: 0 })
    expect(session.tokenBindings.list()).toMatchObject([
      { origin: site.origin, header: 'authorization', template: 'Bearer {}', source: { kind: 'memory' } },
    ])
  })

  it('is renewed by its page before the request is sent, once for all callers, when it has ended', async () => {
    await (await logIn()).close()
    site.counts.refused = 0
    aheadMs = 700_000
    site.lifeMs = 1_400_000
    const calls = await Promise.all(Array.from({ length: 50 }, (_, n) => get(`/api/${n}`)))
    expect(new Set(calls)).toEqual(new Set(['200 http']))
    expect(site.counts).toMatchObject({ refreshes: 1, spentTwice: 0, refused: 0 })
  })

  it('is renewed by its page after a 401, once for all callers, and what was refused is not sent again', async () => {
    site.lifeMs = null
    await (await logIn()).close()
    for (let round = 1; round <= 2; round++) {
      site.revoke()
      const calls = await Promise.all(Array.from({ length: 20 }, (_, n) => get(`/api/${n}`)))
      expect(new Set(calls)).toEqual(new Set(['200 http']))
      expect(site.counts).toMatchObject({ refreshes: round, spentTwice: 0 })
    }
    site.logOut()
    expect(await get()).toBe('401 http')
    const before = site.counts.documents
    expect(await get('/api/y')).toBe('401 http')
    expect(site.counts.documents).toBe(before)
    await session.release()
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'token-binding-empty', source: 'memory', state: 'expired' }),
    )
  })

  it('does not have a page opened again and again for what no token is good for', async () => {
    await (await logIn()).close()
    expect(await get('/api/forbidden/1')).toBe('401 http')
    const { documents } = site.counts
    expect(await get('/api/forbidden/2')).toBe('401 http')
    expect(await get()).toBe('200 http')
    expect(site.counts.documents).toBe(documents)
  })

  it('is brought back by its page in a session that was opened anew, and after a new login', async () => {
    await (await logIn()).close()
    await session.release()
    session = await broker.session('a')
    expect(await get()).toBe('200 http')
    expect(site.counts).toMatchObject({ refreshes: 1, spentTwice: 0 })
    site.logOut()
    expect(await get()).toBe('401 http')
    expect((await session.fetch(`${site.origin}/login`, { method: 'POST' })).status).toBe(200)
    expect(await get()).toBe('200 http')
  })

  it('is in nothing that is kept, exported or shown', async () => {
    const page = await logIn()
    expect(await get()).toBe('200 http')
    await page.close()
    const [, access] = site.secrets as [string, string]
    const shown = [
      JSON.stringify(await session.export('json')),
      inspect(session, { depth: 12, showHidden: true }),
      JSON.stringify(session.tokenBindings.list()),
    ]
    await session.release()
    for (const text of [...shown, JSON.stringify(events)]) expect(text).not.toContain(access.slice(-20))
  })

  it('goes to no other origin, and not to one that another site redirects to', async () => {
    await (await logIn()).close()
    const seen: Array<string | undefined> = []
    await using other = await startHttpServer(({ headers, url }, response) => {
      seen.push(headers.authorization)
      if (url === '/go') response.writeHead(302, { location: `${site.origin}/api/x` })
      response.end('x')
    })
    const elsewhere = other.origin.replace('127.0.0.1', 'localhost')
    await session.fetch(`${elsewhere}/x`)
    expect((await session.fetch(`${elsewhere}/go`)).status).toBe(401)
    expect(seen).toEqual([undefined, undefined])
  })
})

describe('a header that a server hands out in an answer', { timeout: 60_000 }, () => {
  it('is brought by the page that asks for it, and again when it was changed', async () => {
    let id = 'qJ4xV0bT7mZs1LrK9wYd'
    await using daemon = await startHttpServer(({ headers, url }, response) => {
      if (url !== '/rpc') {
        return void response.writeHead(200, { 'content-type': 'text/html' }).end(`<script>
          let id = ''
          const rpc = async () => {
            const answer = await fetch('/rpc', { method: 'POST', headers: { 'x-transmission-session-id': id } })
            if (answer.status !== 409) return
            id = answer.headers.get('x-transmission-session-id')
            return rpc()
          }
          const done = rpc().then(rpc)
        </script>`)
      }
      if (headers['x-transmission-session-id'] === id) return void response.end('{}')
      response.writeHead(409, { 'x-transmission-session-id': id }).end()
    })
    const rpc = async () =>
      (await session.fetch(`${daemon.origin}/rpc`, { method: 'POST', body: '{}' })).status
    const page = await session.page()
    await page.goto(daemon.origin)
    await page.evaluate('done')
    expect(await rpc()).toBe(200)
    await page.close()
    id = 'Hn2cP8gX5vE0tUaB6iRo'
    expect(await rpc()).toBe(200)
  })
})

describe('a worker of a page', { timeout: 60_000 }, () => {
  const TOKEN = 'w0rk3r-7f3a9c1e5b2d8460'
  async function startWorkers(page: (origin: string) => string) {
    const seen: Array<string | undefined> = []
    const server = await startHttpServer(({ headers, url = '' }, response) => {
      if (url.startsWith('/api/')) {
        if (url === '/api/http') seen.push(headers.authorization)
        return void response.writeHead(headers.authorization === `Bearer ${TOKEN}` ? 200 : 401).end('{}')
      }
      const isScript = url.endsWith('.js')
      const script = `const ask = () => fetch('/api/x', { headers: { authorization: 'Bearer ${TOKEN}' } })
        self.onmessage = ({ data, ports }) => ask().then(() => (ports[0] ?? self).postMessage('asked'))`
      response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
      response.end(isScript ? script : `<script>${page(server.origin)}</script>`)
    })
    return { server, seen }
  }

  it.each([
    [
      'a dedicated one',
      `const worker = new Worker('/worker.js')
       const ask = () => new Promise((done) => { worker.onmessage = done; worker.postMessage('ask') }).then(() => 'asked')`,
    ],
    [
      'a service worker',
      `const ready = navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)
       const ask = async () => { const { active } = await ready; const { port1, port2 } = new MessageChannel()
         return new Promise((done) => { port1.onmessage = ({ data }) => done(data); active.postMessage('ask', [port2]) }) }`,
    ],
  ])('has what it sends seen: %s', async (_, script) => {
    const { server, seen } = await startWorkers(() => script)
    try {
      const page = await session.page()
      await page.goto(server.origin)
      // What it sends before it is watched is not seen.
      await expect
        .poll(
          async () => {
            await page.evaluate('ask()')
            return (await session.fetch(`${server.origin}/api/http`)).status
          },
          { timeout: 30_000 },
        )
        .toBe(200)
      expect(seen.at(-1)).toBe(`Bearer ${TOKEN}`)
      expect(session.tokenBindings.list()).toMatchObject([{ page: `${server.origin}/` }])
    } finally {
      await server.close()
    }
  })

  it('in a frame of another site teaches nothing', async () => {
    const { server, seen } = await startWorkers(
      () => `const worker = new Worker('/worker.js')
        let count = 0
        worker.onmessage = () => (++count < 5 ? worker.postMessage('ask') : parent.postMessage('asked', '*'))
        worker.postMessage('ask')`,
    )
    await using outer = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end(`<script>const asked = new Promise((done) => { onmessage = () => done('asked') })</script>
        <iframe src="${server.origin}/"></iframe>`)
    })
    try {
      const page = await session.page()
      await page.goto(outer.on('localhost'))
      expect(await page.evaluate('asked')).toBe('asked')
      expect((await session.fetch(`${server.origin}/api/http`)).status).toBe(401)
      expect(seen).toEqual([undefined])
    } finally {
      await server.close()
    }
  })
})
