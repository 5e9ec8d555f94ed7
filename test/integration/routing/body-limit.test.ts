import type { ServerResponse } from 'node:http'
import * as zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { type GateKind, startGate } from '../../support/gates.ts'
import { startHttpServer } from '../../support/http-server.ts'

const LIMIT = 50_000
const LARGE = `<!doctype html><title>Shop</title><p>${'behind the gate '.repeat(10_000)}</p>`

describe('a body that is larger than maxResponseBytes', () => {
  async function bodyOf(kind: GateKind, options: object, request: object = {}) {
    await using gate = await startGate(kind, { content: LARGE })
    await using broker = await memoryBroker({ maxResponseBytes: LIMIT, ...options })
    const session = await broker.session('a')
    return await errorOf(async () => (await session.fetch(gate.origin, request)).text())
  }

  it.each<[string, GateKind, object, object?]>([
    ['over http, after a visit', 'cookie', {}],
    ['from a fetch in a page', 'connection', {}],
    ['from a page that renders', 'open', {}, { render: true }],
    ['from the visit itself', 'cookie', { browser: { answerFromSolve: true } }],
    [
      'over http, by the limit of the request',
      'open',
      { maxResponseBytes: false },
      { maxResponseBytes: LIMIT },
    ],
    [
      'from a page, by the limit of the request',
      'open',
      { maxResponseBytes: false },
      { render: true, maxResponseBytes: LIMIT },
    ],
  ])('is refused %s', async (_, kind, options, request) => {
    const error = await bodyOf(kind, options, request)
    expect(error.code).toBe('ONEJAR_BODY_TOO_LARGE')
    expect(error.message).toContain('the body is larger than')
  })
})

const MIB = 1024 * 1024
const ZEROS = Buffer.alloc(8 * MIB, '0')
const gzip = (bytes: Buffer) => zlib.gzipSync(bytes, { level: 1 })

function startSite(encoding: string, write: (response: ServerResponse) => void) {
  return startHttpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': encoding })
    write(response)
  })
}

describe('a small response that unfolds to a large one', () => {
  it.each<[string, Buffer]>([
    ['gzip', gzip(ZEROS)],
    ['deflate', zlib.deflateSync(ZEROS)],
    ['br', zlib.brotliCompressSync(ZEROS, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } })],
    ['zstd', zlib.zstdCompressSync(ZEROS)],
    ['gzip, gzip, gzip', gzip(gzip(gzip(ZEROS)))],
  ])('is cut in %s, and may be larger where the request says so', async (encoding, body) => {
    await using server = await startSite(encoding, (response) => response.end(body))
    await using broker = await memoryBroker({ maxResponseBytes: MIB })
    const session = await broker.session('a')
    const error = await errorOf(async () => (await session.fetch(server.origin)).text())
    expect(error.code).toBe('ONEJAR_BODY_TOO_LARGE')
    const larger = await session.fetch(server.origin, { maxResponseBytes: 9 * MIB })
    expect((await larger.arrayBuffer()).byteLength).toBe(8 * MIB)
    const any = await session.request(server.origin, { maxResponseBytes: false })
    expect((await any.body.bytes()).length).toBe(8 * MIB)
  })

  it('is cut at 256 MiB where nobody says anything, also while it is streamed', async () => {
    const frame = zlib.zstdCompressSync(Buffer.alloc(64 * MIB))
    await using server = await startSite('zstd', (response) => {
      for (let i = 0; i < 5; i++) response.write(frame)
      response.end()
    })
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    let bytes = 0
    const error = await errorOf(async () => {
      const { body } = await session.request(server.origin)
      for await (const chunk of body) bytes += (chunk as Buffer).length
    })
    expect(error.code).toBe('ONEJAR_BODY_TOO_LARGE')
    expect(bytes).toBeGreaterThan(200 * MIB)
    expect(bytes).toBeLessThanOrEqual(256 * MIB)
  })

  it('does not fill the browser: the page is closed while it still loads', async () => {
    const closed = Promise.withResolvers<void>()
    await using server = await startHttpServer((request, response) => {
      if (request.url !== '/') {
        response.writeHead(404).end()
        return
      }
      response.writeHead(200, { 'content-type': 'text/html' })
      const paragraph = `<p>${'more '.repeat(2_000)}`
      const write = () => {
        while (!response.destroyed && response.write(paragraph));
      }
      response.on('drain', write)
      response.on('close', closed.resolve)
      write()
    })
    await using broker = await memoryBroker({ maxResponseBytes: MIB })
    const session = await broker.session('a')
    const error = await errorOf(session.fetch(server.origin, { render: true }))
    expect(error.code).toBe('ONEJAR_BODY_TOO_LARGE')
    await closed.promise
  })

  it('passes the dispatcher only up to the limit', async () => {
    await using server = await startHttpServer((_request, response) => response.end(ZEROS))
    await using broker = await memoryBroker({ maxResponseBytes: MIB })
    const session = await broker.session('a')
    const response = await fetch(server.origin, { dispatcher: session.dispatcher } as RequestInit)
    await expect(response.text()).rejects.toThrow()
  })
})
