import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Page } from 'playwright'
import { fetch as undiciFetch } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEMO_ACCOUNT } from '../../../examples/demo/site/accounts.ts'
import { startDemoSite } from '../../../examples/demo/site/server.ts'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { collect, memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A site: documents at `/…`, what a test wants at `/api…`. Every request's headers are kept. */
async function startSite(api: Answer = (_, response) => void response.end('{}'), head = '') {
  const seen: Array<{ url: string; headers: IncomingMessage['headers'] }> = []
  const server = await startHttpServer(async (request, response) => {
    const url = request.url ?? '/'
    seen.push({ url, headers: request.headers })
    if (url.startsWith('/api')) return void (await api(request, response))
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
    response.end(`<!doctype html><title>site</title>${head}<p>a document of the site</p>`)
  })
  const last = (path: string) => seen.findLast(({ url }) => url === path)?.headers
  return Object.assign(Object.create(server) as TestServer, { seen, last })
}

const token = () => randomBytes(24).toString('hex')

let broker: Broker
let session: Session
let events: SessionEvent[]
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(() => broker.close())

const ofType = (type: SessionEvent['type']) => events.filter((event) => event.type === type)

/** Sends a request from the page, with a header that is made of what the expression gives. */
async function send(page: Page, url: string, header: string, expression: string): Promise<void> {
  await page.evaluate(
    `fetch(${JSON.stringify(url)}, { headers: { ${JSON.stringify(header)}: ${expression} } }).then((r) => r.text())`,
  )
}

describe('a header that pages take from localStorage', () => {
  it('is sent by HTTP too, with the value that the item has then, and not after a log-out', async () => {
    await using site = await startSite()
    const first = token()
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(`localStorage.auth = JSON.stringify({ user: { token: '${first}' } })`)
    await send(page, '/api/a', 'Authorization', "'Bearer ' + JSON.parse(localStorage.auth).user.token")

    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')?.authorization).toBe(`Bearer ${first}`)
    expect(session.tokenBindings.list()).toEqual([
      {
        origin: site.origin,
        header: 'authorization',
        template: 'Bearer {}',
        transform: 'raw',
        page: `${site.origin}/`,
        source: { kind: 'local', origin: site.origin, key: 'auth', path: ['user', 'token'] },
        learned: true,
      },
    ])

    const second = token()
    await page.evaluate(`localStorage.auth = JSON.stringify({ user: { token: '${second}' } })`)
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')?.authorization).toBe(`Bearer ${second}`)

    await session.fetch(`${site.origin}/api/own`, { headers: { Authorization: 'Basic own' } })
    expect(site.last('/api/own')?.authorization).toBe('Basic own')

    await page.evaluate('localStorage.clear()')
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).not.toHaveProperty('authorization')

    await session.release()
    expect(ofType('token-binding-learned')).toMatchObject([{ header: 'authorization', source: 'local' }])
    expect(ofType('token-binding-used')).toHaveLength(1)
    expect(JSON.stringify(events)).not.toContain(first)
    expect(JSON.stringify(events)).not.toContain(second)
  })

  it('is known again after the session was parked, and is taken away by remove()', async () => {
    await using site = await startSite()
    const page = await session.page()
    await page.goto(site.origin)
    const value = token()
    await page.evaluate(`localStorage.token = '${value}'`)
    await send(page, '/api/a', 'x-api-token', 'localStorage.token')
    await session.release()

    const again = await broker.session('a')
    await again.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')?.['x-api-token']).toBe(value)
    expect(again.tokenBindings.remove(site.origin, 'X-Api-Token')).toBe(true)
    expect(again.tokenBindings.remove(site.origin, 'X-Api-Token')).toBe(false)
    const reopened = await again.page()
    await reopened.goto(site.origin)
    for (const url of ['/api/b', '/api/c', '/api/d'])
      await send(reopened, url, 'x-api-token', 'localStorage.token')
    await again.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).not.toHaveProperty('x-api-token')
  })

  it('of an item that was there before needs to be seen twice', async () => {
    await using site = await startSite()
    const value = token()
    const stored = JSON.stringify({
      cookies: [],
      origins: [{ origin: site.origin, localStorage: [{ name: 'token', value }] }],
    })
    await broker.session('b').then(async (other) => {
      await other.import(stored)
      await other.release()
    })
    const loaded = await broker.session('b')
    const page = await loaded.page()
    await page.goto(site.origin)
    await send(page, '/api/a', 'x-token', 'localStorage.token')
    await loaded.fetch(`${site.origin}/api/http`)
    expect(loaded.tokenBindings.list()).toEqual([])
    await send(page, '/api/b', 'x-token', 'localStorage.token')
    await loaded.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')?.['x-token']).toBe(value)
  })

  it('is not sent when the token has expired by its own claim', async () => {
    await using site = await startSite()
    const jwt = (exp: number) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      return `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'u', exp })}.${token()}`
    }
    const now = Math.floor(Date.now() / 1000)
    const good = jwt(now + 600)
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(`localStorage.jwt = '${good}'`)
    await send(page, '/api/a', 'Authorization', "'Bearer ' + localStorage.jwt")
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')?.authorization).toBe(`Bearer ${good}`)
    await session.localStorage(site.origin).set('jwt', jwt(now - 1))
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).not.toHaveProperty('authorization')
  })
})

describe('a header that pages take from elsewhere', () => {
  it('a cookie, percent-decoded: the double submit', async () => {
    await using site = await startSite()
    const page = await session.page()
    await page.goto(site.origin)
    const value = `${token()}+/==`
    await page.evaluate(`document.cookie = 'XSRF-TOKEN=${encodeURIComponent(value)}; path=/'`)
    await send(
      page,
      '/api/a',
      'X-XSRF-TOKEN',
      'decodeURIComponent(document.cookie.match(/XSRF-TOKEN=([^;]*)/)[1])',
    )
    await session.fetch(`${site.origin}/api/post`, { method: 'POST', body: 'x' })
    expect(site.last('/api/post')?.['x-xsrf-token']).toBe(value)
    const next = `${token()}+`
    await session.cookies.set(`XSRF-TOKEN=${encodeURIComponent(next)}; Path=/`, site.origin)
    await session.fetch(`${site.origin}/api/post`, { method: 'POST', body: 'x' })
    expect(site.last('/api/post')?.['x-xsrf-token']).toBe(next)
    await session.cookies.clear({ name: 'XSRF-TOKEN' })
    await session.fetch(`${site.origin}/api/post`, { method: 'POST', body: 'x' })
    expect(site.last('/api/post')).not.toHaveProperty('x-xsrf-token')
  })

  it('an item with its scheme, percent-encoded ones, and members of pairs and of JSON in a cookie', async () => {
    await using site = await startSite()
    const page = await session.page()
    await page.goto(site.origin)
    const write = (value: string) =>
      page.evaluate(`{
        localStorage.scheme = 'Bearer a${value}'
        localStorage.encoded = encodeURIComponent('b${value}+==')
        document.cookie = 'both=' + encodeURIComponent('Bearer c${value}') + '; path=/'
        document.cookie = 'm=2258:' + encodeURIComponent(encodeURIComponent('d${value}/=')) + '|34e2:x; path=/'
        document.cookie = 'user=' + encodeURIComponent(JSON.stringify({ name: 'a', token: 'e${value}' })) + '; path=/'
      }`)
    const made = {
      'x-scheme': 'localStorage.scheme',
      'x-encoded': 'decodeURIComponent(localStorage.encoded)',
      authorization: 'decodeURIComponent(document.cookie.match(/both=([^;]*)/)[1])',
      'x-member-token': 'decodeURIComponent(decodeURIComponent(document.cookie.match(/m=2258:([^|]*)/)[1]))',
      'x-user-token': 'JSON.parse(decodeURIComponent(document.cookie.match(/user=([^;]*)/)[1])).token',
    }
    const expected = (value: string) => ({
      'x-scheme': `Bearer a${value}`,
      'x-encoded': `b${value}+==`,
      authorization: `Bearer c${value}`,
      'x-member-token': `d${value}/=`,
      'x-user-token': `e${value}`,
    })
    const [first, second] = [token(), token()]
    await write(first)
    for (const [header, expression] of Object.entries(made)) await send(page, '/api/a', header, expression)
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).toMatchObject(expected(first))
    await write(second)
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).toMatchObject(expected(second))
    await page.evaluate(`{
      localStorage.clear()
      for (const name of ['both', 'user']) document.cookie = name + '=; path=/; max-age=0'
      document.cookie = 'm=34e2:x; path=/'
    }`)
    await session.fetch(`${site.origin}/api/http`)
    for (const header of Object.keys(made)) expect(site.last('/api/http')).not.toHaveProperty(header)
    expect(site.last('/api/http')?.cookie).toBe('m=34e2:x')
  })

  it('a meta of the document, and sessionStorage', async () => {
    const value = token()
    await using site = await startSite(undefined, `<meta name="csrf-token" content="${value}">`)
    const page = await session.page()
    await page.goto(site.origin)
    const item = token()
    await page.evaluate(`sessionStorage.tab = JSON.stringify({ access: '${item}' })`)
    const meta = "document.querySelector('meta[name=csrf-token]').content"
    for (const url of ['/api/a', '/api/b']) {
      await send(page, url, 'X-CSRF-Token', meta)
      await send(page, url, 'X-Tab', 'JSON.parse(sessionStorage.tab).access')
    }
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).toMatchObject({ 'x-csrf-token': value, 'x-tab': item })
    await page.evaluate("sessionStorage.clear(), document.querySelector('meta[name=csrf-token]').remove()")
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).not.toHaveProperty('x-csrf-token')
    expect(site.last('/api/http')).not.toHaveProperty('x-tab')
  })

  it('is declared by hand, and what pages send does not change it', async () => {
    await using site = await startSite()
    session.tokenBindings.add({
      origin: site.origin,
      header: 'X-Key',
      template: 'key {}',
      source: { local: 'settings', path: ['key'] },
    })
    await session.localStorage(site.origin).set('settings', '{"key":"declared-by-hand"}')
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')?.['x-key']).toBe('key declared-by-hand')
    expect(() =>
      session.tokenBindings.add({ origin: site.origin, header: 'cookie', source: { local: 'a' } }),
    ).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' }))
    expect(() =>
      session.tokenBindings.add({
        origin: site.origin,
        header: 'x',
        template: 'none',
        source: { local: 'a' },
      }),
    ).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' }))
  })
})

describe('a header that is sent while pages are being read', () => {
  it('is looked for in what the next reading finds', async () => {
    await using site = await startSite()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    await using slow = await startSite((_, response) => released.then(() => void response.end()))
    const page = await session.page()
    await page.goto(site.origin)
    const other = await session.page()
    await other.goto(slow.on('localhost'))
    await session.fetch(`${site.origin}/api/http`)
    // It answers nobody until its request is answered: a reading of all pages waits for it.
    const busy = other.evaluate(`{
      const request = new XMLHttpRequest()
      request.open('GET', '/api/busy', false)
      request.send()
    }`)
    await eventually(() => expect(slow.last('/api/busy')).toHaveProperty('host'))
    await send(page, '/api/a', 'x-client', "'the-site-itself'")
    const value = token()
    await page.evaluate(`localStorage.token = '${value}'`)
    await send(page, '/api/b', 'Authorization', "'Bearer ' + localStorage.token")
    release()
    await busy
    await session.fetch(`${site.origin}/api/http`)
    expect(site.last('/api/http')).toMatchObject({ authorization: `Bearer ${value}` })
  })
})

describe('no binding', () => {
  it('comes of what is short, of words, of what is found nowhere, or of what the browser sends itself', async () => {
    await using site = await startSite()
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(`
      localStorage.short = 'a1b2c3d'
      localStorage.theme = 'dark-blue-theme'
      localStorage.build = 'release-2026-11-22'
      localStorage.home = '${site.origin}/a1b2c3d4e5f6a7b8'
      localStorage.accept = 'application/json'`)
    for (let round = 0; round < 4; round++) {
      await send(page, '/api/1', 'x-token', 'localStorage.short')
      await send(page, '/api/2', 'x-theme', 'localStorage.theme')
      await send(page, '/api/3', 'x-build', 'localStorage.build')
      await send(page, '/api/4', 'x-home', 'localStorage.home')
      await send(page, '/api/5', 'accept', 'localStorage.accept')
      await send(page, '/api/6', 'x-request-id', `'${token()}'`)
      await send(page, '/api/7', 'x-signature', `'${token()}' + localStorage.theme`)
    }
    await session.fetch(`${site.origin}/api/http`)
    expect(session.tokenBindings.list()).toEqual([])
  })

  it('comes of a header that a refused preflight kept back', async () => {
    await using site = await startSite()
    await using other = await startSite((_, response) => void response.writeHead(403).end())
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(`localStorage.token = '${token()}'`)
    for (let round = 0; round < 3; round++) {
      await send(page, `${other.origin}/api/x`, 'Authorization', "'Bearer ' + localStorage.token").catch(
        () => {},
      )
    }
    expect(other.seen.length).toBeGreaterThan(0)
    await session.fetch(`${other.origin}/api/http`)
    expect(session.tokenBindings.list()).toEqual([])
    expect(other.last('/api/http')).not.toHaveProperty('authorization')
  })
})

describe('two origins', () => {
  it('never get each other’s token: not by request, not by redirect', async () => {
    const canary = token()
    await using api = await startSite((request, response) => {
      response.writeHead(200, {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization',
      })
      response.end(request.method)
    })
    await using evil = await startSite()
    await using site = await startSite((request, response) => {
      if (request.url === '/api/away') response.writeHead(302, { location: `${evil.origin}/api/stolen` })
      response.end()
    })
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(`localStorage.token = '${canary}'`)
    await send(page, `${api.origin}/api/x`, 'Authorization', "'Bearer ' + localStorage.token")
    await send(page, '/api/y', 'X-Token', 'localStorage.token')
    const stranger = await session.page()
    await stranger.goto(evil.origin)
    await send(stranger, '/api/z', 'X-Token', "'not-the-token-of-the-others'")

    for (const { origin } of [api, site, evil]) await session.fetch(`${origin}/api/http`)
    await session.fetch(`${site.origin}/api/away`)
    await session.fetch(`${evil.on('localhost')}/api/name`)
    expect(api.last('/api/http')).toMatchObject({ authorization: `Bearer ${canary}` })
    expect(api.last('/api/http')).not.toHaveProperty('x-token')
    expect(site.last('/api/http')).toMatchObject({ 'x-token': canary })
    expect(site.last('/api/http')).not.toHaveProperty('authorization')
    expect(site.last('/api/away')).toMatchObject({ 'x-token': canary })
    expect(evil.last('/api/stolen')).toHaveProperty('host', new URL(evil.origin).host)
    expect(JSON.stringify(evil.seen)).not.toContain(canary)
  })
})

describe('the session’s dispatcher', () => {
  it('sends the tokens too: to their own origin, not over a redirect, and not before the caller’s own', async () => {
    const canary = token()
    await using evil = await startSite()
    await using site = await startSite((request, response) => {
      if (request.url === '/api/away') response.writeHead(302, { location: `${evil.origin}/api/stolen` })
      response.end()
    })
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(`localStorage.token = '${canary}'`)
    await send(page, '/api/a', 'Authorization', "'Bearer ' + localStorage.token")
    const { dispatcher } = session
    await undiciFetch(`${site.origin}/api/fetch`, { dispatcher })
    expect(site.last('/api/fetch')).toMatchObject({ authorization: `Bearer ${canary}` })
    await undiciFetch(`${site.origin}/api/own`, { dispatcher, headers: { Authorization: 'Basic own' } })
    expect(site.last('/api/own')).toMatchObject({ authorization: 'Basic own' })
    await undiciFetch(`${site.origin}/api/away`, { dispatcher })
    expect(site.last('/api/away')).toMatchObject({ authorization: `Bearer ${canary}` })
    expect(evil.last('/api/stolen')).toHaveProperty('host', new URL(evil.origin).host)
    expect(JSON.stringify(evil.seen)).not.toContain(canary)
    await page.evaluate('localStorage.clear()')
    await undiciFetch(`${site.origin}/api/gone`, { dispatcher })
    expect(site.last('/api/gone')).not.toHaveProperty('authorization')
  })
})

describe('a 401', () => {
  /** A site whose page renews its token when the API refuses it; each refresh token is good once. */
  async function startRotating() {
    let current = token()
    let refresh = token()
    const counts = { refreshes: 0, reused: 0, refused: 0 }
    const script = `<script>
      const api = () => fetch('/api/me', { headers: { Authorization: 'Bearer ' + localStorage.access } })
      async function start() {
        if (!localStorage.access) return
        const response = await api()
        if (response.status !== 401) return
        const renewed = await fetch('/api/refresh', { method: 'POST', body: localStorage.renewal })
        if (!renewed.ok) return
        const { access, renewal } = await renewed.json()
        localStorage.access = access
        localStorage.renewal = renewal
        await api()
      }
      const started = start()
    </script>`
    const site = await startSite(async (request, response) => {
      if (request.url === '/api/refresh') {
        counts.refreshes++
        if ((await readBody(request)).toString() !== refresh) {
          counts.reused++
          return void response.writeHead(403).end()
        }
        current = token()
        refresh = token()
        return void response.end(JSON.stringify({ access: current, renewal: refresh }))
      }
      const good = request.headers.authorization === `Bearer ${current}`
      if (!good) counts.refused++
      response.writeHead(good ? 200 : 401).end(request.method)
    }, script)
    return Object.assign(site, {
      counts,
      expire: () => {
        current = token()
      },
      revoke: () => {
        refresh = token()
      },
      grant: () => ({ access: current, renewal: refresh }),
      documents: () => site.seen.filter(({ url }) => !/^\/(?:api|favicon)/.test(url)).length,
    })
  }

  async function logIn(site: Awaited<ReturnType<typeof startRotating>>) {
    const page = await session.page()
    await page.goto(`${site.origin}/account?secret=1`)
    const { access, renewal } = site.grant()
    await page.evaluate(`localStorage.access = '${access}', localStorage.renewal = '${renewal}'`)
    await page.evaluate('api().then((response) => response.text())')
    await page.close()
    expect((await session.fetch(`${site.origin}/api/http`)).status).toBe(200)
    expect(session.tokenBindings.list()).toMatchObject([{ page: `${site.origin}/account` }])
  }

  it('lets the page renew its token, once for all who met it, and is replayed', async () => {
    await using site = await startRotating()
    await logIn(site)
    for (let round = 1; round <= 2; round++) {
      site.expire()
      const responses = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          session.fetch(`${site.origin}/api/${n}`, n % 2 === 0 ? {} : { method: 'POST', body: 'x' }),
        ),
      )
      expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200))
      expect(await responses[1]?.text()).toBe('POST')
      expect(site.counts).toMatchObject({ refreshes: round, reused: 0 })
    }
  })

  it('has a page show what it sends with a token that was stored and not used, once', async () => {
    await using site = await startRotating()
    const page = await session.page()
    await page.goto(`${site.origin}/login`)
    const { access } = site.grant()
    await page.evaluate(`localStorage.access = '${access}', localStorage.token_type = 'bearer'`)
    await page.evaluate(`localStorage.auth = JSON.stringify({ accessToken: '${access}' })`)
    await page.close()
    const before = site.documents()
    const first = await Promise.all([1, 2, 3].map((n) => session.fetch(`${site.origin}/api/${n}`)))
    expect(first.map(({ status, via }) => [status, via])).toEqual(Array(3).fill([200, 'http']))
    expect(site.documents()).toBe(before + 1)
    expect((await session.fetch(`${site.origin}/api/4`)).status).toBe(200)
    expect(site.documents()).toBe(before + 1)
  })

  it('opens one page for a token that the site’s pages do not use, and none without a token', async () => {
    await using site = await startSite((_, response) => void response.writeHead(401).end())
    const page = await session.page()
    await page.goto(site.origin)
    const documents = () => site.seen.filter(({ url }) => !/^\/(?:api|favicon)/.test(url)).length
    const before = documents()
    expect((await session.fetch(`${site.origin}/api/1`)).status).toBe(401)
    expect(documents()).toBe(before)
    await page.evaluate(`localStorage.accessToken = '${token()}'`)
    const refused = await Promise.all([2, 3].map((n) => session.fetch(`${site.origin}/api/${n}`)))
    expect(refused.map(({ status }) => status)).toEqual([401, 401])
    expect((await session.fetch(`${site.origin}/api/4`)).status).toBe(401)
    expect(documents()).toBe(before + 1)
    expect(session.tokenBindings.list()).toEqual([])
  })

  it('that the page cannot renew is given to the caller, and the page is not asked again for that token', async () => {
    await using site = await startRotating()
    await logIn(site)
    site.expire()
    site.revoke()
    const statuses = await Promise.all([1, 2, 3].map((n) => session.fetch(`${site.origin}/api/${n}`)))
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 401])
    expect(site.counts.refreshes).toBe(1)
    expect((await session.fetch(`${site.origin}/api/4`)).status).toBe(401)
    expect(site.counts.refreshes).toBe(1)
  })

  it('has the page try before the hook that logs in, which is asked only where that does not help', async () => {
    await using site = await startRotating()
    let logins = 0
    session = await broker.session('hooked', {
      reauthenticate: async (what) => {
        logins++
        const { access, renewal } = site.grant()
        await what.session.localStorage(site.origin).set('access', access)
        await what.session.localStorage(site.origin).set('renewal', renewal)
      },
    })
    await logIn(site)
    site.expire()
    expect((await session.fetch(`${site.origin}/api/1`)).status).toBe(200)
    expect([site.counts.refreshes, logins]).toEqual([1, 0])
    site.expire()
    site.revoke()
    expect((await session.fetch(`${site.origin}/api/2`)).status).toBe(200)
    expect([site.counts.refreshes, logins]).toEqual([2, 1])
  })

  it('opens no page when the caller sent a header of its own, or the token is gone', async () => {
    await using site = await startRotating()
    await logIn(site)
    site.expire()
    const before = site.documents()
    const own = await session.fetch(`${site.origin}/api/1`, { headers: { authorization: 'Bearer own' } })
    const kept = await session.fetch(`${site.origin}/api/2`, { escalate: false })
    await session.localStorage(site.origin).clear()
    const without = await session.fetch(`${site.origin}/api/3`)
    expect([own.status, kept.status, without.status]).toEqual([401, 401, 401])
    expect(site.documents()).toBe(before)
  })
})

describe('the demo site', () => {
  it('is logged in to in a page, and its API answers HTTP with no header by hand', async () => {
    await using site = await startDemoSite({ pages: 20, cost: 100 })
    await using other = await memoryBroker({ identity: undefined } as never)
    const shopper = await other.session('shopper')
    const page = await shopper.page()
    await page.goto(`${site.origin}/login`)
    await page.getByLabel('User').fill(DEMO_ACCOUNT.user)
    await page.getByLabel('Password').fill(DEMO_ACCOUNT.password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('Logged in.').waitFor()
    const first = await shopper.fetch(`${site.origin}/api/orders`)
    await page.close()
    const second = await shopper.fetch(`${site.origin}/api/orders?page=2`)
    expect([first.status, first.via, second.status, second.via]).toEqual([200, 'http', 200, 'http'])
    await eventually(() => expect(site.stats().apiUnauthorised).toBe(0))
  })
})
