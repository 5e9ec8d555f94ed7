import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

/** Asks for a product and tells whoever made it. */
const ASK = `const ask = async () => (await fetch('/api/products/' + ID)).json()`
/** What the page does to get its product, and the script of the worker or frame that it makes for it. */
const SITES: Readonly<Record<string, { readonly page: string; readonly other: string }>> = {
  frame: {
    page: `addEventListener('message', ({ data }) => show(data))
      const frame = document.createElement('iframe'); frame.src = '/other?' + id; document.body.append(frame)`,
    other: `<script>const ID = location.search.slice(1); ${ASK}; ask().then((p) => parent.postMessage(p, '*'))</script>`,
  },
  'dedicated worker': {
    page: `const worker = new Worker('/other'); worker.onmessage = ({ data }) => show(data); worker.postMessage(id)`,
    other: `onmessage = ({ data: ID }) => { ${ASK}; ask().then(postMessage) }`,
  },
  'worker of a blob': {
    page: `const text = 'onmessage = async ({ data }) => postMessage(await (await fetch("' + location.origin + '/api/products/" + data)).json())'
      const worker = new Worker(URL.createObjectURL(new Blob([text])))
      worker.onmessage = ({ data }) => show(data); worker.postMessage(id)`,
    other: '',
  },
  'worker of a worker': {
    page: `const worker = new Worker('/other?outer'); worker.onmessage = ({ data }) => show(data); worker.postMessage(id)`,
    other: `if (location.search) { const inner = new Worker('/other'); inner.onmessage = ({ data }) => postMessage(data)
      onmessage = ({ data }) => inner.postMessage(data) } else onmessage = ({ data: ID }) => { ${ASK}; ask().then(postMessage) }`,
  },
  'shared worker': {
    page: `const { port } = new SharedWorker('/other'); port.onmessage = ({ data }) => show(data); port.postMessage(id)`,
    // What it asks for at its very start can be missed: nobody holds it until it is listened to.
    other: `const settings = fetch('/api/settings')
      onconnect = ({ ports: [port] }) => { port.onmessage = async ({ data: ID }) => { ${ASK}; await settings; port.postMessage(await ask()) } }`,
  },
  'service worker': {
    page: `navigator.serviceWorker.onmessage = ({ data }) => show(data)
      navigator.serviceWorker.register('/other').then(async () => (await navigator.serviceWorker.ready).active.postMessage(id))`,
    other: `onmessage = (event) => { const ID = event.data; ${ASK}; event.waitUntil(ask().then((p) => event.source.postMessage(p))) }`,
  },
}
const FIELDS = { name: 'h1', code: 'b' }
/** Nobody sees that a page waits for its shared worker. */
const expected = { selector: 'b:not(:empty)' }
const product = (id: string) => ({ name: `Chair No. ${id}`, code: `c${Number(id) * 7919}` })

let broker: Broker
let session: Session
let server: TestServer
let kind: string
let replaced: readonly [string, string]
beforeEach(async () => {
  replaced = ['', '']
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
  const { page, other } = SITES[kind] as { page: string; other: string }
  if (pathname === '/other') {
    response.setHeader('content-type', other.startsWith('<') ? 'text/html' : 'text/javascript').end(other)
  } else if (pathname === '/api/settings') setTimeout(() => response.end('{}'), 500)
  else if (pathname.startsWith('/api/')) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(product(pathname.split('/').at(-1) as string)))
  } else if (pathname.startsWith('/p/')) {
    const shell = `<!doctype html><title>Shop</title><h1></h1><b></b><script type=module>
      const id = location.pathname.split('/').at(-1)
      const show = ({ name, code }) => { document.querySelector('h1').textContent = name; document.querySelector('b').textContent = code }
      ${page.replace(...replaced)}</script>`
    response.setHeader('content-type', 'text/html').end(shell)
  } else response.writeHead(404).end()
}

describe('what a page has others ask for', () => {
  it.each(Object.keys(SITES))('is found and learned where the script of a %s asks', async (name) => {
    kind = name
    const { requests, missing } = await session.discover(`${server.origin}/p/731`, {
      want: FIELDS,
      expect: expected,
    })
    expect(missing).toEqual([])
    expect(requests[0]).toMatchObject({
      url: `${server.origin}/api/products/{path[1]}`,
      fields: [{ path: '$.name' }, { path: '$.code' }],
      replayable: true,
    })
    expect(requests[0]?.reasons.join()).toContain(name.includes('frame') ? 'of a frame' : 'of a worker')
    const via = []
    for (const id of ['731', '732', '733']) {
      const response = await session.fetch(`${server.origin}/p/${id}`, { extract: FIELDS, expect: expected })
      expect(await response.json()).toEqual(product(id))
      via.push(response.via)
    }
    expect(via).toEqual(['page', 'page', 'http'])
  })

  it('is left out where a frame of another site asks', async () => {
    const elsewhere = server.origin.replace('127.0.0.1', 'localhost')
    kind = 'frame'
    replaced = [`'/other?'`, `'${elsewhere}/other?'`]
    const { requests, missing } = await session.discover(`${server.origin}/p/731`, {
      want: FIELDS,
      expect: expected,
    })
    expect([requests, missing]).toEqual([[], ['name', 'code']])
  })
})
