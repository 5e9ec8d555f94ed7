import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Broker, openBroker, type Session, type SessionEvent } from '../../../src/index.ts'
import { collect, errorOf, temporaryFolder } from '../../support/broker.ts'
import { CONTENT, startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { openService } from '../../support/service.ts'
import { startFleet } from '../../support/worker-port.ts'

const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }
const RENDERED =
  '<!doctype html><p id="price"></p><script>setTimeout(() => { price.textContent = "for " + 42 }, 50)</script>'

describe('a caller without a browser, and a queue', { timeout: 180_000 }, () => {
  let fleet: Awaited<ReturnType<typeof startFleet>>
  let broker: Broker
  let session: Session
  let events: SessionEvent[]
  let names = 0
  beforeAll(async () => {
    fleet = await startFleet()
    broker = await openBroker({ ...fleet.options, browser: false })
  }, 60_000)
  afterAll(async () => {
    await broker.close()
    await fleet.close()
  })
  const open = async () => {
    session = await broker.session(`session-${++names}`)
    events = collect(session.events())
  }

  it('renders, and expects what scripts make', async () => {
    await open()
    await using site = await startHttpServer((_request, response) => {
      response.writeHead(200, { ...html, 'set-cookie': 'seen=yes; Path=/' }).end(RENDERED)
    })
    const rendered = await session.fetch(site.origin, { render: true })
    expect([rendered.via, rendered.status]).toEqual(['page', 200])
    expect(await rendered.text()).toContain('for 42')
    const expected = await session.fetch(`${site.origin}/other`, { expect: { text: 'for 42' } })
    expect([expected.via, await expected.text()]).toEqual(['page', expect.stringContaining('for 42')])
    const own = await session.fetch(`${site.origin}/third`, {
      expect: async (response) => (await response.text()).includes('for 42'),
    })
    expect(own.via).toBe('page')
    expect(session.cookies.all().map(({ name }) => name)).toContain('seen')
  })

  it('passes a challenge, and goes on over HTTP', async () => {
    await open()
    await using gate = await startGate('cookie')
    const response = await session.fetch(gate.origin)
    expect([response.via, response.solved, await response.text()]).toEqual(['http', true, CONTENT])
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['solve-start', 'solve-end']))
  })

  it('has what workers sent in a recording, as far as it is known', async () => {
    await open()
    using folder = temporaryFolder()
    await using gate = await startGate('connection')
    await using site = await startHttpServer((_request, response) => {
      response.writeHead(200, html).end(RENDERED)
    })
    const har = join(folder.path, 'trace.har')
    const recording = session.record({ har })
    await (await session.fetch(`${site.origin}/rendered?canary=1`, { render: true })).text()
    await (await session.fetch(`${gate.origin}/fetched`)).text()
    await recording.stop()
    const { log } = JSON.parse(readFileSync(har, 'utf8'))
    const entries = log.entries as {
      request: { url: string }
      response: { status: number }
      comment: string
    }[]
    const of = (url: string, via: string) =>
      entries.filter(
        (entry) => entry.request.url === url && (entry as { _transport?: string })._transport === via,
      )
    expect(of(`${site.origin}/rendered`, 'page')).toMatchObject([
      { response: { status: 200 }, comment: expect.stringContaining('A worker sent it') },
    ])
    expect(of(`${gate.origin}/fetched`, 'page-fetch')).toMatchObject([{ response: { status: 200 } }])
    expect(of(`${gate.origin}/fetched`, 'http').length).toBeGreaterThan(0)
  })

  it('fetches in a page where the clearance works in the browser only', async () => {
    await open()
    await using gate = await startGate('connection')
    for (const path of ['/one', '/two']) {
      const response = await session.fetch(gate.origin + path)
      expect([response.via, await response.text()]).toEqual(['page-fetch', CONTENT])
    }
    const posted = await session.fetch(gate.origin, { method: 'POST', body: 'order' })
    expect(posted.via).toBe('page-fetch')
    expect(gate.passed).toContain('POST order')
  })

  it.each([
    ['captcha', 'ONEJAR_CAPTCHA'],
    ['block', 'ONEJAR_BLOCKED'],
  ] as const)('is told of a %s as of one that its own browser met', async (kind, code) => {
    await open()
    await using gate = await startGate(kind)
    expect((await errorOf(session.fetch(gate.origin, { render: true }))).code).toBe(code)
    expect((await errorOf(session.fetch(gate.origin))).code).toBe(code)
  })

  it('ends in time, and when it is aborted', async () => {
    await open()
    const arrived = Promise.withResolvers<void>()
    await using site = await startHttpServer(() => arrived.resolve())
    const ending = new AbortController()
    const loading = errorOf(session.fetch(site.origin, { render: true, signal: ending.signal }))
    await arrived.promise
    ending.abort()
    expect((await loading).code).toBe('ONEJAR_ABORTED')
    const late = errorOf(session.fetch(site.origin, { render: true, timeoutMs: 2_000, retry: false }))
    expect((await late).code).toBe('ONEJAR_TIMEOUT')
    await site.drained()
  })

  it('has a page renew a login that ends', async () => {
    await open()
    await using site = await startHttpServer((request, response) => {
      if (request.url === '/api') {
        const isNew = (request.headers.authorization ?? '').includes('new')
        return void response.writeHead(isNew ? 200 : 401).end(isNew ? 'orders' : 'log in')
      }
      const script = "localStorage.setItem('token', 'new'); document.title = 'renewed'"
      response.writeHead(200, html).end(`<!doctype html><script>${script}</script>`)
    })
    const { origin } = site
    await session.localStorage(origin).set('token', 'old')
    session.tokenBindings.add({
      origin,
      header: 'authorization',
      page: `${origin}/`,
      source: { local: 'token' },
    })
    const response = await session.fetch(`${origin}/api`)
    expect([response.status, await response.text()]).toEqual([200, 'orders'])
  })

  it('says what to do where a person is to look at a page', async () => {
    await open()
    const error = await errorOf(session.page())
    expect([error.code, error.message]).toEqual([
      'ONEJAR_BROWSER_NOT_FOUND',
      expect.stringMatching(/workers open no pages for a program.*render.*onejar open/),
    ])
  })

  it('may be the service', async () => {
    await using site = await startHttpServer((_request, response) =>
      response.writeHead(200, html).end(RENDERED),
    )
    await using service = await openService({ broker: { ...fleet.options, browser: false } })
    const body = { session: 'of-the-service', url: site.origin, render: true }
    const { status, json } = await service.call('POST', '/v1/fetch', body)
    expect([status, json.status, json.via]).toEqual([200, 200, 'page'])
    expect(JSON.stringify(json)).toContain('for 42')
  })
})
