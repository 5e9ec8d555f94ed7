import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

const html = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
const room = (
  head: string,
  rest = '',
) => `<!doctype html><html><head><title>Tickets</title>${head}</head><body>
  <h1>You are now in line</h1><p>Your estimated wait time is 2 minutes.</p>${rest}</body></html>`

interface Shown {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}
const ROOMS: Record<string, Shown> = {
  'a Refresh header': { status: 200, headers: { ...html, refresh: '1' }, body: room('') },
  'a meta refresh': { status: 200, headers: html, body: room('<meta http-equiv="refresh" content="1">') },
  'Retry-After and 503': { status: 503, headers: { ...html, 'retry-after': '1' }, body: room('') },
  'a script that asks again': {
    status: 200,
    headers: html,
    body: room('', '<script>setTimeout(() => location.reload(), 400)</script>'),
  },
  'a script that goes on when it is time': {
    status: 200,
    headers: html,
    body: room(
      '',
      '<script>setInterval(async () => { if ((await (await fetch("/turn")).text()) === "yes") location.reload() }, 200)</script>',
    ),
  },
}

let shown: Shown
let turnAfter: number
let asked: number
let posts: string[]
let server: TestServer
let broker: Broker
let session: Session
let events: SessionEvent[]
beforeEach(async () => {
  turnAfter = 3
  asked = 0
  posts = []
  server = await startHttpServer(async (request, response) => {
    if (request.url === '/favicon.ico') return void response.writeHead(404).end()
    const body = (await readBody(request)).toString()
    if (++asked > turnAfter) {
      if (request.url === '/turn') return void response.end('yes')
      if (request.method === 'POST') posts.push(body)
      return void response.writeHead(200, html).end('<h1>the seats</h1>')
    }
    if (request.url === '/turn') return void response.end('no')
    response.writeHead(shown.status, { ...shown.headers, 'set-cookie': `place=${asked}; Path=/` })
    response.end(shown.body)
  })
  broker = await memoryBroker()
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

describe.each(Object.entries(ROOMS))('a waiting room with %s', (_, one) => {
  it('is waited for within the time of the request, and an event tells how long', async () => {
    shown = one
    const response = await session.fetch(server.origin, { retry: false })
    expect([response.status, await response.text()]).toEqual([200, '<h1>the seats</h1>'])
    const told = events.filter(({ type }) => type === 'waiting-room')
    expect(told[0]).toMatchObject({ url: `${server.origin}/`, estimatedWaitMs: 120_000 })
    expect(events.map(({ type }) => type)).not.toContain('blocked')
  })

  it('is a typed error when the time is up, which says when to come back; the place is kept', async () => {
    shown = one
    turnAfter = 1_000_000
    const error = await errorOf(session.fetch(server.origin, { retry: false, timeoutMs: 4_000 }))
    expect(error).toMatchObject({ code: 'ONEJAR_WAITING_ROOM', retry: 'after', retryAfterMs: 120_000 })
    expect(session.cookies.header(server.origin)).toMatch(/^place=\d/)
    turnAfter = 0
    expect((await session.fetch(server.origin, { retry: false })).status).toBe(200)
  })
})

describe('a waiting room', () => {
  it('goes to the caller who leaves the browser alone', async () => {
    shown = ROOMS['a Refresh header'] as Shown
    const response = await session.fetch(server.origin, { escalate: false })
    expect(response.verdict).toMatchObject({
      kind: 'waiting-room',
      estimatedWaitMs: 120_000,
      askAgainMs: 1_000,
    })
    expect(asked).toBe(1)
  })

  it('is waited for with a POST that it refused; with one that it may have taken, it is an error', async () => {
    shown = ROOMS['Retry-After and 503'] as Shown
    turnAfter = 1
    const post = () => session.fetch(server.origin, { method: 'POST', body: 'one', retry: false })
    expect((await post()).status).toBe(200)
    expect(posts).toEqual(['one'])
    shown = ROOMS['a Refresh header'] as Shown
    turnAfter = 1_000_000
    expect(await errorOf(post())).toMatchObject({ code: 'ONEJAR_WAITING_ROOM' })
    expect(posts).toEqual(['one'])
  })

  it('is waited for while a document is rendered', async () => {
    shown = ROOMS['a script that asks again'] as Shown
    const response = await session.fetch(server.origin, { render: true })
    expect(await response.text()).toContain('the seats')
  })
})
