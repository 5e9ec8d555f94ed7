import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, FetchOptions, Session } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

const SHELL = `<!doctype html><title>App</title><div id="root"></div>
  <script>setTimeout(() => { document.querySelector('#root').innerHTML = '<b class="price">12 €</b>' }, 200)</script>`

let broker: Broker
let session: Session
let server: TestServer
let now: number
let hits: number
beforeEach(async () => {
  now = Date.now()
  hits = 0
  server = await startHttpServer((request, response) => {
    if (request.url !== '/favicon.ico') hits++
    const [type, body] = request.url?.startsWith('/json')
      ? ['application/json', '{"orders":[{"id":7,"note":null}],"a.b":false}']
      : request.url?.startsWith('/app')
        ? ['text/html; charset=utf-8', SHELL]
        : ['text/html', '<main><b class="price">12</b></main>']
    response.writeHead(request.url === '/gone' ? 404 : 200, { 'content-type': type }).end(body)
  })
  broker = await memoryBroker({}, { clock: { now: () => now } })
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})
const get = (path: string, expected: FetchOptions['expect'], options: FetchOptions = {}) =>
  session.fetch(server.origin + path, { ...options, ...(expected ? { expect: expected } : {}) })

describe('expect', () => {
  it.each([
    ['/html', { selector: 'main > b.price' }],
    ['/html', { text: 'class="price"' }],
    ['/json', { jsonPath: '$.orders[0].id' }],
    ['/json', { jsonPath: "$['a.b']" }],
    ['/json', { jsonPath: 'orders' }],
  ])('is content with HTTP where %s holds %j', async (path, expected) => {
    const response = await get(path, expected)
    expect([response.via, response.status, hits]).toEqual(['http', 200, 1])
    expect((await response.text()).length).toBeGreaterThan(10)
  })

  it('asks a function with a Response of its own', async () => {
    let seen = ''
    const response = await get('/html', async (one) => {
      seen = `${one.status} ${one.headers.get('content-type')} ${one.url} ${one.via} ${await one.text()}`
      return true
    })
    expect(seen).toBe(`200 text/html ${server.origin}/html http ${await response.text()}`)
    const { body } = await session.request(`${server.origin}/html`, { expect: { text: 'price' } })
    expect(await body.text()).toContain('price')
    const failure = new TypeError('mine')
    const thrown = get('/html', () => {
      throw failure
    })
    await expect(thrown).rejects.toBe(failure)
  })

  it('takes the page where HTTP does not hold it, and learns it for pages of that kind only', async () => {
    const selector = { selector: '#root .price' }
    const first = await get('/app/item/1', selector)
    expect([first.via, first.status]).toEqual(['page', 200])
    expect(await first.text()).toContain('<b class="price">12 €</b>')
    const before = hits
    expect((await get('/app/item/2', selector)).via).toBe('page')
    expect(hits).toBe(before + 1)
    expect((await get('/app/item/3', undefined)).via).toBe('http')
    expect((await get('/html', { selector: '.price' })).via).toBe('http')
    now += 10 * 60_000 + 1
    expect((await get('/app/item/4', { text: 'root' })).via).toBe('http')
    expect((await get('/app/item/5', { text: 'root' })).via).toBe('http')
  })

  it('says so when nothing gives it, and does not learn from that', async () => {
    const error = await errorOf(get('/html', { selector: '.nowhere' }))
    expect(error.code).toBe('ONEJAR_EXPECTATION_FAILED')
    const before = hits
    expect((await errorOf(get('/html', { text: 'nowhere' }, { escalate: false }))).code).toBe(
      'ONEJAR_EXPECTATION_FAILED',
    )
    expect((await errorOf(get('/html', { text: 'nowhere' }, { method: 'POST' }))).code).toBe(
      'ONEJAR_EXPECTATION_FAILED',
    )
    expect(hits).toBe(before + 2)
    expect((await get('/html', { text: 'price' })).via).toBe('http')
  })

  it('is not asked of a failure', async () => {
    const response = await get('/gone', { selector: '.nowhere' })
    expect([response.status, response.via, hits]).toEqual([404, 'http', 1])
  })

  it('is asked behind a gate', async () => {
    await using gate = await startGate('cookie', { content: SHELL })
    const response = await session.fetch(gate.origin, { expect: { selector: '#root .price' } })
    expect([response.via, response.status]).toEqual(['page', 200])
    expect(await response.text()).toContain('<b class="price">12 ')
  })
})
