import { expect, it } from 'vitest'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const html = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
const CHALLENGE = `<!doctype html><title>Making sure you're not a bot!</title><script id="anubis_challenge" type="application/json">{}</script>
  <script>setTimeout(() => { location.href = '/.within.website/x/cmd/anubis/api/pass-challenge?nonce=1' }, 100)</script>`
const REJECTED = `<!doctype html><html><head><title>Oh noes!</title></head><body><h1>Oh noes!</h1>
  <img src="/.within.website/x/cmd/anubis/static/img/reject.webp"><p>invalid response.</p></body></html>`

it('an answer that was not taken is unsolved with a pause, and no block that lasts', async () => {
  let taken = false
  await using site = await startHttpServer((request, response) => {
    if (request.url === '/favicon.ico') return void response.writeHead(404).end()
    if (/auth=1/.test(request.headers.cookie ?? '')) return void response.writeHead(200, html).end('content')
    if (!request.url?.includes('pass-challenge')) return void response.writeHead(403, html).end(CHALLENGE)
    if (!taken) return void response.writeHead(403, html).end(REJECTED)
    response.writeHead(302, { location: '/', 'set-cookie': 'auth=1; Path=/' }).end()
  })
  let now = Date.now()
  await using broker = await memoryBroker({}, { clock: { now: () => now, steady: () => now } as never })
  const session = await broker.session('a')
  const error = await errorOf(session.fetch(site.origin, { retry: false }))
  expect(error).toMatchObject({ code: 'ONEJAR_CHALLENGE_UNSOLVED' })
  expect(error.message).toContain('did not take the answer')
  expect(session.blockedOrigins()).toEqual([])
  const paused = await errorOf(session.fetch(site.origin, { retry: false }))
  expect(paused).toMatchObject({ code: 'ONEJAR_CHALLENGE_UNSOLVED', retryAfterMs: 1_000 })
  taken = true
  now += 1_001
  expect(await (await session.fetch(site.origin)).text()).toBe('content')
})

it('a HEAD to a challenge is solved by a visit of its URL where the head tells, and says what it can where not', async () => {
  let tells = true
  await using site = await startHttpServer((request, response) => {
    if (request.url === '/favicon.ico') return void response.writeHead(404).end()
    if (/gate=1/.test(request.headers.cookie ?? '')) return void response.writeHead(200, html).end('content')
    response.writeHead(403, tells ? { ...html, 'cf-mitigated': 'challenge' } : html)
    response.end("<script>document.cookie = 'gate=1; path=/'; location.reload()</script>")
  })
  await using broker = await memoryBroker()
  const session = await broker.session('a')
  const events = collect(session.events())
  const response = await session.fetch(site.origin, { method: 'HEAD' })
  expect([response.status, response.via, await response.text()]).toEqual([200, 'http', ''])
  expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
  tells = false
  const other = await broker.session('b')
  const blind = await other.fetch(site.origin, { method: 'HEAD' })
  expect(blind.status).toBe(403)
  expect(blind.verdict).toMatchObject({ kind: 'error', evidence: [{ signal: 'head-only' }] })
})

it('a redirect that was followed to a login page is unauthorised; the login page itself is not', async () => {
  await using site = await startHttpServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    if (pathname === '/orders')
      return void response.writeHead(302, { location: '/login?next=%2Forders' }).end()
    if (pathname === '/home') return void response.writeHead(302, { location: '/users/sign_in' }).end()
    if (pathname === '/how') return void response.writeHead(301, { location: '/how-to-log-in-faster' }).end()
    if (pathname === '/old-login') return void response.writeHead(302, { location: '/login' }).end()
    const form = pathname.startsWith('/how') ? '' : '<form><input name="user"><input type="password"></form>'
    response
      .writeHead(200, html)
      .end(`<title>${pathname.startsWith('/how') ? 'Tips' : 'Sign in'}</title><p>text</p>${form}`)
  })
  await using broker = await memoryBroker()
  const session = await broker.session('a')
  const kinds = async (path: string) => {
    const response = await session.fetch(site.origin + path)
    return [response.status, response.verdict?.kind]
  }
  expect(await kinds('/orders')).toEqual([200, 'unauthorised'])
  expect(await kinds('/home')).toEqual([200, 'unauthorised'])
  expect(await kinds('/login')).toEqual([200, 'ok'])
  expect(await kinds('/login?next=/orders')).toEqual([200, 'ok'])
  expect(await kinds('/old-login')).toEqual([200, 'ok'])
  expect(await kinds('/how')).toEqual([200, 'ok'])
})

it('a challenge that brings its fonts along is found over the wire, whatever it says of its length', async () => {
  const font = Buffer.alloc(90_000, 'lamps').toString('base64')
  const page = `<!doctype html><html><head><title>Bot Detection</title><style>@font-face{src:url(data:font/woff2;base64,${font})}</style></head>
    <body><form method="POST" action="/challenge" id="form"><input type="hidden" name="challenge"></form><p>Please wait while we check if you are a Human</p>
    <script>document.getElementById('form').submit()</script></body></html>`
  await using site = await startHttpServer((request, response) => {
    if (request.url === '/favicon.ico') return void response.writeHead(404).end()
    if (request.url === '/challenge')
      return void response.writeHead(302, { location: '/', 'set-cookie': 'gate=1; Path=/' }).end()
    if (/gate=1/.test(request.headers.cookie ?? '')) return void response.writeHead(200, html).end('content')
    const length = request.url === '/length' ? { 'content-length': String(page.length) } : {}
    response.writeHead(200, { ...html, ...length }).end(page)
  })
  await using broker = await memoryBroker()
  for (const path of ['/', '/length']) {
    const session = await broker.session(path)
    const events = collect(session.events())
    expect(await (await session.fetch(site.origin + path)).text()).toBe('content')
    expect(events.find(({ type }) => type === 'challenge')).toMatchObject({ vendor: 'bunkerweb' })
  }
})
