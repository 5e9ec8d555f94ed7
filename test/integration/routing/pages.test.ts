import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { errorOf, ownBrowserBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { browserProcess, chromiumProcesses, rendererProcesses } from '../../support/processes.ts'

let broker: Broker
let session: Session
let server: TestServer
let asked: string[]
/** What the site shows at a path; the rest is empty. */
let site: Record<string, string>
/** Answers that wait until the test lets them go. */
let held: Promise<void>

beforeEach(async () => {
  asked = []
  site = {}
  held = Promise.resolve()
  server = await startHttpServer(async (request, response) => {
    const path = request.url ?? '/'
    if (path === '/favicon.ico') {
      response.writeHead(404).end()
      return
    }
    asked.push(path)
    if (path === '/download') {
      response
        .writeHead(200, { 'content-type': 'application/zip', 'content-disposition': 'attachment' })
        .end('zip')
      return
    }
    if (path.startsWith('/held')) await held
    const page = site[path] ?? site['/']
    const type = path.endsWith('.css') ? 'text/css' : 'text/html'
    response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=600' }).end(page ?? '')
  })
  broker = await ownBrowserBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})
const render = (path = '/', options = {}) => session.fetch(server.origin + path, { render: true, ...options })

describe('a page of an escalation', () => {
  it('loads no images, fonts and media; styles, scripts and data it loads, from the cache the second time', async () => {
    site['/'] = `<link rel="stylesheet" href="/a.css"><img src="/a.png"><video src="/a.mp4"></video>
      <p style="font-family: f">text</p><script>fetch('/data').then(() => document.title = 'done')</script>`
    site['/a.css'] = "@font-face { font-family: f; src: url('/a.woff2') } body { background: url('/b.png') }"
    const response = await render('/', {
      expect: (page: Response) => page.text().then((text) => text.includes('done')),
    })
    expect([response.via, response.status]).toEqual(['page', 200])
    expect([...asked].sort()).toEqual(['/', '/a.css', '/data'])
    await render('/', { expect: (page: Response) => page.text().then((text) => text.includes('done')) })
    expect(asked.filter((path) => path === '/a.css')).toHaveLength(1)
  })

  it('loads everything where that is wanted, as pages of the caller do', async () => {
    site['/'] = '<img src="/a.png">'
    await using open = await ownBrowserBroker({ browser: { blockResources: false } })
    await (await open.session('a')).fetch(server.origin, { render: true })
    expect(asked).toContain('/a.png')
    asked.length = 0
    const page = await session.page()
    await page.goto(server.origin)
    expect(asked).toContain('/a.png')
  })

  it('is not held up by dialogs, popups and downloads', async () => {
    site['/popup'] = '<title>popup</title>'
    site['/'] = `<title>no</title><script>
      alert(1); confirm(2); prompt(3); window.open('/popup'); onbeforeunload = () => 'stay'
      const link = document.createElement('a'); link.href = '/download'; link.download = 'x'; link.click()
      document.title = 'done'</script>`
    expect(await (await render()).text()).toContain('<title>done</title>')
    const probe = await session.page()
    // The one page beside it may be Onejar's own blank one, which has no title.
    const titles = () =>
      Promise.all(
        probe
          .context()
          .pages()
          .map((page) => page.title()),
      )
    await eventually(async () => expect((await titles()).filter((title) => title !== '')).toEqual([]))
  })

  it('that turns out to be a download gives its bytes', async () => {
    const response = await render('/download')
    expect([response.status, response.headers.get('content-disposition')]).toEqual([200, 'attachment'])
    expect(await response.text()).toBe('zip')
  })

  it('waits for its turn when so many are open already', async () => {
    const gate = Promise.withResolvers<void>()
    held = gate.promise
    const calls = Array.from({ length: 6 }, (_, n) => render(`/held/${n}`))
    await eventually(() => expect(asked).toHaveLength(2))
    const page = await session.page()
    expect(page.context().pages().length).toBeLessThanOrEqual(4)
    expect(asked).toHaveLength(2)
    await page.close()
    gate.resolve()
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(6).fill(200))
    expect(asked).toHaveLength(6)
  })
})

describe('a context that many pages were opened in', () => {
  it('is replaced by one that holds the same, when no page is open', async () => {
    site['/'] = '<title>site</title>'
    await using worn = await ownBrowserBroker({ browser: { recycleAfterPages: 3 } })
    const tired = await worn.session('a')
    const page = await tired.page()
    await page.goto(server.origin)
    await page.evaluate(`
      document.cookie = 'c=1; max-age=600'
      localStorage.setItem('l', '2')
      new Promise((resolve, reject) => {
        const open = indexedDB.open('d', 1)
        open.onupgradeneeded = () => open.result.createObjectStore('o').put('3', 'k')
        open.onsuccess = () => { open.result.close(); resolve() }
        open.onerror = reject
      })`)
    const first = page.context()
    const fetch = () => tired.fetch(server.origin, { render: true })
    await fetch()
    await fetch()
    // One page is open: it is not taken away from whoever has it.
    await fetch()
    const other = await tired.page()
    expect(other.context()).toBe(first)
    await Promise.all([page.close(), other.close()])
    await tired.flush()
    const next = await tired.page()
    expect(next.context()).not.toBe(first)
    expect(first.browser()?.contexts()).not.toContain(first)
    await next.goto(server.origin)
    const read = `new Promise((resolve) => {
      const open = indexedDB.open('d', 1)
      open.onsuccess = () => {
        const got = open.result.transaction('o').objectStore('o').get('k')
        got.onsuccess = () => resolve([document.cookie, localStorage.l, got.result].join(' '))
      }
    })`
    expect(await next.evaluate(read)).toBe('c=1 2 3')
  })

  it.each([
    ['its heap', 'globalThis.kept = new Uint8Array(48 * 2 ** 20).fill(1); 0'],
    ['its documents', 'for (let n = 0; n < 5e4; n++) document.body.append(document.createElement("p"))'],
    ['its caches', 'caches.open("c").then((c) => c.put("/", new Response(new Uint8Array(48 * 2 ** 20))))'],
  ])(
    'is replaced after a page that has grown, by %s, was closed',
    async (_, grow) => {
      site['/'] = '<title>site</title><body></body>'
      await using worn = await ownBrowserBroker({ browser: { recycleAfterMegabytes: 32 } })
      const session = await worn.session('a')
      const small = await session.page()
      await small.goto(server.origin)
      await small.evaluate('document.cookie = "c=1"')
      const first = small.context()
      await small.close()
      const page = await session.page()
      expect(page.context()).toBe(first)
      await page.goto(server.origin)
      await page.evaluate(grow)
      // Nothing is done as long as a page is open.
      const other = await session.page()
      await page.close()
      const third = await session.page()
      expect([other.context(), third.context()]).toEqual([first, first])
      await Promise.all([other.close(), third.close()])
      const next = await session.page()
      expect(next.context()).not.toBe(first)
      await next.goto(server.origin)
      expect(await next.evaluate('document.cookie')).toBe('c=1')
      await next.close()
      expect((await session.page()).context()).toBe(next.context())
    },
    60_000,
  )

  it('is replaced under load without a request that fails', async () => {
    site['/'] = '<title>site</title>'
    await using worn = await ownBrowserBroker({ browser: { recycleAfterPages: 1, maxSolves: 3 } })
    const tired = await worn.session('a')
    const responses = await Promise.all(
      Array.from({ length: 12 }, (_, n) => tired.fetch(`${server.origin}/?${n}`, { render: true })),
    )
    expect(responses.map(({ status }) => status)).toEqual(Array(12).fill(200))
  })
})

describe('a crash in mid-visit', () => {
  /** Kills something each time the held page has been asked for, as often as told. */
  async function killing(pids: () => number[], times: number) {
    const gate = Promise.withResolvers<void>()
    held = gate.promise
    const call = render('/held').then(
      (response) => response.text(),
      (error) => error.code as string,
    )
    for (let i = 1; i <= times; i++) {
      await eventually(() => expect(asked).toHaveLength(i))
      for (const pid of pids()) process.kill(pid, 'SIGKILL')
    }
    if (times === 1) await eventually(() => expect(asked).toHaveLength(2))
    gate.resolve()
    return call
  }
  const browser = () => [browserProcess()!.pid]
  const renderers = () => rendererProcesses().map(({ pid }) => pid)

  it.each([
    ['the browser', browser],
    ['its renderers', renderers],
  ])(
    'of %s is got over once',
    async (_, pids) => {
      site['/held'] = 'content'
      expect(await killing(pids, 1)).toContain('content')
      expect((await render('/')).status).toBe(200)
    },
    60_000,
  )

  it('of the browser twice is the error, and the next visit has a new one', async () => {
    site['/held'] = 'content'
    expect(await killing(browser, 2)).toBe('ONEJAR_BROWSER_FAILED')
    expect(await (await render('/held')).text()).toContain('content')
    await broker.close()
    await eventually(() => expect(chromiumProcesses()).toEqual([]))
  })

  it('loses nothing that the record held', async () => {
    site['/'] = 'content'
    await session.cookies.set('a=1', server.origin)
    const page = await session.page()
    await page.goto(server.origin)
    await page.evaluate("localStorage.setItem('k', 'v'); document.cookie = 'b=2'")
    await session.flush()
    process.kill(browserProcess()!.pid, 'SIGKILL')
    await eventually(() => expect(page.isClosed()).toBe(true))
    expect((await session.fetch(server.origin)).status).toBe(200)
    const again = await session.page()
    await again.goto(server.origin)
    expect(await again.evaluate("document.cookie + localStorage.getItem('k')")).toBe('a=1; b=2v')
  })
})

describe('an open page', () => {
  it('that keeps its scripts busy holds up no response longer than its request may take', async () => {
    const blocked = Promise.withResolvers<ServerResponse>()
    await using site = await startHttpServer(async (request, response) => {
      if (request.url === '/block') blocked.resolve(response)
      else if (request.url === '/slow') {
        // From here on, the page answers nothing.
        page.evaluate("x = new XMLHttpRequest(); x.open('GET', '/block', false); x.send()").catch(() => {})
        await blocked.promise
        response.writeHead(200, { 'set-cookie': 'a=1' }).end()
      } else response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')
    })
    await using broker = await ownBrowserBroker()
    const session = await broker.session('a')
    const page = await session.page()
    await page.goto(site.origin)
    await session.flush()
    const error = await errorOf(session.fetch(`${site.origin}/slow`, { timeoutMs: 1_000, retry: false }))
    expect(error.code).toBe('ONEJAR_TIMEOUT')
    ;(await blocked.promise).end()
    expect(session.cookies.header(site.origin)).toBe('a=1')
  })
})
