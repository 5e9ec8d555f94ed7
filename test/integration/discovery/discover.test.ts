import { execFile } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

const SHOP = `<!doctype html><title>Shop</title><h1 id=name></h1><b class=price></b><ul id=more></ul>
<script type="application/json" id="settings">{"currency":"EUR"}</script>
<script>
localStorage.setItem('auth', JSON.stringify({ token: 'tok-5f1c9a7b3d2e8f60' }))
const slug = location.pathname.split('/').at(-1)
const headers = { authorization: 'Bearer ' + JSON.parse(localStorage.auth).token, accept: 'application/json' }
const graph = (query, variables) => fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ operationName: 'More', query, variables }) }).then((r) => r.json())
;(async () => {
  const { id } = await (await fetch('/api/slugs/' + slug)).json()
  const product = await (await fetch('/api/products/' + id, { headers })).json()
  document.querySelector('#name').textContent = product.name
  document.querySelector('.price').textContent = product.price.toFixed(2) + ' EUR'
  const { data } = await graph('query More($id: ID!) { more(id: $id) { name } }', { id })
  document.querySelector('#more').innerHTML = data.more.map(({ name }) => '<li>' + name).join('')
  await fetch('/api/seen', { method: 'POST', body: '{"id":5}' })
  new WebSocket('ws://' + location.host + '/live')
})()
</script>`

let broker: Broker
let session: Session
let server: TestServer
let asked: string[]
beforeEach(async () => {
  asked = []
  server = await startHttpServer(answer)
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? '/', 'http://site')
  asked.push(`${request.method} ${pathname}`)
  const json = (data: unknown, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data))
  if (pathname.startsWith('/p/')) response.setHeader('content-type', 'text/html').end(SHOP)
  else if (pathname === '/api/slugs/blue-chair') json({ id: 'prod-8812' })
  else if (pathname === '/api/products/prod-8812') {
    const allowed = request.headers.authorization === 'Bearer tok-5f1c9a7b3d2e8f60'
    json(allowed ? { name: 'Blue chair', price: 49.9 } : {}, allowed ? 200 : 401)
  } else if (pathname === '/graphql') json({ data: { more: [{ name: 'Table' }, { name: 'Lamp' }] } })
  else json({}, 404)
}

describe('session.discover', () => {
  it('finds the requests of a page that hold its fields, and what they need', async () => {
    const want = { name: 'h1', price: '.price', more: { selector: 'li', all: true }, gone: '.gone' }
    const found = await session.discover(`${server.origin}/p/blue-chair`, { want })
    const [product, graph] = found.requests
    expect(product).toMatchObject({
      method: 'GET',
      url: `${server.origin}/api/products/{response 2 $.id}`,
      replayable: true,
      fields: [
        { want: 'name', path: '$.name', format: 'text' },
        { want: 'price', path: '$.price', format: 'number in "… EUR"' },
      ],
      headers: [
        { name: 'authorization', from: 'binding', value: null },
        { name: 'accept', from: 'constant', value: 'application/json' },
      ],
    })
    expect(graph).toMatchObject({
      method: 'POST',
      operation: 'More',
      fields: [{ want: 'more', path: '$.data.more[*].name' }],
    })
    expect(found.missing).toEqual(['gone'])
    expect(found.writes).toEqual([`POST ${server.origin}/api/seen`])
    expect(found.requests.at(-1)).toMatchObject({ replayable: false, why: expect.stringContaining('socket') })
    // The page asked once for each, and nobody else did.
    expect(asked.filter((one) => one === 'GET /api/products/prod-8812')).toHaveLength(1)
    expect(asked.filter((one) => one === 'POST /api/seen')).toHaveLength(1)
    expect(JSON.stringify(found)).not.toContain('tok-5f1c')
  })

  it('gives a line of curl that runs as it is', async () => {
    const { requests } = await session.discover(`${server.origin}/p/blue-chair`, { want: ['Lamp'] })
    const { curl } = requests[0] as { curl: string }
    const { stdout } = await promisify(execFile)('sh', ['-c', curl])
    expect(JSON.parse(stdout)).toEqual({ data: { more: [{ name: 'Table' }, { name: 'Lamp' }] } })
  })

  it('ranks by what the page shows where nothing is named', async () => {
    const { requests } = await session.discover(`${server.origin}/p/blue-chair`)
    expect(requests.map(({ fields }) => fields.length).slice(0, 2)).toEqual([2, 2])
  })

  it('refuses what is no page, and options of another form', async () => {
    expect((await errorOf(session.discover(`${server.origin}/api/none`))).code).toBe(
      'ONEJAR_DISCOVERY_FAILED',
    )
    const bad: unknown[] = [
      { want: [] },
      { want: [''] },
      { want: { a: '>>' } },
      { want: 5 },
      { reads: ['x y'] },
      { wants: [] },
    ]
    for (const options of bad) {
      const error = await errorOf(() => session.discover(server.origin, options as { want: string[] }))
      expect(['ONEJAR_BAD_OPTIONS', 'ONEJAR_BAD_URL']).toContain(error.code)
    }
  })
})
