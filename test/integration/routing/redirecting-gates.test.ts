import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

interface GateShape {
  readonly status: number
  /** Where it sends to. */
  readonly to: (gate: string, asked: string) => string
  /** Of the page there. */
  readonly shows?: number
  /** What leads back; default: the address has it. */
  readonly back?: 'address' | 'cookie' | 'home'
}

const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }
let broker: Broker
let session: Session
let servers: TestServer[] = []
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  for (const server of servers.splice(0)) await server.close()
})

/** A site whose gate sends every request to an address of its own, on a host of its own where it is told so. */
async function startSite({ status, to, shows = 202, back = 'address' }: GateShape, foreign = false) {
  const arrived: string[] = []
  const site = await startHttpServer(async (request, response) => {
    const url = new URL(request.url ?? '/', site.origin)
    if (url.pathname === '/robots.txt' || url.pathname === '/favicon.ico')
      return void response.writeHead(404).end()
    const body = (await readBody(request)).toString()
    if (url.pathname === '/in') {
      const headers = { location: url.searchParams.get('to') ?? '/', 'set-cookie': 'gate=1; Path=/' }
      return void response.writeHead(302, headers).end()
    }
    if (url.pathname.startsWith('/.gate')) return void showGate(url, response)
    if (!/gate=1/.test(request.headers.cookie ?? '')) {
      const asked = foreign ? url.href : url.pathname + url.search
      response.writeHead(status, {
        location: to(foreign ? `${gate.on('localhost')}/.gate/` : '/.gate/', asked),
        'set-cookie': `asked=${encodeURIComponent(asked)}; Path=/`,
      })
      return void response.end()
    }
    if (request.method === 'GET') return void response.writeHead(200, html).end('<h1>the list</h1>')
    arrived.push(`${request.method} ${url.pathname} ${body}`)
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"created":1}')
  })
  const showGate = (url: URL, response: import('node:http').ServerResponse) => {
    const asked = back === 'home' ? '/' : (url.searchParams.get('back') ?? '/')
    const target =
      back === 'cookie'
        ? `'${site.origin}/in?to=' + (/asked=([^;]*)/.exec(document.cookie) || [])[1]`
        : JSON.stringify(`${site.origin}/in?to=${encodeURIComponent(asked)}`)
    response.writeHead(shows, html).end(`<!doctype html><title>Robot Challenge Screen</title>
      <h1>Checking your browser</h1>
      <script>document.cookie = 'seen=1; path=/'; setTimeout(() => { location.href = ${target} }, 200)</script>`)
  }
  const gate = await startHttpServer((request, response) =>
    request.url?.startsWith('/.gate')
      ? showGate(new URL(request.url, site.origin), response)
      : void response.writeHead(404).end(),
  )
  servers = [site, gate]
  return { site, arrived }
}

const plain = (gate: string, asked: string) => `${gate}?back=${encodeURIComponent(asked)}`
const packed = (gate: string, asked: string) =>
  `${gate}?r=${Buffer.from(asked).toString('base64url')}&back=${encodeURIComponent(asked)}`

describe('a gate that sends a request away', () => {
  it.each([
    [301, 202],
    [302, 202],
    [302, 200],
    [302, 403],
    [303, 202],
    [307, 202],
    [307, 200],
    [308, 403],
  ])('by a %i to a page with status %i has a POST arrive once, whole', async (status, shows) => {
    const { site, arrived } = await startSite({ status, to: plain, shows })
    const response = await session.fetch(`${site.origin}/orders?x=1`, { method: 'POST', body: 'one' })
    expect([response.status, await response.text()]).toEqual([201, '{"created":1}'])
    expect(arrived).toEqual(['POST /orders one'])
  })

  it.each(['PUT', 'PATCH', 'DELETE'])('has a %s arrive once', async (method) => {
    const { site, arrived } = await startSite({ status: 302, to: packed })
    const response = await session.fetch(`${site.origin}/orders/1`, { method, body: 'one' })
    expect(response.status).toBe(201)
    expect(arrived).toEqual([`${method} /orders/1 one`])
  })

  it('on another host, and back, has a POST arrive once', async () => {
    const { site, arrived } = await startSite({ status: 302, to: plain }, true)
    const response = await session.fetch(`${site.origin}/orders`, { method: 'POST', body: 'one' })
    expect(response.status).toBe(201)
    expect(arrived).toEqual(['POST /orders one'])
  })

  it('and does not say where it leads back is told by where the browser ends', async () => {
    const { site, arrived } = await startSite({ status: 302, to: (gate) => gate, back: 'cookie' })
    const response = await session.fetch(`${site.origin}/orders`, { method: 'POST', body: 'one' })
    expect(response.status).toBe(201)
    expect(arrived).toEqual(['POST /orders one'])
  })

  it('and leads back to another page is an error: nothing else is the answer to a POST', async () => {
    const { site, arrived } = await startSite({ status: 302, to: (gate) => gate, back: 'home' })
    const error = await errorOf(session.fetch(`${site.origin}/orders`, { method: 'POST', body: 'one' }))
    expect(error).toMatchObject({ code: 'ONEJAR_CHALLENGE_UNSOLVED' })
    expect(error.message).toContain('sent the request away')
    expect(arrived).toEqual([])
    // The gate is passed now: whoever sends it again has it arrive.
    expect((await session.fetch(`${site.origin}/orders`, { method: 'POST', body: 'two' })).status).toBe(201)
    expect(arrived).toEqual(['POST /orders two'])
  })

  it('cannot have a stream sent again, and says so', async () => {
    const { site, arrived } = await startSite({ status: 302, to: plain })
    const stream = async function* () {
      yield Buffer.from('part')
    }
    const post = () => session.fetch(`${site.origin}/orders`, { method: 'POST', body: stream() })
    expect(await errorOf(post())).toMatchObject({ code: 'ONEJAR_BODY_NOT_REPLAYABLE' })
    expect((await post()).status).toBe(201)
    expect(arrived).toEqual(['POST /orders part'])
  })

  it.each([false, true])('has a GET visited once, then HTTP (another host: %s)', async (foreign) => {
    const { site } = await startSite({ status: 302, to: plain }, foreign)
    const events = collect(session.events())
    for (const path of ['/list', '/list?page=2']) {
      const response = await session.fetch(site.origin + path)
      expect([response.via, await response.text()]).toEqual(['http', '<h1>the list</h1>'])
    }
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
  })
})

it('a page that a POST leads to, and that is challenged, is asked for again: the POST has arrived', async () => {
  let posts = 0
  await using site = await startHttpServer((request, response) => {
    if (request.method === 'POST') {
      posts++
      return void response.writeHead(303, { location: '/orders/1' }).end()
    }
    if (/gate=1/.test(request.headers.cookie ?? '')) return void response.writeHead(200, html).end('order 1')
    response.writeHead(403, html)
    response.end("<script>document.cookie = 'gate=1; path=/'; location.reload()</script>")
  })
  const response = await session.fetch(`${site.origin}/orders`, { method: 'POST', body: 'one' })
  expect([response.status, await response.text(), posts]).toEqual([200, 'order 1', 1])
})
