import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { collect, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

const token = () => randomBytes(24).toString('hex')
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A token that names its end. */
const jwt = (endsInSeconds: number) =>
  `${part({ alg: 'HS256' })}.${part({ sub: 'u', exp: Math.floor(Date.now() / 1000) + endsInSeconds })}.${token()}`

interface App extends TestServer {
  readonly seen: Array<{
    readonly method: string
    readonly url: string
    readonly headers: IncomingMessage['headers']
  }>
  /** How often a document was loaded. */
  documents(): number
}

async function startApp(
  script: string | (() => string),
  api: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<App> {
  const seen: Array<App['seen'][number]> = []
  const server = await startHttpServer(async (request, response) => {
    const { url = '/', headers, method = 'GET' } = request
    seen.push({ method, url, headers })
    if (url.startsWith('/api')) return void (await api(request, response))
    if (url === '/favicon.ico') return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
    response.end(
      `<!doctype html><title>app</title>${typeof script === 'string' ? script : script()}<p>app</p>`,
    )
  })
  const documents = () => seen.filter(({ url }) => !/^\/(?:api|favicon)/.test(url)).length
  return Object.assign(Object.create(server) as TestServer, { seen, documents })
}

let broker: Broker
let session: Session
let events: SessionEvent[]
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(() => broker.close())

const parked = async () => {
  await session.release()
  session = await broker.session('a')
  events = collect(session.events())
}

describe('a login in sessionStorage whose refresh token is good once', () => {
  const GUEST = 'guest'
  async function startRotating() {
    const state = { refresh: '', access: '', isOver: false, spentTwice: 0 }
    const issue = (response: ServerResponse) => {
      state.access = token()
      state.refresh = token()
      state.isOver = false
      response.end(JSON.stringify({ access_token: state.access, refresh_token: state.refresh }))
    }
    const app = await startApp(
      `<script>
        const put = async (answer) => { if (answer.ok) sessionStorage.user = await answer.text(); else sessionStorage.clear() }
        const user = () => JSON.parse(sessionStorage.user ?? 'null')
        const me = () => fetch('/api/me', { headers: { Authorization: 'Bearer ' + user().access_token } })
        async function load() {
          if (!user()) return '${GUEST}'
          if ((await me()).status === 401) await put(await fetch('/api/token', { method: 'POST', body: user().refresh_token }))
          return user() ? (await me()).text() : '${GUEST}'
        }
        const login = () => fetch('/api/token', { method: 'POST', body: 'password' }).then(put).then(load)
        load()
      </script>`,
      async (request, response) => {
        if (request.url === '/api/token') {
          const given = (await readBody(request)).toString()
          if (given === 'password' || given === state.refresh) return issue(response)
          state.spentTwice++
          response.writeHead(400)
        } else if (state.isOver || request.headers.authorization !== `Bearer ${state.access}`) {
          response.writeHead(401)
        }
        response.end('alice')
      },
    )
    return Object.assign(app, { state })
  }
  let app: Awaited<ReturnType<typeof startRotating>>
  beforeEach(async () => {
    app = await startRotating()
  })
  afterEach(() => app.close())
  const me = async () => (await session.fetch(`${app.origin}/api/me`)).status
  const logIn = async () => {
    const page = await session.page()
    await page.goto(`${app.origin}/home`)
    await page.evaluate('login()')
    expect(await me()).toBe(200)
    return page
  }

  it('is renewed by its page after the user’s page was closed', async () => {
    await (await logIn()).close()
    for (let i = 0; i < 2; i++) {
      app.state.isOver = true
      expect([await me(), await me()]).toEqual([200, 200])
    }
    expect(app.state.spentTwice).toBe(0)
  })

  it('is renewed beside the user’s page, which goes on with what is good then', async () => {
    const page = await logIn()
    app.state.isOver = true
    expect(await me()).toBe(200)
    await eventually(async () =>
      expect(await page.evaluate('sessionStorage.user')).toContain(app.state.refresh),
    )
    app.state.isOver = true
    expect(await page.evaluate('load()')).toBe('alice')
    expect([await me(), app.state.spentTwice]).toEqual([200, 0])
  })

  it('is not forgotten because a tab without it is opened', async () => {
    await (await logIn()).close()
    const other = await session.page()
    await other.goto(`${app.origin}/home`)
    expect(await other.evaluate('load()')).toBe(GUEST)
    expect(await me()).toBe(200)
    expect((await session.fetch(`${app.origin}/home`, { render: true })).via).toBe('page')
    expect(await me()).toBe(200)
  })

  it('is gone when its own tab has logged out', async () => {
    const page = await logIn()
    await page.evaluate('sessionStorage.clear()')
    expect(await me()).toBe(401)
  })
})

describe('a token that is kept', () => {
  it('in sessionStorage is learned at one sight', async () => {
    await using app = await startApp('', (_, response) => void response.end('{}'))
    const value = token()
    const page = await session.page()
    await page.goto(app.origin)
    await page.evaluate(`sessionStorage.token = '${value}'
      fetch('/api/me', { headers: { Authorization: 'Bearer ' + sessionStorage.token } }).then((r) => r.text())`)
    await session.fetch(`${app.origin}/api/http`)
    expect(app.seen.at(-1)?.headers.authorization).toBe(`Bearer ${value}`)
  })

  /** An application that sends what it keeps once, when it starts. */
  const startOnce = (value: string, area: 'localStorage' | 'sessionStorage') =>
    startApp(
      `<script>
        const auth = JSON.parse(${area}.auth ?? 'null')
        if (auth) fetch('/api/start', { headers: { Authorization: 'Bearer ' + auth.accessToken } })
      </script>`,
      ({ headers }, response) =>
        void response.writeHead(headers.authorization === `Bearer ${value}` ? 200 : 401).end('{}'),
    )

  it.each(['imported', 'imported and parked', 'set'])(
    'and was %s heals at the 401 by opening a page',
    async (how) => {
      const value = token()
      await using app = await startOnce(value, 'localStorage')
      const auth = JSON.stringify({ accessToken: value, user: 'alice' })
      if (how === 'set') await session.localStorage(app.origin).set('auth', auth)
      else {
        const origins = [{ origin: app.origin, localStorage: [{ name: 'auth', value: auth }] }]
        await session.import(JSON.stringify({ cookies: [], origins }))
      }
      if (how === 'imported and parked') await parked()
      const responses = await Promise.all([1, 2, 3].map((n) => session.fetch(`${app.origin}/api/${n}`)))
      expect(responses.map(({ status, via }) => [status, via])).toEqual(Array(3).fill([200, 'http']))
      expect(app.documents()).toBe(1)
      expect((await session.fetch(`${app.origin}/api/4`)).status).toBe(200)
      expect(app.documents()).toBe(1)
    },
  )

  it('by an origin of the same site is shown by its page', async () => {
    const value = token()
    await using api = await startApp('', ({ headers, method }, response) => {
      response.writeHead(headers.authorization === `Bearer ${value}` || method === 'OPTIONS' ? 200 : 401, {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization',
      })
      response.end('{}')
    })
    await using app = await startApp(
      `<script>fetch('${api.origin}/api/start', { headers: { Authorization: 'Bearer ' + localStorage.accessToken } })</script>`,
      (_, response) => void response.end(),
    )
    await session.localStorage(app.origin).set('accessToken', value)
    expect((await session.fetch(`${api.origin}/api/1`)).status).toBe(200)
  })
})

describe('an application on one site with its API on another', () => {
  it('heals at the 401 by its own page, and spends each refresh token once', async () => {
    let [access, refresh] = [token(), token()]
    const counts = { refreshes: 0, reused: 0 }
    await using api = await startApp('', async (request, response) => {
      const cors = {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization',
        'access-control-allow-methods': '*',
      }
      const write = (status: number, body = '') => void response.writeHead(status, cors).end(body)
      if (request.method === 'OPTIONS') return write(204)
      if (request.url !== '/api/refresh') {
        return write(request.headers.authorization === `Bearer ${access}` ? 200 : 401)
      }
      counts.refreshes++
      if ((await readBody(request)).toString() !== refresh) {
        counts.reused++
        return write(401)
      }
      access = token()
      refresh = token()
      write(200, JSON.stringify({ access, refresh }))
    })
    await using app = await startApp(
      `<script>
        const api = '${api.origin}/api'
        const call = () => fetch(api + '/me', { headers: { Authorization: 'Bearer ' + localStorage.access } })
        async function start() {
          if (!localStorage.access || (await call()).status !== 401) return
          const renewed = await fetch(api + '/refresh', { method: 'POST', body: localStorage.refresh })
          if (renewed.ok) Object.assign(localStorage, await renewed.json())
        }
        start()
      </script>`,
      (_, response) => void response.end(),
    )
    const page = await session.page()
    await page.goto(`${app.on('localhost')}/home`)
    await page.evaluate(`Object.assign(localStorage, ${JSON.stringify({ access, refresh })})`)
    await page.evaluate('call().then((r) => r.text())')
    expect((await session.fetch(`${api.origin}/api/first`)).status).toBe(200)
    await page.close()
    for (let round = 1; round <= 2; round++) {
      access = token()
      const calls = Array.from({ length: 10 }, (_, n) => session.fetch(`${api.origin}/api/${n}`))
      expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(10).fill(200))
      expect(counts).toEqual({ refreshes: round, reused: 0 })
    }
    await parked()
    access = token()
    expect((await session.fetch(`${api.origin}/api/next-day`)).status).toBe(200)
    expect(counts).toEqual({ refreshes: 3, reused: 0 })
  })
})

describe('a token that has run out by its own claim', () => {
  /** A rotating refresh token; guests are answered, too. */
  async function startGuestApp() {
    let refresh = token()
    let current = ''
    const counts = { refreshes: 0, reused: 0, guests: 0 }
    const script = `<script>
      const claims = (jwt) => JSON.parse(atob(jwt.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))
      async function start() {
        if (!localStorage.access) return
        if (claims(localStorage.access).exp * 1000 <= Date.now()) {
          const renewed = await fetch('/api/refresh', { method: 'POST', body: localStorage.refresh })
          if (!renewed.ok) return
          Object.assign(localStorage, await renewed.json())
        }
        await call()
      }
      const call = () => fetch('/api/me', { headers: { Authorization: 'Bearer ' + localStorage.access } })
      start()
    </script>`
    const app = await startApp(script, async (request, response) => {
      if (request.url === '/api/refresh') {
        counts.refreshes++
        if ((await readBody(request)).toString() !== refresh) {
          counts.reused++
          return void response.writeHead(401).end()
        }
        refresh = token()
        current = jwt(600)
        return void response.end(JSON.stringify({ access: current, refresh }))
      }
      const known = request.headers.authorization === `Bearer ${current}`
      if (!known) counts.guests++
      response.end(known ? 'alice' : 'guest')
    })
    return Object.assign(app, {
      counts,
      grant: (access: string) => {
        current = access
        return { access, refresh }
      },
      forget: () => {
        refresh = token()
      },
    })
  }

  async function logIn(app: Awaited<ReturnType<typeof startGuestApp>>, who = session) {
    const page = await who.page()
    await page.goto(`${app.origin}/login`)
    await page.evaluate(`Object.assign(localStorage, ${JSON.stringify(app.grant(jwt(600)))})`)
    await page.evaluate('call().then((r) => r.text())')
    await page.goto(`${app.origin}/home`)
    await page.evaluate('call().then((r) => r.text())')
    await who.fetch(`${app.origin}/api/http`)
    await page.close()
  }

  it('is renewed by its page before the request is sent, once for all callers', async () => {
    await using app = await startGuestApp()
    await logIn(app)
    app.counts.guests = 0
    expect(session.tokenBindings.list()).toMatchObject([{ page: `${app.origin}/home` }])
    for (let round = 1; round <= 2; round++) {
      await session.localStorage(app.origin).set('access', app.grant(jwt(-1)).access)
      const calls = Array.from({ length: 50 }, (_, n) => session.fetch(`${app.origin}/api/${n}`))
      const bodies = await Promise.all((await Promise.all(calls)).map((response) => response.text()))
      expect(bodies).toEqual(Array(50).fill('alice'))
      expect(app.counts).toEqual({ refreshes: round, reused: 0, guests: 0 })
    }
    expect(app.seen.filter(({ url }) => url === '/login')).toHaveLength(1)
  })

  it('is renewed once for all processes', async () => {
    await using app = await startGuestApp()
    using folder = temporaryFolder()
    const store = `sqlite:${join(folder.path, 'store.db')}`
    const brokers = [await memoryBroker({ store }), await memoryBroker({ store })]
    try {
      const first = await (brokers[0] as Broker).session('shared')
      await logIn(app, first)
      await first.localStorage(app.origin).set('access', app.grant(jwt(-1)).access)
      await first.flush()
      const sessions = [first, await (brokers[1] as Broker).session('shared')]
      app.counts.guests = 0
      const calls = sessions.flatMap((one) =>
        Array.from({ length: 5 }, (_, n) => one.fetch(`${app.origin}/api/${n}`)),
      )
      const bodies = await Promise.all((await Promise.all(calls)).map((response) => response.text()))
      expect(bodies).toEqual(Array(10).fill('alice'))
      expect(app.counts).toEqual({ refreshes: 1, reused: 0, guests: 0 })
    } finally {
      for (const one of brokers) await one.close()
    }
  })

  it('that its page cannot renew is left out, and an event says so, once', async () => {
    await using app = await startGuestApp()
    await logIn(app)
    app.forget()
    await session.localStorage(app.origin).set('access', app.grant(jwt(-1)).access)
    const ask = async () => (await session.fetch(`${app.origin}/api/x`)).text()
    expect(await Promise.all([ask(), ask()])).toEqual(['guest', 'guest'])
    expect(await ask()).toBe('guest')
    expect(app.counts.refreshes).toBe(1)
    await session.release()
    const told = events.filter(({ type }) => type === 'token-binding-empty')
    expect(told).toMatchObject([
      { origin: app.origin, header: 'authorization', state: 'expired', source: 'local' },
    ])
  })

  it('opens no page where the caller does without, or brings a header of its own', async () => {
    await using app = await startGuestApp()
    await logIn(app)
    await session.localStorage(app.origin).set('access', app.grant(jwt(-1)).access)
    const before = app.documents()
    await session.fetch(`${app.origin}/api/1`, { escalate: false })
    await session.fetch(`${app.origin}/api/2`, { headers: { authorization: 'Bearer own' } })
    expect(app.documents()).toBe(before)
  })
})

describe('a token against forged requests that a document holds', () => {
  /** A new token with each document, in a meta; those of a session are good until it is changed. */
  async function startForms(status = 422) {
    let good = new Set<string>()
    const forbidden = new Set<string>()
    const counts = { refused: 0 }
    const made = () => {
      const value = token()
      good.add(value)
      return `<meta name="csrf-param" content="authenticity_token"><meta name="csrf-token" content="${value}">`
    }
    const app = await startApp(made, ({ method, headers, url = '' }, response) => {
      const known = method === 'GET' || good.has(String(headers['x-csrf-token']))
      if (!known) counts.refused++
      response.writeHead(known && !forbidden.has(url) ? 200 : status).end('{}')
    })
    const change = () => {
      good = new Set()
    }
    return Object.assign(app, { counts, forbidden, change })
  }
  const CALL = `fetch('/api/start', { method: 'POST', headers: {
    'X-CSRF-Token': document.querySelector('meta[name=csrf-token]').content } }).then((r) => r.text())`
  const post = async (url: string) => (await session.fetch(url, { method: 'POST', body: 'x' })).status

  async function open(app: App) {
    const page = await session.page()
    await page.goto(`${app.origin}/form`)
    await page.evaluate(CALL)
    expect(await post(`${app.origin}/api/first`)).toBe(200)
    await page.close()
  }

  it('is learned at one sight, and has its value in a new process from a document that comes over HTTP', async () => {
    await using app = await startForms()
    await open(app)
    await parked()
    const before = app.documents()
    await (await session.fetch(`${app.origin}/list`)).text()
    expect(await post(`${app.origin}/api/next`)).toBe(200)
    expect([app.counts.refused, app.documents()]).toEqual([0, before + 1])
  })

  it('has its value in a new process by opening its page, before something is sent', async () => {
    await using app = await startForms()
    await open(app)
    await parked()
    const before = app.documents()
    expect((await session.fetch(`${app.origin}/api/read`)).status).toBe(200)
    expect(app.documents()).toBe(before)
    expect(await Promise.all([1, 2, 3].map((n) => post(`${app.origin}/api/${n}`)))).toEqual([200, 200, 200])
    expect([app.counts.refused, app.documents()]).toEqual([0, before + 1])
    await session.release()
    expect(events.filter(({ type }) => type === 'token-binding-empty')).toMatchObject([
      { state: 'gone', source: 'meta' },
    ])
  })

  it.each([403, 419, 422])('gets a chance at a %i, once for all', async (status) => {
    await using app = await startForms(status)
    await open(app)
    app.change()
    const before = app.documents()
    expect(await Promise.all([1, 2, 3].map((n) => post(`${app.origin}/api/${n}`)))).toEqual([200, 200, 200])
    expect(app.documents()).toBe(before + 1)
  })

  it('does not help where the site refuses for another reason: the page is opened once, and for other origins not at all', async () => {
    await using app = await startForms(403)
    await open(app)
    app.forbidden.add('/api/no')
    const before = app.documents()
    for (let round = 0; round < 3; round++) expect(await post(`${app.origin}/api/no`)).toBe(403)
    expect(app.documents()).toBe(before + 1)
    await using other = await startForms(403)
    expect(await post(`${other.origin}/api/1`)).toBe(403)
    expect(other.documents()).toBe(0)
  })
})

describe('a login whose cookie does not last', () => {
  /** The page's timer renews it, with a cookie that is good once; guests are answered, too. */
  async function startShortLogin() {
    let refresh = ''
    const good = new Map<string, number>()
    const counts = { renewals: 0, reused: 0 }
    const grant = (response: ServerResponse) => {
      const sid = token()
      refresh = token()
      // What was sent in time may arrive late on a busy machine.
      good.set(sid, Date.now() + 15_000)
      const cookies = [
        `sid=${sid}; Path=/; HttpOnly; Max-Age=10`,
        `refresh=${refresh}; Path=/; HttpOnly; Max-Age=3600`,
      ]
      response.writeHead(200, { 'set-cookie': cookies }).end('{}')
    }
    const cookie = ({ headers }: IncomingMessage, name: string) =>
      new RegExp(`(?:^|; )${name}=([^;]*)`).exec(headers.cookie ?? '')?.[1] ?? ''
    const script = `<script>
      if (location.pathname === '/home') setInterval(() => fetch('/api/renew', { method: 'POST' }), 2000)
    </script>`
    const app = await startApp(script, (request, response) => {
      if (request.url === '/api/login') return grant(response)
      if (request.url === '/api/renew') {
        counts.renewals++
        if (cookie(request, 'refresh') === refresh) return grant(response)
        counts.reused++
        return void response.writeHead(401).end()
      }
      const known = (good.get(cookie(request, 'sid')) ?? 0) > Date.now()
      setTimeout(() => response.end(known ? 'alice' : 'guest'), 50)
    })
    return Object.assign(app, { counts })
  }

  async function logIn(app: App) {
    const page = await session.page()
    await page.goto(`${app.origin}/login`)
    // Not waited for: the answer could come after the document is gone.
    await page.evaluate(
      `void fetch('/api/login', { method: 'POST' }).then(() => { location.href = '/home' })`,
    )
    await page.waitForURL('**/home')
    await page.close()
  }

  it('is renewed ahead by the page that was looked at last, while requests use it', async () => {
    await using app = await startShortLogin()
    await logIn(app)
    const before = app.counts.renewals
    const bodies = new Set<string>()
    while (app.counts.renewals < before + 2) {
      bodies.add(await (await session.fetch(`${app.origin}/api/me`)).text())
    }
    expect([...bodies]).toEqual(['alice'])
    expect(app.counts.reused).toBe(0)
    expect(app.seen.filter(({ url }) => url === '/login')).toHaveLength(1)
    await session.release()
    // How many it takes depends on how often the page's timer comes round; the release may end a further one.
    const solves = events.filter((event) => event.type === 'solve-end')
    expect(new Set(solves.map(({ url }) => url))).toEqual(new Set([`${app.origin}/home`]))
    expect(solves.some(({ outcome }) => outcome === 'passed')).toBe(true)
  })

  it('that has ended meanwhile is brought back before a request is sent, once for all', async () => {
    await using app = await startShortLogin()
    await logIn(app)
    await eventually(() =>
      expect(session.cookies.matching(app.origin).map(({ name }) => name)).toEqual(['refresh']),
    )
    const before = app.documents()
    const bodies = [1, 2, 3].map(async (n) => (await session.fetch(`${app.origin}/api/${n}`)).text())
    expect(await Promise.all(bodies)).toEqual(['alice', 'alice', 'alice'])
    expect(app.documents()).toBe(before + 1)
    expect(app.counts.reused).toBe(0)
  })

  it('is not looked for after a log-out', async () => {
    await using app = await startShortLogin()
    await logIn(app)
    await session.cookies.clear()
    const before = app.documents()
    expect(await (await session.fetch(`${app.origin}/api/me`)).text()).toBe('guest')
    expect(app.documents()).toBe(before)
  })
})
