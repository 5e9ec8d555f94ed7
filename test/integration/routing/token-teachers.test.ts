import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Page } from 'playwright'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

interface Site extends TestServer {
  readonly seen: Array<{ readonly url: string; readonly host: string; readonly headers: IncomingHttpHeaders }>
}

/** Documents that run what stands in their fragment; an API under `/api` that lets everybody call it; redirects. */
async function startSite(): Promise<Site> {
  const seen: Site['seen'] = []
  const refused = new Set<string>()
  const server = await startHttpServer((request, response) => {
    const { url = '/', headers, method } = request
    seen.push({ url, host: headers.host ?? '', headers })
    if (url.startsWith('/go?')) {
      return void response.writeHead(302, { location: decodeURIComponent(url.slice(4)) }).end()
    }
    if (url.startsWith('/api')) {
      const token = headers.authorization ?? ''
      if (url.startsWith('/api/refuse')) refused.add(token)
      response.writeHead(refused.has(token) && method !== 'OPTIONS' ? 401 : 200, {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'authorization, x-csrf-token, x-http-method-override, x-app-state',
        'access-control-max-age': '0',
      })
      return void response.end('{}')
    }
    if (url === '/worker.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' })
      return void response.end('onmessage = ({ data }) => eval(data)')
    }
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' })
    response.end(`<!doctype html><title>site</title><script>
      const hash = decodeURIComponent(location.hash.slice(1))
      if (hash) Promise.resolve(eval(hash)).catch(() => {})
    </script>`)
  })
  return Object.assign(Object.create(server) as TestServer, { seen })
}

const token = () => randomBytes(24).toString('hex')

let broker: Broker
let session: Session
let api: Site
let good: string
let evil: string
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
  api = await startSite()
  good = token()
  evil = token()
})
afterEach(async () => {
  await broker.close()
  await api.close()
})

const app = () => api.on('localhost')
const stranger = () => api.on('evil.localhost')
const documentOf = (origin: string, script: string) => `${origin}/doc#${encodeURIComponent(script)}`
/** What a page does that keeps a token and sends it. */
const calling = (value: string, path: string, header = 'Authorization', prefix = 'Bearer ') =>
  `try { localStorage.auth = '${value}' } catch { document.cookie = 'auth=${value}' }
   fetch('${api.origin}/api/${path}', { headers: { '${header}': '${prefix}${value}' } }).then((r) => r.text())`
const called = (path: string) =>
  eventually(() => {
    const requests = api.seen.filter(({ headers }) => !headers['access-control-request-method'])
    expect(requests.map(({ url }) => url)).toContain(`/api/${path}`)
  })

async function logIn(): Promise<Page> {
  const page = await session.page()
  await page.goto(`${app()}/account`)
  await page.evaluate(calling(good, 'login'))
  await session.fetch(`${api.origin}/api/first`)
  expect(api.seen.findLast(({ url }) => url === '/api/first')?.headers.authorization).toBe(`Bearer ${good}`)
  return page
}

async function sent(options: Parameters<Session['fetch']>[1] = {}): Promise<IncomingHttpHeaders> {
  await session.fetch(`${api.origin}/api/http`, options)
  return api.seen.findLast(({ url }) => url === '/api/http')?.headers ?? {}
}

/** The ways in which a page of another site can send a token of its own to the API. */
const WAYS: Record<string, (page: Page) => Promise<void>> = {
  'a page of its own': async () => {
    const page = await session.page()
    await page.goto(documentOf(stranger(), calling(evil, 'evil')))
    await called('evil')
    await page.evaluate(calling(evil, 'evil2'))
  },
  'a frame in the user’s page': async (page) => {
    const url = documentOf(stranger(), calling(evil, 'evil'))
    await page.evaluate(
      `{ const f = document.createElement('iframe'); f.src = ${JSON.stringify(url)}; document.body.append(f) }`,
    )
    await called('evil')
  },
  'a popup of the user’s page': async (page) => {
    const popup = page.waitForEvent('popup')
    await page.evaluate(`void window.open(${JSON.stringify(documentOf(stranger(), calling(evil, 'evil')))})`)
    await called('evil')
    await (await popup).evaluate(calling(evil, 'evil2'))
  },
  'a popup that knows no opener': async (page) => {
    const popup = page.context().waitForEvent('page')
    const url = JSON.stringify(documentOf(stranger(), calling(evil, 'evil')))
    await page.evaluate(`void window.open(${url}, '_blank', 'noopener')`)
    await called('evil')
    await (await popup).evaluate(calling(evil, 'evil2'))
  },
  'a document that is rendered': async () => {
    await session.fetch(documentOf(stranger(), calling(evil, 'evil')), { render: true })
    await called('evil')
  },
  'a sandboxed frame of the user’s own site': async (page) => {
    const script = `fetch('${api.origin}/api/evil', { headers: { Authorization: 'Bearer ${evil}' } })`
    const url = JSON.stringify(documentOf(app(), script))
    await page.evaluate(
      `{ const f = document.createElement('iframe'); f.sandbox = 'allow-scripts'; f.src = ${url}; document.body.append(f) }`,
    )
    await called('evil')
  },
  'a blank frame within a foreign one': async (page) => {
    const inner = `{ const f = document.createElement('iframe'); document.documentElement.append(f)
      f.contentWindow.fetch('${api.origin}/api/evil', { headers: { Authorization: 'Bearer ${evil}' } }) }`
    const url = JSON.stringify(documentOf(stranger(), inner))
    await page.evaluate(
      `{ const f = document.createElement('iframe'); f.src = ${url}; document.body.append(f) }`,
    )
    await called('evil')
  },
  'a worker of a foreign page': async () => {
    const page = await session.page()
    const job = `fetch('${api.origin}/api/evil', { headers: { Authorization: 'Bearer ${evil}' } })`
    await page.goto(stranger())
    await page.evaluate(`localStorage.auth = '${evil}'`)
    await page.evaluate(`void new Worker('/worker.js').postMessage(${JSON.stringify(job)})`)
    await called('evil')
  },
}

describe('what the user’s own page taught', () => {
  it.each(Object.keys(WAYS))('is neither replaced nor added to by %s', async (way) => {
    const page = await logIn()
    const before = session.tokenBindings.list()
    await WAYS[way]?.(page)
    expect((await sent()).authorization).toBe(`Bearer ${good}`)
    expect(session.tokenBindings.list()).toEqual(before)
    const posted = await sent({ method: 'POST', body: 'x' })
    expect(posted.authorization).toBe(`Bearer ${good}`)
  })

  it.each(Object.keys(WAYS).filter((way) => !/page of its own|worker/.test(way)))(
    'is learned though %s was first',
    async (way) => {
      const page = await session.page()
      await page.goto(app())
      await WAYS[way]?.(page)
      expect(await sent()).not.toHaveProperty('authorization')
      expect(session.tokenBindings.list()).toEqual([])
      await page.evaluate(calling(good, 'late'))
      expect((await sent()).authorization).toBe(`Bearer ${good}`)
    },
  )

  it('is renewed at a page of its own site only', async () => {
    const page = await logIn()
    await WAYS['a page of its own']?.(page)
    const documents = () => api.seen.filter(({ url, host }) => url === '/doc' && host.startsWith('evil'))
    const before = documents().length
    await session.fetch(`${api.origin}/api/refuse`)
    await sent()
    expect(documents()).toHaveLength(before)
    expect(api.seen.filter(({ url }) => url === '/account').length).toBeGreaterThan(1)
  })

  it('goes with requests of its own pages and of the user, and not with those of others', async () => {
    const page = await logIn()
    await WAYS['a page of its own']?.(page)
    const of = (initiator: string) => sent({ context: { kind: 'fetch', initiator } })
    expect((await of(app())).authorization).toBe(`Bearer ${good}`)
    expect((await of(stranger())).authorization).toBe(`Bearer ${evil}`)
    expect(await of(api.on('third.localhost'))).not.toHaveProperty('authorization')
    const framed = { kind: 'fetch', initiator: app(), topLevelUrl: stranger() } as const
    expect(await sent({ context: framed })).not.toHaveProperty('authorization')
    expect(session.tokenBindings.list(stranger())).toMatchObject([{ page: `${stranger()}/doc` }])
  })

  it('goes over a redirect of its own site', async () => {
    await logIn()
    await session.fetch(`${app()}/go?${encodeURIComponent(`${api.origin}/api/http`)}`)
    expect(api.seen.findLast(({ url }) => url === '/api/http')?.headers.authorization).toBe(`Bearer ${good}`)
  })

  it('comes of its own site’s popups too', async () => {
    const page = await session.page()
    await page.goto(app())
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(`void window.open(${JSON.stringify(`${app()}/doc`)})`),
    ])
    await popup.waitForLoadState()
    // What a popup sends before it is watched is not seen.
    await sent()
    await popup.evaluate(calling(good, 'popup'))
    expect((await sent()).authorization).toBe(`Bearer ${good}`)
  })
})

describe('an origin whose own pages have taught', () => {
  const teach = async (at: string, header: string, value: string, prefix = '') => {
    const page = await session.page()
    await page.goto(`${at}/doc`)
    for (const again of [1, 2]) await page.evaluate(calling(value, `${header}${again}`, header, prefix))
    await session.flush()
  }

  it('gets nothing beside that from pages of another site that come later', async () => {
    await teach(api.origin, 'Authorization', good, 'Bearer ')
    await teach(stranger(), 'x-csrf-token', evil)
    const got = await sent()
    expect(got.authorization).toBe(`Bearer ${good}`)
    expect(got).not.toHaveProperty('x-csrf-token')
    expect(await sent({ context: { kind: 'fetch', initiator: stranger() } })).toMatchObject({
      'x-csrf-token': evil,
    })
  })

  it('keeps what an application on another site taught before', async () => {
    await teach(app(), 'x-csrf-token', good)
    await teach(api.origin, 'Authorization', good, 'Bearer ')
    expect(await sent()).toMatchObject({ authorization: `Bearer ${good}`, 'x-csrf-token': good })
  })
})

describe('a header that is none of the usual ones', () => {
  it('is learned of pages of the same site only', async () => {
    const page = await session.page()
    await page.goto(app())
    for (const [at, header] of ['x-http-method-override', 'x-app-state', 'x-csrf-token'].entries()) {
      for (const again of [1, 2]) await page.evaluate(calling(good, `${at}${again}`, header, ''))
    }
    expect(await sent()).toMatchObject({ 'x-csrf-token': good })
    expect(await sent()).not.toHaveProperty('x-http-method-override')
    expect(await sent()).not.toHaveProperty('x-app-state')
    const own = await session.page()
    await own.goto(`${api.origin}/doc`)
    await own.evaluate(calling(good, 'own', 'x-app-state', ''))
    expect(await sent()).toMatchObject({ 'x-app-state': good })
  })
})

describe('what was declared', () => {
  it('stands above all that pages of any site send', async () => {
    const declared = token()
    session.tokenBindings.add({
      origin: api.origin,
      header: 'authorization',
      template: 'Bearer {}',
      source: { local: 'declared' },
    })
    await session.localStorage(api.origin).set('declared', declared)
    const page = await session.page()
    await page.goto(app())
    await page.evaluate(calling(good, 'login'))
    for (const way of Object.values(WAYS).slice(0, 3)) await way(page)
    const own = await session.page()
    await own.goto(`${api.origin}/doc`)
    await own.evaluate(calling(evil, 'own'))
    expect((await sent()).authorization).toBe(`Bearer ${declared}`)
    expect(session.tokenBindings.list()).toMatchObject([{ learned: false }])
  })
})
