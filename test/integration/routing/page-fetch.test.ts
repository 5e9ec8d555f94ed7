import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session, SessionEvent } from '../../../src/index.ts'
import { bodies } from '../../support/bodies.ts'
import { collect, errorOf, memoryBroker, ownBrowserBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { readBody, startHttpServer } from '../../support/http-server.ts'
import { chromiumProcesses } from '../../support/processes.ts'

const CHALLENGE =
  "<!doctype html><title>One moment</title><script>fetch('/__pass', { method: 'POST' }).then(() => location.reload())</script>"

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/**
 * A site whose clearance is bound to the connection on which the challenge's script asked for it.
 *
 * @param isOpen - what it answers on any connection
 */
async function startBound(
  answer: Answer = (_, response) => void response.end('behind the gate'),
  isOpen: (request: IncomingMessage) => boolean = () => false,
) {
  let cleared = new WeakSet<Socket>()
  const counts = { challenged: 0, documents: 0 }
  const server = await startHttpServer(async (request, response) => {
    if (request.url === '/favicon.ico')
      return void response.writeHead(404).end()
      // A busy machine must not let connections lapse between requests.
    ;(request.socket as Socket & { server: Server }).server.keepAliveTimeout = 120_000
    if (request.url === '/__pass') {
      cleared.add(request.socket)
      return void response.writeHead(204).end()
    }
    if (request.headers['sec-fetch-dest'] === 'document') counts.documents++
    if (cleared.has(request.socket) || isOpen(request)) return void (await answer(request, response))
    counts.challenged++
    response.writeHead(403, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(CHALLENGE)
  })
  const forget = () => {
    cleared = new WeakSet()
  }
  return Object.assign(Object.create(server) as typeof server, { counts, forget })
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const html = { 'content-type': 'text/html', 'cache-control': 'no-store' }
const document = (response: ServerResponse) => void response.writeHead(200, html).end('<p>a document')

let broker: Broker
let session: Session
let events: SessionEvent[]
beforeEach(async () => {
  broker = await memoryBroker()
  session = await broker.session('a')
  events = collect(session.events())
})
afterEach(() => broker.close())

describe('a clearance that works in the browser only', () => {
  it('is used by fetching in a page, which is opened once', async () => {
    await using site = await startBound((request, response) => {
      response.writeHead(200, { ...html, 'set-cookie': `seen=${request.url?.slice(1)}` })
      response.end(`<p>${request.url} ${request.headers['x-own'] ?? ''}`)
    })
    const first = await session.fetch(`${site.origin}/one`)
    expect([first.via, first.status, await first.text()]).toEqual(['page-fetch', 200, '<p>/one '])
    const { documents } = site.counts
    for (const name of ['two', 'three']) {
      const next = await session.fetch(`${site.origin}/${name}`, { headers: { 'x-own': 'kept' } })
      expect([next.via, await next.text()]).toEqual(['page-fetch', `<p>/${name} kept`])
      // The cookie that it brought is in the record when the response is there.
      expect(session.cookies.header(site.origin)).toBe(`seen=${name}`)
    }
    expect(site.counts.documents).toBe(documents)
    expect(events.filter(({ type }) => type === 'route')).toMatchObject([{ via: 'page-fetch' }])
  })

  it('carries bodies both ways: 5 MB of bytes, a form, and what undici’s shape reads', async () => {
    const bytes = randomBytes(5_000_000)
    const sum = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
    await using site = await startBound(async (request, response) => {
      if (request.url === '/bytes') return void response.end(bytes)
      if (request.method !== 'POST') return document(response)
      const body = await readBody(request)
      const type = request.headers['content-type'] ?? ''
      response.end(JSON.stringify({ type, length: body.length, sum: sum(body) }))
    })
    await (await session.fetch(`${site.origin}/`)).text()
    const down = await session.fetch(`${site.origin}/bytes`)
    expect([down.via, sum(new Uint8Array(await down.arrayBuffer()))]).toEqual(['page-fetch', sum(bytes)])
    const up = await session.fetch(`${site.origin}/up`, {
      method: 'POST',
      body: bytes.subarray(0, 1_000_000),
    })
    expect(up.via).toBe('page-fetch')
    expect(await up.json()).toMatchObject({ length: 1_000_000, sum: sum(bytes.subarray(0, 1_000_000)) })
    const form = await session.request(`${site.origin}/up`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'ä b' }),
    })
    expect(form.via).toBe('page-fetch')
    expect(await form.body.json()).toEqual({
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      length: 10,
      sum: sum(Buffer.from('a=%C3%A4+b')),
    })
  })

  it('sends what HTTP sends: forms and files of any class, views, streams', async () => {
    await using site = await startBound(async (request, response) => {
      if (request.method !== 'POST') return document(response)
      const body = (await readBody(request)).toString('latin1')
      response.end(JSON.stringify({ type: request.headers['content-type'], body }))
    })
    await (await session.fetch(`${site.origin}/`)).text()
    for (const [name, { make, type, has }] of Object.entries(bodies)) {
      const up = await session.fetch(`${site.origin}/up`, { method: 'POST', body: make() as never })
      const got = (await up.json()) as { type?: string; body: string }
      expect(up.via, name).toBe('page-fetch')
      for (const part of has) expect(got.body, name).toContain(part)
      if (type === undefined) expect(got.type, name).toBeUndefined()
      else expect(got.type, name).toMatch(type)
    }
  })

  it('passes the challenge anew for what is no document but a download', async () => {
    const file = randomBytes(10_000)
    await using site = await startBound((request, response) => {
      if (request.url === '/') return document(response)
      const type = { 'content-type': 'application/zip', 'content-disposition': 'attachment; filename=a.zip' }
      response.writeHead(200, type).end(file)
    })
    const first = await session.fetch(`${site.origin}/a.zip`)
    expect([first.status, Buffer.from(await first.arrayBuffer()).equals(file)]).toEqual([200, true])
    site.forget()
    const again = await session.fetch(`${site.origin}/a.zip`)
    expect([again.via, Buffer.from(await again.arrayBuffer()).equals(file)]).toEqual(['page-fetch', true])
  })

  it('carries what a form with a file, and a stream, send', async () => {
    const file = randomBytes(100_000)
    await using site = await startBound(async (request, response) => {
      if (request.method !== 'POST') return document(response)
      const body = await readBody(request)
      const type = request.headers['content-type'] ?? 'none'
      const form = type.startsWith('multipart/')
        ? await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
        : undefined
      const sent = form ? Buffer.from(await (form.get('file') as File).arrayBuffer()) : body
      response.end(JSON.stringify({ type, name: form?.get('name'), same: sent.equals(file) }))
    })
    await (await session.fetch(`${site.origin}/`)).text()
    const form = new FormData()
    form.set('name', 'ä b')
    form.set('file', new Blob([file]), 'a.bin')
    const one = await session.fetch(`${site.origin}/form`, { method: 'POST', body: form })
    expect([one.via, await one.json()]).toEqual([
      'page-fetch',
      { type: expect.stringMatching(/^multipart\/form-data; boundary=/), name: 'ä b', same: true },
    ])
    const two = await session.fetch(`${site.origin}/stream`, {
      method: 'POST',
      body: new Blob([file]).stream(),
      headers: { 'content-type': 'application/x-own' },
    })
    expect(await two.json()).toMatchObject({ type: 'application/x-own', same: true })
  })

  it('streams 50 MB without holding it, and lets go of what is not wanted any more', async () => {
    const total = 50 * 1024 * 1024
    const chunk = randomBytes(1024 * 1024)
    let written = 0
    let givenUp = 0
    await using site = await startBound(async (request, response) => {
      if (request.url === '/') return document(response)
      response.once('close', () => {
        if (!response.writableFinished) givenUp++
      })
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      // Chromium reads ahead by tens of megabytes: only a body without an end is sure to be given up in its middle.
      const length = request.url === '/endless' ? Number.POSITIVE_INFINITY : total
      for (written = 0; written < length && !response.destroyed; written += chunk.length) {
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
      }
      response.end()
    })
    await (await session.fetch(`${site.origin}/`)).text()
    const held = () => {
      collectGarbage()
      const { arrayBuffers, heapUsed } = process.memoryUsage()
      return arrayBuffers + heapUsed
    }
    const before = held()
    const response = await session.fetch(`${site.origin}/large`)
    expect(response.via).toBe('page-fetch')
    const hash = createHash('sha256')
    let [length, looked, most] = [0, 0, 0]
    for await (const part of response.body as AsyncIterable<Uint8Array>) {
      hash.update(part)
      length += part.length
      if (length - looked < 5 * 1024 * 1024) continue
      looked = length
      most = Math.max(most, held() - before)
    }
    const expected = createHash('sha256')
    for (let sent = 0; sent < total; sent += chunk.length) expected.update(chunk)
    expect([length, hash.digest('hex')]).toEqual([total, expected.digest('hex')])
    expect(looked).toBeGreaterThan(total / 2)
    // Some chunks are on their way, encoded and decoded, whatever the size of the whole.
    expect(most).toBeLessThan(40 * 1024 * 1024)

    const half = await session.fetch(`${site.origin}/endless`)
    const reader = (half.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel()
    await eventually(() => expect(givenUp).toBe(1))
  }, 180_000)

  it('ends with the caller’s signal and with the time, before the headers and in the body', async () => {
    let closed = 0
    let arrived = Promise.withResolvers<void>()
    await using site = await startBound((request, response) => {
      if (request.url === '/') return document(response)
      request.socket.once('close', () => closed++)
      arrived.resolve()
      if (request.url === '/body') response.writeHead(200).write(randomBytes(1000))
    })
    await (await session.fetch(`${site.origin}/`)).text()
    const controller = new AbortController()
    const never = errorOf(session.fetch(`${site.origin}/never`, { signal: controller.signal }))
    await arrived.promise
    controller.abort()
    expect((await never).code).toBe('ONEJAR_ABORTED')
    await eventually(() => expect(closed).toBe(1))
    // The connection that was cleared is gone with it: the next request is challenged, and the page passes again.
    await (await session.fetch(`${site.origin}/`)).text()
    arrived = Promise.withResolvers<void>()
    const late = await session.fetch(`${site.origin}/body`, { timeoutMs: 3_000 }).catch((error) => error)
    const error = late instanceof Response ? await errorOf(late.text()) : late
    expect(error.code).toBe('ONEJAR_TIMEOUT')
  })

  it('follows redirects, and refuses them where asked to', async () => {
    await using site = await startBound((request, response) => {
      if (request.url === '/from') return void response.writeHead(302, { location: '/to' }).end()
      response.writeHead(200, html).end(`<p>${request.url}`)
    })
    await (await session.fetch(`${site.origin}/`)).text()
    const there = await session.fetch(`${site.origin}/from`)
    expect([there.via, there.url, there.redirected]).toEqual(['page-fetch', `${site.origin}/to`, true])
    const post = { method: 'POST', body: 'x', redirect: 'error' } as const
    expect((await errorOf(session.fetch(`${site.origin}/from`, post))).code).toBe('ONEJAR_TOO_MANY_REDIRECTS')
  })

  it('takes the page where the content security policy lets nothing be fetched', async () => {
    await using site = await startBound((_, response) => {
      response.writeHead(200, { ...html, 'content-security-policy': "connect-src 'none'" }).end('<p>strict')
    })
    const first = await session.fetch(`${site.origin}/`)
    expect([first.via, await first.text()]).toEqual(['page', '<p>strict'])
    const error = await errorOf(session.fetch(`${site.origin}/`, { method: 'POST', body: 'x' }))
    expect(error.code).toMatch(/^ONEJAR_(PAGE_FETCH_REFUSED|CHALLENGE_LOOP)$/)
  })

  it('says so when a page of another origin may not ask, and sends its cookies along when it may', async () => {
    await using site = await startBound((request, response) => {
      if (request.url === '/open') {
        response.setHeader('access-control-allow-origin', request.headers.origin ?? '')
        response.setHeader('access-control-allow-credentials', 'true')
      }
      response.writeHead(200, { ...html, 'set-cookie': 'id=1; Path=/' })
      response.end(`<p>${request.headers.origin ?? 'none'} ${request.headers.cookie ?? ''}`)
    })
    await using shop = await startHttpServer((_, response) => document(response))
    await (await session.fetch(`${site.origin}/`)).text()
    const context = { kind: 'fetch', initiator: shop.origin } as const
    const error = await errorOf(session.fetch(`${site.origin}/closed`, { context }))
    expect([error.code, error.details['refusedBy']]).toEqual(['ONEJAR_PAGE_FETCH_REFUSED', 'cors'])
    const open = await session.fetch(`${site.origin}/open`, { context })
    expect([open.via, await open.text()]).toEqual(['page-fetch', `<p>${shop.origin} id=1`])
  })

  it('is answered by the site, whatever its service worker would make of the request', async () => {
    // Pages and workers at once have several connections, any of which Chromium may take for the next request.
    const isOfPage = ({ headers }: IncomingMessage) => headers['sec-fetch-dest'] !== 'document'
    await using site = await startBound((request, response) => {
      if (request.url === '/sw.js') {
        response.writeHead(200, { 'content-type': 'text/javascript' })
        return void response.end(`
          self.addEventListener('install', () => self.skipWaiting())
          self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
          self.addEventListener('fetch', (event) => {
            if (event.request.url.endsWith('/offline')) event.respondWith(new Response('by the worker'))
          })`)
      }
      response.writeHead(200, html)
      response.end(
        request.url === '/'
          ? "<script>navigator.serviceWorker.register('/sw.js')</script>"
          : `<p>${request.url}`,
      )
    }, isOfPage)
    await (await session.fetch(`${site.origin}/`)).text()
    const page = await session.page()
    await page.goto(`${site.origin}/`)
    await page.evaluate(
      'navigator.serviceWorker.controller ?? new Promise((done) => { navigator.serviceWorker.oncontrollerchange = () => done() })',
    )
    const answer = await session.fetch(`${site.origin}/offline`)
    expect(await page.evaluate("fetch('/offline').then((response) => response.text())")).toBe('by the worker')
    expect([answer.via, await answer.text()]).toEqual(['page-fetch', '<p>/offline'])
    await page.close()
  })
})

describe('a browser that is killed while a page fetches', () => {
  /** Sends a request that is held until the browser is killed, and lets every later one pass. */
  const killed = async (method: string, idempotencyKey?: string) => {
    const arrivals: string[] = []
    const arrived = Promise.withResolvers<void>()
    await using site = await startBound((request, response) => {
      if (request.url !== '/order') return void response.end('content')
      arrivals.push(String(request.method))
      if (arrivals.length > 1) return void response.end('done')
      arrived.resolve()
    })
    const before = new Set(chromiumProcesses().map(({ pid }) => pid))
    await using own = await ownBrowserBroker()
    const ordering = await own.session('b')
    expect((await ordering.fetch(`${site.origin}/first`)).via).toBe('page-fetch')
    const body = method === 'GET' ? {} : { body: 'one, please' }
    const sending = ordering.fetch(`${site.origin}/order`, {
      method,
      ...body,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    })
    const outcome = sending.then(
      (response) => response.text(),
      (error: unknown) => error,
    )
    await arrived.promise
    for (const { pid } of chromiumProcesses()) if (!before.has(pid)) process.kill(pid, 'SIGKILL')
    return { outcome: await outcome, arrivals }
  }

  it('has a request that reads sent again by another one', async () => {
    const { outcome, arrivals } = await killed('GET')
    expect(outcome).toBe('done')
    // The new page is opened at the same address, and fetches it then.
    expect(arrivals).toEqual(['GET', 'GET', 'GET'])
  })

  it('leaves the outcome of others unknown, which the error says', async () => {
    const { outcome, arrivals } = await killed('POST')
    expect(arrivals).toEqual(['POST'])
    expect(outcome).toMatchObject({ code: 'ONEJAR_OUTCOME_UNKNOWN', retry: 'never', tier: 'non-recoverable' })
    expect((outcome as Error).message).toMatch(/^The browser went away while it sent POST .*is not known/)
  })

  it('has them sent again under an idempotency key', async () => {
    expect(await killed('POST', 'order-1')).toEqual({ outcome: 'done', arrivals: ['POST', 'POST'] })
  })
})
