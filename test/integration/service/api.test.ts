import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { startService } from '../../../src/service/index.ts'
import type { Log } from '../../../src/telemetry/index.ts'
import { errorOf, IDENTITY } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'

const TOKEN = 'canary-token-0123456789'

function openService(
  options: {
    token?: string
    lines?: unknown[]
    maxResponseBytes?: number
    maxSessions?: number
    idleMs?: number
  } = {},
) {
  const note = (fields: unknown, message: string) => void options.lines?.push({ fields, message })
  const log: Log = { debug: note, info: note, warn: note, error: note }
  return startService({
    broker: { store: 'memory', identity: IDENTITY, addresses: 'any' },
    host: '127.0.0.1',
    port: 0,
    token: options.token,
    log,
    maxResponseBytes: options.maxResponseBytes,
    maxSessions: options.maxSessions,
    idleMs: options.idleMs,
  })
}

const site = () =>
  startHttpServer((request, response) => {
    if (request.url === '/binary') response.end(Buffer.of(0xff, 0xfe, 0x00))
    else {
      response.setHeader('set-cookie', 'sid=canary-cookie; Path=/; HttpOnly')
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><p>${request.method} ${request.headers.cookie ?? 'no cookie'}`)
    }
  })

/** A POST, PUT or DELETE with JSON; what came back, parsed where it is JSON. */
async function call(url: string, method: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, json: text === '' ? null : JSON.parse(text) }
}

describe('the service', () => {
  it('fetches in a session, keeps its cookies, and shows them masked', async () => {
    await using server = await site()
    const service = await openService()
    const fetchUrl = `${service.url}/v1/fetch`
    const first = await call(fetchUrl, 'POST', { session: 'alice', url: server.origin })
    expect(first).toMatchObject({ status: 200, json: { status: 200, via: 'http' } })
    expect(first.json.text).toContain('GET no cookie')
    const second = await call(fetchUrl, 'POST', {
      session: 'alice',
      url: server.origin,
      method: 'POST',
      body: 'a=1',
    })
    expect(second.json.text).toContain('POST sid=canary-cookie')
    const binary = await call(fetchUrl, 'POST', { session: 'alice', url: `${server.origin}/binary` })
    expect(binary.json.base64).toBe('//4A')

    const cookies = `${service.url}/v1/sessions/alice/cookies`
    expect((await call(cookies, 'GET')).json.cookies).toMatchObject([{ name: 'sid', valueBytes: 13 }])
    expect(JSON.stringify((await call(cookies, 'GET')).json)).not.toContain('canary')
    expect((await call(`${cookies}?reveal=1`, 'GET')).json.cookies[0].value).toBe('canary-cookie')
    const set = await call(cookies, 'PUT', {
      url: server.origin,
      lines: ['b=2', 'c=3; Domain=other.example'],
    })
    expect(set.json.results).toMatchObject([{ accepted: true }, { accepted: false, reason: 'domain' }])
    const sessions = await call(`${service.url}/v1/sessions`, 'GET')
    expect(sessions.json.sessions).toMatchObject([{ tenant: 'default', id: 'alice' }])
    expect((await call(`${service.url}/v1/sessions/alice`, 'DELETE')).status).toBe(204)
    expect((await call(`${service.url}/v1/sessions/alice`, 'DELETE')).status).toBe(404)
    await service.close()
  })

  it('shows where a session is halted, and lets it go on there', async () => {
    let status = 403
    await using server = await startHttpServer((_request, response) => {
      const page =
        '<!doctype html><p>Please solve the captcha to go on</p><form><input name="captcha"></form>'
      response
        .writeHead(status, { 'content-type': 'text/html' })
        .end(status === 403 ? page : '<p>content</p>')
    })
    const service = await openService()
    const ask = () =>
      call(`${service.url}/v1/fetch`, 'POST', { session: 'alice', url: server.origin, escalate: false })
    expect((await ask()).json.error.code).toBe('ONEJAR_CAPTCHA')
    status = 200
    expect((await ask()).json.error.code).toBe('ONEJAR_CAPTCHA')
    const alice = `${service.url}/v1/sessions/alice`
    const { json } = await call(`${alice}/blocked`, 'GET')
    expect(json.blocked).toEqual([
      {
        origin: server.origin,
        at: expect.any(Number),
        verdict: 'captcha',
        vendor: null,
        reason: expect.stringContaining('captcha'),
      },
    ])
    const unblock = (body: unknown) => call(`${alice}/unblock`, 'POST', body)
    expect(await unblock({})).toMatchObject({ status: 400, json: { error: { code: 'ONEJAR_BAD_OPTIONS' } } })
    expect(await unblock({ origin: 'nowhere' })).toMatchObject({ status: 400 })
    expect(await unblock({ origin: server.origin })).toEqual({ status: 200, json: { blocked: [] } })
    expect((await ask()).json.status).toBe(200)
    await service.close()
  })

  it('renders', async () => {
    await using server = await startHttpServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><p id=a>old<script>a.textContent = "made by a script"</script>')
    })
    const service = await openService()
    const body = { session: 'a', url: server.origin }
    const { json } = await call(`${service.url}/v1/render`, 'POST', body)
    expect(json).toMatchObject({ status: 200, via: 'page' })
    expect(json.text).toContain('made by a script')
    await service.close()
  })

  it('tells errors with their code and what to do, and nothing of secrets', async () => {
    const lines: unknown[] = []
    const service = await openService({ lines })
    const fetchUrl = `${service.url}/v1/fetch`
    const cases: [unknown, number, string, string][] = [
      [{ session: 'a', url: 'ftp://x' }, 400, 'ONEJAR_BAD_URL', ''],
      [{ session: 'a', url: 'http://127.0.0.1:1/?canary' }, 502, 'ONEJAR_NETWORK', ''],
      [{ session: 'a' }, 400, 'ONEJAR_BAD_OPTIONS', 'url'],
      [{ session: '', url: 'http://x/' }, 400, 'ONEJAR_BAD_OPTIONS', 'session'],
      [{ session: 'a', url: 'http://x/', secret: 'canary' }, 400, 'ONEJAR_BAD_OPTIONS', 'secret'],
      [[], 400, 'ONEJAR_BAD_OPTIONS', ''],
    ]
    for (const [body, status, code, word] of cases) {
      const reply = await call(fetchUrl, 'POST', body)
      expect(reply).toMatchObject({ status, json: { error: { code } } })
      expect(reply.json.error.message).toContain(word)
      expect(JSON.stringify(reply)).not.toContain('canary')
    }
    const malformed = await fetch(fetchUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"canary',
    })
    expect(malformed.status).toBe(400)
    expect((await call(`${service.url}/nothing`, 'GET')).status).toBe(404)
    expect(JSON.stringify(lines)).not.toContain('canary')
    await service.close()
  })

  it('tells what it cannot read in the shape of every other error', async () => {
    const service = await openService()
    const cut = await call(`${service.url}/v1/sessions/%ff/cookies`, 'GET')
    expect(cut).toMatchObject({ status: 400, json: { error: { code: expect.any(String) } } })
    const both = { session: 'alice', url: service.url, method: 'POST', body: 'a', bodyBase64: 'YQ==' }
    const two = await call(`${service.url}/v1/fetch`, 'POST', both)
    expect(two).toMatchObject({ status: 400, json: { error: { code: 'ONEJAR_BAD_OPTIONS' } } })
    expect(two.json.error.message).toContain('bodyBase64')
    const long = await call(`${service.url}/v1/sessions/${'x'.repeat(1_024)}/cookies`, 'GET')
    expect(long).toEqual({ status: 200, json: { cookies: [] } })
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
    socket.end('not HTTP\r\n\r\n')
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'MALFORMED_REQUEST' } })
    await service.close()
  })

  it('wants its token where it has one, for everything but its health', async () => {
    const service = await openService({ token: TOKEN })
    const sessions = `${service.url}/v1/sessions`
    expect((await call(sessions, 'GET')).status).toBe(401)
    expect((await call(sessions, 'GET', undefined, { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await call(`${service.url}/metrics`, 'GET')).status).toBe(401)
    const right = { authorization: `Bearer ${TOKEN}` }
    expect((await call(sessions, 'GET', undefined, right)).status).toBe(200)
    expect(await call(`${service.url}/health`, 'GET')).toMatchObject({ status: 200, json: { status: 'ok' } })
    await service.close()
  })

  it('lets no web page in where it has none', async () => {
    const service = await openService()
    const body = { session: 'a', url: 'http://127.0.0.1:1/' }
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-origin' },
    ]) {
      expect((await call(`${service.url}/v1/fetch`, 'POST', body, headers)).status).toBe(403)
    }
    // A name of the attacker's that resolves to this machine.
    const { port } = new URL(service.url)
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.end('GET /v1/sessions HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
      })
      socket.once('data', (chunk) => resolve(String(chunk)))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 403 /)
    await service.close()
  })

  it('does not listen beyond this machine without a token, nor where it cannot', async () => {
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const common = { broker: { store: 'memory' }, port: 0, log } as const
    const open = await errorOf(startService({ ...common, host: '0.0.0.0', token: undefined }))
    expect(open).toMatchObject({ code: 'ONEJAR_BAD_OPTIONS' })
    expect(open.message).toContain('ONEJAR_TOKEN')
    const short = await errorOf(startService({ ...common, host: '0.0.0.0', token: 'short' }))
    expect(short.message).toContain('16')
    const nowhere = await errorOf(startService({ ...common, host: '192.0.2.1', token: TOKEN }))
    expect(nowhere.message).toContain('192.0.2.1')
  })

  it('shows its metrics', async () => {
    await using server = await site()
    const service = await openService()
    await call(`${service.url}/v1/fetch`, 'POST', { session: 'canary', url: server.origin })
    const text = await (await fetch(`${service.url}/metrics`)).text()
    expect(text).toContain('session_creation_total{origin="new"')
    expect(text).not.toContain('canary')
    await service.close()
  })

  it('takes no body that is larger than it may be, and a request may ask for more or less', async () => {
    const body = gzipSync(Buffer.alloc(32 * 1024 * 1024, 'a'))
    await using server = await startHttpServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
    })
    const ask = async (url: string, maxResponseBytes?: number) =>
      (await call(`${url}/v1/fetch`, 'POST', { session: 'a', url: server.origin, maxResponseBytes })).json
    const tooLarge = { error: { code: 'ONEJAR_BODY_TOO_LARGE' } }
    const usual = await openService()
    expect(await ask(usual.url)).toMatchObject(tooLarge)
    expect(await ask(usual.url, 33 * 1024 * 1024)).toMatchObject({ status: 200 })
    await usual.close()
    const strict = await openService({ maxResponseBytes: 1_000_000 })
    expect(await ask(strict.url, 33 * 1024 * 1024)).toMatchObject(tooLarge)
    await strict.close()
  })

  it('opens nothing for being read, keeps to the bound, and parks what rests', async () => {
    const service = await openService({ maxSessions: 3, idleMs: 60_000 })
    const cookiesOf = (id: string) => `${service.url}/v1/sessions/${id}/cookies`
    const health = async () => (await call(`${service.url}/health`, 'GET')).json.sessions
    for (const id of ['x', 'y', 'z']) {
      expect((await call(cookiesOf(id), 'GET')).json).toEqual({ cookies: [] })
      expect((await call(`${service.url}/v1/sessions/${id}/blocked`, 'GET')).json).toEqual({ blocked: [] })
    }
    expect(await health()).toBe(0)
    expect((await call(`${service.url}/v1/sessions`, 'GET')).json.sessions).toEqual([])
    const body = { url: 'https://shop.example/', lines: ['sid=1; Max-Age=3600'] }
    for (let i = 0; i < 8; i++) expect((await call(cookiesOf(`s${i}`), 'PUT', body)).status).toBe(200)
    expect(await health()).toBeLessThanOrEqual(3)
    // The parked ones are read from the store.
    expect((await call(cookiesOf('s0'), 'GET')).json.cookies).toMatchObject([{ name: 'sid' }])
    expect(await health()).toBeLessThanOrEqual(3)
    await service.close()
    const restless = await openService({ idleMs: 50 })
    await call(`${restless.url}/v1/sessions/a/cookies`, 'PUT', body)
    await expect.poll(async () => (await call(`${restless.url}/health`, 'GET')).json.sessions).toBe(0)
    expect((await call(`${restless.url}/v1/sessions/a/cookies`, 'GET')).json.cookies).toHaveLength(1)
    await restless.close()
  })
})
