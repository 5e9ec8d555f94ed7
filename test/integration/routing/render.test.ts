import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startGate } from '../../support/gates.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

const shell = (script: string) => `<!doctype html><title>App</title><div id="root"></div>
  <script>const root = document.querySelector('#root'); const show = (text) => { root.innerHTML = '<b>' + text + '</b>' }
  ${script}</script>`

/** Applications that show `ready` after what such applications do first. */
const APPLICATIONS = {
  'asks its API': `fetch('/api/slow').then((r) => r.text()).then(show)`,
  'asks one thing after another': `(async () => {
    show('Loading...')
    for (const path of ['/api/a', '/api/b', '/api/c']) await (await fetch(path)).text()
    show(await (await fetch('/api/slow')).text())
  })()`,
  'asks with XMLHttpRequest': `const x = new XMLHttpRequest()
    x.open('GET', '/api/slow'); x.onload = () => show(x.responseText); x.send()`,
  'loads its script when it is there': `addEventListener('load', () => setTimeout(() => {
    const script = document.createElement('script'); script.src = '/chunk.js'; document.head.append(script)
  }, 100))`,
  'asks one place for all': `(async () => {
    const ask = async (query) => (await fetch('/api/graph', { method: 'POST', body: query })).text()
    for (const query of ['a', 'b', 'c', 'd', 'e', 'f']) await ask(query)
    show(await ask('slow'))
  })()`,
  'shows it in a shadow tree': `customElements.define('x-inner', class extends HTMLElement {
      connectedCallback() { fetch('/api/slow').then((r) => r.text()).then((text) => { this.shadowRoot.innerHTML = '<b>' + text + '</b>' }) }
      constructor() { super().attachShadow({ mode: 'open' }) }
    })
    customElements.define('x-app', class extends HTMLElement {
      constructor() { super().attachShadow({ mode: 'open' }).innerHTML = '<style>b { color: red }</style><x-inner></x-inner>' }
    })
    root.append(document.createElement('x-app'))`,
  'begins with a timer': `setTimeout(() => show('ready'), 600)`,
  'goes to its login first': `fetch('/api/me').then(() => { history.replaceState(null, '', '/login')
    setTimeout(() => fetch('/api/slow').then((r) => r.text()).then(show), 100) })`,
}
/** Pages that show `ready`, and never come to rest. */
const RESTLESS = {
  'asks again and again': `show('ready'); setInterval(() => fetch('/api/poll'), 50)`,
  'waits for news': `show('ready'); const ask = () => fetch('/api/held').then(ask, ask); ask()`,
  'listens to events': `new EventSource('/api/events').onmessage = () => show('ready')`,
  'reads a stream': `fetch('/api/events').then((r) => r.body.getReader().read()).then(() => show('ready'))`,
  'moves by itself': `show('ready'); let n = 0; setInterval(() => { document.title = String(++n) }, 20)`,
  'waits for a picture': `show('ready'); new Image(); const i = document.createElement('img'); i.src = '/api/held'; root.append(i)`,
}

let broker: Broker
let session: Session
let server: TestServer
beforeEach(async () => {
  server = await startHttpServer(answer)
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site')
  if (pathname === '/api/held') return
  if (pathname === '/api/slow') return void setTimeout(() => response.end('ready'), 700)
  if (pathname === '/api/graph') {
    request.once('data', (query) => {
      setTimeout(() => response.end('ready'), String(query) === 'slow' ? 700 : 0)
    })
    return
  }
  if (pathname === '/api/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    return
  }
  if (pathname === '/chunk.js') {
    response.setHeader('content-type', 'text/javascript')
    response.end(`fetch('/api/slow').then((r) => r.text()).then(show)`)
    return
  }
  if (pathname.startsWith('/api/')) return void response.end('{}')
  const name = searchParams.get('name') ?? ''
  const script = { ...APPLICATIONS, ...RESTLESS }[name]
  response.setHeader('content-type', 'text/html')
  response.end(script === undefined ? '<!doctype html><p>static' : shell(script))
}
const at = (name: string) => `${server.origin}/app?name=${encodeURIComponent(name)}`

describe('render', () => {
  it.each(Object.keys(APPLICATIONS))('waits for an application that %s', async (name) => {
    const response = await session.fetch(at(name), { render: true })
    expect([response.via, response.status]).toEqual(['page', 200])
    expect(await response.text()).toContain('<b>ready</b>')
  })

  it.each(Object.keys(RESTLESS))('has an end where a page %s', async (name) => {
    const startedAt = performance.now()
    const response = await session.fetch(at(name), { render: true, timeoutMs: 20_000 })
    expect(await response.text()).toContain('<b>ready</b>')
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  })

  it('is over as soon as the page shows what is expected', async () => {
    const response = await session.fetch(at('asks again and again'), {
      render: true,
      expect: { selector: '#root b' },
    })
    expect(await response.text()).toContain('<b>ready</b>')
  })
})

describe('the time of a caller holds', () => {
  const never = () => new Promise<boolean>(() => {})

  it.each([true, false])('while a function never says whether it is content (render: %s)', async (render) => {
    const page = await session.page()
    const error = await errorOf(session.fetch(at(''), { expect: never, render, timeoutMs: 3_000 }))
    expect(error.code).toBe('ONEJAR_TIMEOUT')
    const over = new AbortController()
    const aborted = session.fetch(at(''), {
      expect: () => {
        over.abort()
        return never()
      },
      render,
      signal: over.signal,
    })
    expect((await errorOf(aborted)).code).toBe('ONEJAR_ABORTED')
    // What never ends holds up nobody else.
    expect((await session.fetch(at(''), { render: true })).status).toBe(200)
    await page.close()
  })

  it('while a page works on without what is expected', async () => {
    const error = await errorOf(
      session.fetch(at('asks again and again'), { expect: { text: 'nowhere' }, timeoutMs: 6_000 }),
    )
    expect(error.code).toBe('ONEJAR_TIMEOUT')
  })

  it('while a page is at rest without it, it ends before', async () => {
    const startedAt = performance.now()
    const error = await errorOf(session.fetch(at(''), { expect: { text: 'nowhere' }, timeoutMs: 55_000 }))
    expect(error.code).toBe('ONEJAR_EXPECTATION_FAILED')
    expect(performance.now() - startedAt).toBeLessThan(50_000)
  })

  it('while a picture of a CAPTCHA is taken, which later requests tell of', async () => {
    using folder = temporaryFolder()
    const asked = new Set<string>()
    const looked = new Set<string>()
    const letGo = Promise.withResolvers<void>()
    await using gate = await startGate('captcha', {
      intercept: (request, response) => {
        const url = request.url ?? ''
        if (url === '/favicon.ico') return false
        // HTTP comes first, then the browser.
        if (!asked.has(url)) return !asked.add(url)
        looked.add(url)
        letGo.promise.then(() => response.end('<!doctype html><title>puzzle</title>'))
        return true
      },
    })
    const pictured = await memoryBroker({ screenshotFolder: folder.path })
    const one = await pictured.session('a')
    const error = await errorOf(one.fetch(`${gate.origin}/one`, { timeoutMs: 1_000 }))
    expect(error.code).toBe('ONEJAR_CAPTCHA')
    expect(error.details).not.toHaveProperty('screenshotPath')

    const two = await pictured.session('b')
    const over = new AbortController()
    const aborted = errorOf(two.fetch(`${gate.origin}/two`, { signal: over.signal }))
    await eventually(() => expect(looked).toContain('/two'))
    over.abort()
    expect((await aborted).code).toBe('ONEJAR_ABORTED')
    letGo.resolve()
    const picture = async () => (await errorOf(two.fetch(`${gate.origin}/two`))).details['screenshotPath']
    await eventually(async () => expect(existsSync(String(await picture()))).toBe(true))
    await pictured.close()
  })
})
