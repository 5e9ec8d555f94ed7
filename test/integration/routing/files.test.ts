import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

const noise = randomBytes(4 * 1024 * 1024)
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const attachment = { 'content-disposition': 'attachment; filename="a.bin"' }

interface Document {
  readonly type?: string
  readonly headers?: Record<string, string>
  readonly body: Buffer
}
const DOCUMENTS: Record<string, Document> = {
  'a PDF': { type: 'application/pdf', body: Buffer.from('%PDF-1.4\n%\xff\xfe\n%%EOF', 'latin1') },
  'a PDF to keep': { type: 'application/pdf', headers: attachment, body: Buffer.from('%PDF-1.4\n%%EOF') },
  'a large PDF': { type: 'application/pdf', body: Buffer.concat([Buffer.from('%PDF-1.4\n'), noise]) },
  'an archive': { type: 'application/zip', headers: attachment, body: noise.subarray(0, 70_000) },
  'bytes of no kind': { type: 'application/octet-stream', body: noise.subarray(0, 1_000) },
  'a picture': { type: 'image/png', body: png },
  'a text': { type: 'text/plain; charset=iso-8859-1', body: Buffer.from('caf\xe9 & <b>', 'latin1') },
  'a JSON text': { type: 'application/json', body: Buffer.from('{"a": "é",\n "b":[1, 2]}') },
  'an XML text': { type: 'application/xml', body: Buffer.from('<?xml version="1.0"?><a><b/></a>') },
  'a page to keep': { type: 'text/html', headers: attachment, body: Buffer.from('<p>kept</p>') },
  'a text that is packed': {
    type: 'text/csv',
    headers: { 'content-encoding': 'gzip' },
    body: Buffer.from('a;b\r\n1;2\r\n'),
  },
  'bytes without a type': { body: Buffer.from('\x00\x01\x02', 'latin1') },
}
const PAGE = { 'content-type': 'text/html', 'cache-control': 'no-store' }
const GATE = `<!doctype html><title>Just a moment...</title><meta name="robots" content="noindex"><script>
  document.cookie = 'gate=1; path=/'; location.reload()</script>`

let server: TestServer
let broker: Broker
let session: Session
let passed: number
beforeEach(async () => {
  passed = 0
  server = await startHttpServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site')
    const name = searchParams.get('name') ?? ''
    if (pathname === '/file') return send(response, name)
    if (pathname === '/page') {
      response.writeHead(200, PAGE).end('<!doctype html><p>a page</p>')
      return
    }
    if (pathname === '/starts') {
      const url = JSON.stringify(`/file?name=${encodeURIComponent(name)}`)
      response
        .writeHead(200, PAGE)
        .end(`<!doctype html><p>It starts soon</p><script>location = ${url}</script>`)
      return
    }
    if (pathname === '/broken') {
      // Its connection ends before its body does.
      const chunked = name.includes('chunks')
      const type = name.startsWith('a page') ? 'text/html' : 'text/plain'
      response.writeHead(200, { 'content-type': type, ...(chunked ? {} : { 'content-length': 1_000 }) })
      response.write('<p>a part', () => response.destroy())
      return
    }
    if (pathname === '/garbled') {
      response.writeHead(200, { ...PAGE, 'content-encoding': 'gzip' }).end('this is not what gzip makes')
      return
    }
    if (pathname !== '/gated') return void response.writeHead(404).end()
    if (!/gate=1/.test(request.headers.cookie ?? '')) {
      response.writeHead(403, { ...PAGE, 'cf-mitigated': 'challenge' }).end(GATE)
      // The browser gets it once; the replay breaks.
    } else if (++passed > 1) response.destroy()
    else send(response, name)
  })
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterEach(async () => {
  await broker.close()
  await server.close()
})

function send(response: ServerResponse, name: string): void {
  const { type, headers = {}, body } = DOCUMENTS[name] as Document
  const sent = headers['content-encoding'] === 'gzip' ? gzipSync(body) : body
  response.writeHead(200, { ...headers, ...(type ? { 'content-type': type } : {}) }).end(sent)
}
const bytesOf = async (response: { arrayBuffer(): Promise<ArrayBuffer> }) =>
  Buffer.from(await response.arrayBuffer())
const at = (path: string, name: string) => `${server.origin}${path}?name=${encodeURIComponent(name)}`

describe('a document that the browser does not get whole is an error, as over HTTP', () => {
  it.each([
    ['a text', '/broken', 'ONEJAR_NETWORK'],
    ['a page', '/broken', 'ONEJAR_NETWORK'],
    ['a page in chunks', '/broken', 'ONEJAR_NETWORK'],
    ['a page that is not packed as it says', '/garbled', 'ONEJAR_BAD_RESPONSE'],
  ])('%s', async (name, path, code) => {
    const error = await errorOf(session.fetch(at(path, name), { render: true, retry: false }))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(server.origin + path)])
  })
})

describe('a document that is no page comes from the browser as it was sent', () => {
  it('when it is to be rendered', async () => {
    for (const [name, { type, body }] of Object.entries(DOCUMENTS)) {
      const response = await session.fetch(at('/file', name), { render: true })
      const got = await bytesOf(response)
      expect([name, response.via, response.status]).toEqual([name, 'page', 200])
      expect([name, response.headers.get('content-type'), got.equals(body)]).toEqual([
        name,
        type ?? null,
        true,
      ])
      expect(response.url).toBe(at('/file', name))
    }
    const page = await session.fetch(`${server.origin}/page`, { render: true })
    expect(await page.text()).toContain('<p>a page</p>')
  })

  it.each(['a PDF', 'an archive', 'a large PDF', 'a text'])(
    'when it is behind a challenge: %s',
    async (name) => {
      const { type, body } = DOCUMENTS[name] as Document
      const response = await session.fetch(at('/gated', name))
      expect([response.via, response.status, response.headers.get('content-type')]).toEqual([
        'page',
        200,
        type,
      ])
      expect((await bytesOf(response)).equals(body)).toBe(true)
    },
  )

  it('within the bounds of a body', async () => {
    const error = await errorOf(
      session.fetch(at('/file', 'a large PDF'), { render: true, maxResponseBytes: 100_000 }),
    )
    expect(error.code).toBe('ONEJAR_BODY_TOO_LARGE')
    const response = await session.fetch(at('/file', 'a PDF'), { render: true, maxResponseBytes: 100_000 })
    expect(response.status).toBe(200)
  })

  it('and says which it is where a page leads to it', async () => {
    const response = await session.fetch(at('/starts', 'an archive'), { render: true })
    const isFile = response.url === at('/file', 'an archive')
    const { body } = DOCUMENTS['an archive'] as Document
    if (isFile) expect((await bytesOf(response)).equals(body)).toBe(true)
    else {
      expect(response.url).toBe(at('/starts', 'an archive'))
      expect(await response.text()).toContain('It starts soon')
    }
  })

  it('and meets what is expected of it', async () => {
    const response = await session.fetch(at('/file', 'a JSON text'), {
      render: true,
      expect: { jsonPath: '$.b[1]' },
    })
    expect(await response.json()).toEqual({ a: 'é', b: [1, 2] })
    const error = await errorOf(
      session.fetch(at('/file', 'a PDF'), { render: true, expect: { text: 'never there' } }),
    )
    expect(error.code).toBe('ONEJAR_EXPECTATION_FAILED')
  })
})
