import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Broker, classify } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { readBody, startHttpServer, type TestServer } from '../../support/http-server.ts'

const html = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }
const page = (title: string, body: string) =>
  `<!doctype html><html><head><title>${title}</title></head><body>${body}</body></html>`

/** Pages that say so little that they are taken for a challenge, and are none. */
const MISTAKEN: Record<string, string> = {
  'a form with Turnstile': page(
    'Contact',
    '<h1>Contact</h1><p>Write to us, we answer soon.</p><form><div class="cf-turnstile" data-sitekey="x"></div><button>Send</button></form>',
  ),
  'a form with hCaptcha': page(
    'Newsletter',
    '<h1>Newsletter</h1><p>Our letters come on Sundays.</p><form><div class="h-captcha" data-sitekey="x"></div><button>Subscribe</button></form>',
  ),
  'a form with reCAPTCHA, drawn by a script': page(
    'Sign up',
    `<div id="mount"></div><div class="g-recaptcha" data-sitekey="x"></div><script>setTimeout(() => {
      mount.innerHTML = '<h1>Sign up</h1><form><input name="email" type="email"><input name="name"><button>Go</button></form>'
    }, 100)</script>`,
  ),
  'a splash screen': page(
    'Just a moment...',
    `<div id="box">Loading</div><noscript>Enable JavaScript and cookies to continue</noscript><script>setTimeout(() => {
      document.title = 'Lamps'
      box.innerHTML = '<h1>Lamps</h1><p>' + 'We sell lamps of every kind. '.repeat(80) + '</p>'
    }, 100)</script>`,
  ),
}
const PUZZLES: Record<string, string> = {
  'that says so': page(
    'Are you human?',
    '<h1>Please verify that you are human</h1><form><div class="h-captcha" data-sitekey="x"></div></form>',
  ),
  'that is nothing but its box': page(
    'shop.example',
    '<form><div class="g-recaptcha" data-sitekey="x" data-callback="go"></div></form>',
  ),
}

let served: string
let asked: number
let documents: number
let posts: string[]
let server: TestServer
let broker: Broker
beforeEach(async () => {
  asked = documents = 0
  posts = []
  server = await startHttpServer(async (request, response) => {
    if (request.url === '/favicon.ico') return void response.writeHead(404).end()
    asked++
    if (request.method === 'POST') posts.push((await readBody(request)).toString())
    if (request.headers['sec-fetch-dest'] === 'document') documents++
    response.writeHead(200, html).end(served)
  })
  broker = await memoryBroker({ onWarning: () => {} })
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

describe.each(Object.entries(MISTAKEN))('%s that is taken for a challenge', (_, body) => {
  it('costs one visit; the caller gets the page, and others like it at once', async () => {
    served = body
    expect(classify({ url: server.origin, status: 200, headers: html, body }).kind).not.toBe('ok')
    const session = await broker.session('a')
    const events = collect(session.events())
    const response = await session.fetch(`${server.origin}/page`)
    expect([response.status, await response.text(), response.verdict?.kind]).toEqual([200, body, 'ok'])
    const before = asked
    const again = await session.fetch(`${server.origin}/page?again`)
    expect([again.via, await again.text(), asked]).toEqual(['http', body, before + 1])
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
    expect(events.filter(({ type }) => type === 'mistaken')).toHaveLength(1)
    expect(session.blockedOrigins()).toEqual([])
    // A page that a browser renders is looked at in the same way.
    expect((await session.fetch(`${server.origin}/page`, { render: true })).status).toBe(200)
  })
})

describe('what was taken for a challenge', () => {
  const body = MISTAKEN['a form with Turnstile'] as string

  it('is known in the next process', async () => {
    using folder = temporaryFolder()
    const store = join(folder.path, 'onejar.db')
    served = body
    await using first = await memoryBroker({ store })
    await (await first.session('a')).fetch(`${server.origin}/contact`)
    await first.close()
    await using second = await memoryBroker({ store })
    const session = await second.session('a')
    const events = collect(session.events())
    expect(await (await session.fetch(`${server.origin}/contact`)).text()).toBe(body)
    expect(events.filter(({ type }) => type === 'solve-start')).toEqual([])
  })

  it('is known for a day', async () => {
    let now = Date.now()
    await using other = await memoryBroker({}, { clock: { now: () => now } })
    const session = await other.session('a')
    const events = collect(session.events())
    served = body
    await session.fetch(server.origin)
    now += 24 * 3_600_000 + 1
    await session.fetch(server.origin)
    expect(events.filter(({ type }) => type === 'mistaken')).toHaveLength(2)
  })

  it('is the answer to a POST too, which is sent once', async () => {
    served = body
    const session = await broker.session('a')
    const response = await session.fetch(server.origin, { method: 'POST', body: 'hello' })
    expect([await response.text(), posts]).toEqual([body, ['hello']])
  })

  it('is given as it came where there is no browser that could look, and an event says so', async () => {
    served = body
    const browser = { executablePath: '/nowhere/chromium' }
    await using other = await memoryBroker({ browser, onWarning: () => {} })
    const session = await other.session('a')
    const events = collect(session.events())
    const response = await session.fetch(`${server.origin}/contact?token=canary`)
    expect([response.status, await response.text()]).toEqual([200, body])
    expect(response.verdict?.kind).not.toBe('ok')
    const posted = await session.fetch(server.origin, { method: 'POST', body: 'hello' })
    expect([await posted.text(), posts]).toEqual([body, ['hello']])
    const told = events.filter(({ type }) => type === 'unverified')
    expect(told).toMatchObject([{ url: `${server.origin}/contact` }, { url: `${server.origin}/` }])
    // What is plainly a challenge is nobody's page.
    served = page('Just a moment...', '<script>document.cookie = "gate=1"; location.reload()</script>')
    expect((await errorOf(session.fetch(`${server.origin}/gate`))).code).toBe('ONEJAR_BROWSER_NOT_FOUND')
  })

  it('does not hide a challenge that comes later on the same route', async () => {
    served = body
    const session = await broker.session('a')
    await session.fetch(server.origin)
    served = "<script>document.cookie = 'a=b'; location.reload()</script>"
    expect(await errorOf(session.fetch(server.origin))).toMatchObject({ code: 'ONEJAR_CHALLENGE_LOOP' })
  })
})

describe.each(Object.entries(PUZZLES))('a puzzle with status 200 %s', (_, body) => {
  it('halts the session', async () => {
    served = body
    const session = await broker.session('a')
    expect(await errorOf(session.fetch(server.origin))).toMatchObject({ code: 'ONEJAR_CAPTCHA' })
    expect(session.blockedOrigins()).toMatchObject([{ origin: server.origin, verdict: 'captcha' }])
    // One over HTTP, and one that looked.
    expect(documents).toBeLessThanOrEqual(2)
  })
})
