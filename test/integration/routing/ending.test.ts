import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

/** Takes a request that fails for a failed login, in each way that scripts can hear of it, and posts a logout. */
const touchy = (name: string) => `
  const out = (how) => {
    navigator.sendBeacon?.('/logout?${name}-' + how)
    fetch('/logout?${name}-' + how, { method: 'POST', keepalive: true }).catch(() => {})
  }
  fetch('/held?${name}').then(() => {}, () => out('fetch'))
  const xhr = new XMLHttpRequest()
  xhr.open('GET', '/held?${name}-xhr')
  xhr.onerror = xhr.onabort = xhr.ontimeout = () => out('xhr')
  xhr.send()`

const PAGE = `<!doctype html><title>App</title><p>an application</p><iframe src="/frame"></iframe>
  <script>new Worker('/worker.js')</script><script>${touchy('page')}</script>`
/** As `PAGE`, once a challenge was passed. */
const GATE = `<!doctype html><title>Just a moment...</title><script>
  document.cookie = 'clearance=good; path=/'; location.reload()</script>`
/** Renews its token, and goes on to what it was about. */
const RENEWING = `<!doctype html><title>App</title><p>an application</p><script>
  const out = () => navigator.sendBeacon('/logout?renewing')
  const renew = async () => {
    const { token } = await (await fetch('/renew', { method: 'POST' })).json()
    localStorage.token = token
    await fetch('/api/me', { headers: { authorization: 'Bearer ' + token } })
    const profile = await (await fetch('/held?profile')).text()
    localStorage.profile = profile
  }
  renew().catch(out)</script>`

let server: TestServer
let broker: Broker
let session: Session
let logouts: string[]
let held: Map<string, ServerResponse>
let tokens: number
const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }

beforeEach(async () => {
  logouts = []
  held = new Map()
  tokens = 0
  server = await startHttpServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://site')
    const cleared = /clearance=good/.test(request.headers.cookie ?? '')
    switch (pathname) {
      case '/held':
        return void held.set(search.slice(1), response)
      case '/logout':
        logouts.push(search.slice(1))
        return void response.end()
      case '/worker.js':
        return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(touchy('worker'))
      case '/frame':
        return void response.writeHead(200, html).end(`<!doctype html><script>${touchy('frame')}</script>`)
      case '/gated':
        if (cleared) return void response.writeHead(200, html).end(PAGE)
        return void response.writeHead(403, { ...html, 'cf-mitigated': 'challenge' }).end(GATE)
      case '/page':
        return void response.writeHead(200, html).end(PAGE)
      case '/renewing':
        return void response.writeHead(200, html).end(RENEWING)
      case '/renew':
        return void response.end(JSON.stringify({ token: `access-token-number-${++tokens}` }))
      case '/api/me': {
        const good = request.headers.authorization === `Bearer access-token-number-${tokens}`
        return void response.writeHead(good ? 200 : 401).end('{}')
      }
      default:
        return void response.writeHead(200, html).end('<!doctype html>')
    }
  })
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

/** What scripts were told of reaches the site before this does. */
async function heard(): Promise<string[]> {
  const last = await broker.session('last')
  const page = await last.page()
  await page.goto(`${server.origin}/last`)
  await page.evaluate(() => fetch('/last', { method: 'POST', keepalive: true }).then(() => {}))
  return logouts
}
/** So that its start, which takes seconds on a busy machine, is not in the time of a request. */
const startBrowser = async () => (await session.page()).close()
const waiting = () => eventually(() => expect(held.size).toBeGreaterThanOrEqual(6))
/** The browser gave up what a page waited for: the page is gone. */
const gone = () => eventually(() => expect([...held.values()].every(({ closed }) => closed)).toBe(true))

describe('a page that ends while its scripts wait for answers shows them no error', () => {
  it('when its user closes it', async () => {
    const page = await session.page()
    await page.goto(`${server.origin}/page`)
    await waiting()
    await page.close()
    await gone()
    expect(await heard()).toEqual([])
  })

  it('when the session is released', async () => {
    const page = await session.page()
    await page.goto(`${server.origin}/page`)
    await waiting()
    await session.release()
    await gone()
    expect(await heard()).toEqual([])
  })

  it('when it was rendered', async () => {
    await startBrowser()
    const response = await session.fetch(`${server.origin}/page`, { render: true, timeoutMs: 20_000 })
    expect(response.via).toBe('page')
    expect(await response.text()).toContain('an application')
    await waiting()
    await gone()
    expect(await heard()).toEqual([])
  })

  it('when its time is up', async () => {
    await startBrowser()
    const late = session.fetch(`${server.origin}/page`, {
      expect: { selector: '#never' },
      render: true,
      timeoutMs: 10_000,
    })
    await expect(late).rejects.toMatchObject({ code: 'ONEJAR_TIMEOUT' })
    await waiting()
    await gone()
    expect(await heard()).toEqual([])
  })

  it('when it was visited for a challenge', async () => {
    const response = await session.fetch(`${server.origin}/gated`)
    expect(await response.text()).toContain('an application')
    await session.release()
    await gone()
    expect(await heard()).toEqual([])
  })

  it('when it has renewed a token: it comes to rest first, and nobody waits for that', async () => {
    const page = await session.page()
    await page.goto(`${server.origin}/renewing`)
    await eventually(() => expect(held.has('profile')).toBe(true))
    held.get('profile')?.end('first')
    await page.waitForFunction(() => localStorage['profile'] === 'first')
    await session.flush()
    await page.close()
    expect(session.tokenBindings.list()).toMatchObject([{ page: `${server.origin}/renewing` }])
    held.clear()
    // The token that the session has is over.
    tokens++
    const response = await session.fetch(`${server.origin}/api/me`)
    expect(response.status).toBe(200)
    await eventually(() => expect(held.has('profile')).toBe(true))
    held.get('profile')?.end('second')
    const written = () => session.localStorage(server.origin).get('profile')
    await eventually(async () => expect(await written()).toBe('second'))
    expect(await heard()).toEqual([])
  })
})
