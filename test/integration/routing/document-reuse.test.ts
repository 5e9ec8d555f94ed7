import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { Broker, BrokerOptions, FetchOptions, Session, SessionEvent } from '../../../src/index.ts'
import { collect, memoryBroker } from '../../support/broker.ts'
import { CONTENT, type Gate, type GateKind, startGate } from '../../support/gates.ts'
import { isOfBrowser, startHttpServer } from '../../support/http-server.ts'

let broker: Broker
let session: Session
let events: SessionEvent[]
let gate: Gate
/** What goes wrong with requests over HTTP that have a clearance; true when it has answered. */
let trouble: (response: ServerResponse) => boolean = () => false

async function open(kind: GateKind, answerFromSolve: boolean, content?: string) {
  trouble = () => false
  const intercept = (request: IncomingMessage, response: ServerResponse) =>
    !isOfBrowser(request) && /clearance/.test(request.headers.cookie ?? '') && trouble(response)
  gate = await startGate(kind, { intercept, content: content ?? CONTENT })
  const options: BrokerOptions = { browser: { answerFromSolve } }
  broker = await memoryBroker(options)
  session = await broker.session('a')
  events = collect(session.events())
}
afterEach(async () => {
  await broker.close()
  await gate.close()
})
const get = async (path = '/', options: FetchOptions = {}) => {
  const response = await session.fetch(gate.origin + path, options)
  return [response.via, response.status, await response.text()]
}
const count = (wanted: SessionEvent['type']) => events.filter(({ type }) => type === wanted).length

describe('answerFromSolve', () => {
  it('gives the browser’s document to the request that led to the visit; the next one proves HTTP', async () => {
    await open('cookie', true)
    expect(await get()).toEqual(['page', 200, CONTENT])
    // The challenge over HTTP, the same in the browser, and what it let through.
    expect([gate.counts.challenged, gate.counts.passed]).toEqual([2, 1])
    expect(count('drop-back')).toBe(0)
    expect(await get('/next')).toEqual(['http', 200, CONTENT])
    expect(await get('/last')).toEqual(['http', 200, CONTENT])
    expect([count('drop-back'), count('solve-start')]).toEqual([1, 1])
    gate.revoke()
    expect((await get())[0]).toBe('page')
  })

  it('replays what the browser would ask otherwise: headers, another document, an expectation that is not met', async () => {
    await open('cookie', true)
    expect((await get('/', { headers: { 'accept-language': 'eo' } }))[0]).toBe('http')
    gate.revoke()
    expect((await get('/', { method: 'HEAD' }))[0]).toBe('http')
    gate.revoke()
    expect((await get('/', { context: { kind: 'fetch', initiator: gate.origin } }))[0]).toBe('http')
    gate.revoke()
    expect((await get('/', { expect: { text: 'behind the gate' } }))[0]).toBe('page')
    expect((await get('/#part'))[0]).toBe('http')
    gate.revoke()
    expect((await get('/#part'))[0]).toBe('page')
  })

  it('gives it to one of many that wait', async () => {
    await open('cookie', true)
    const all = await Promise.all(Array.from({ length: 20 }, () => get()))
    expect(all.filter(([via]) => via === 'page')).toHaveLength(1)
    expect(all.filter(([via]) => via === 'http')).toHaveLength(19)
    expect(count('solve-start')).toBe(1)
  })

  it('does not go on visiting where HTTP does not pass', async () => {
    await open('connection', true)
    const vias = []
    for (let i = 0; i < 5; i++) vias.push((await get(`/${i}`))[0])
    expect(vias[0]).toBe('page')
    expect(vias.slice(1)).toEqual(['page-fetch', 'page-fetch', 'page-fetch', 'page-fetch'])
    expect(count('solve-start')).toBeLessThanOrEqual(3)
  })
})

describe('a replay that fails', () => {
  it.each([
    ['a reset', (response: ServerResponse) => response.socket?.resetAndDestroy() !== undefined],
    [
      'a 503',
      (response: ServerResponse) => response.writeHead(503).end('<h1>Service unavailable</h1>') && true,
    ],
  ])('%s: the browser’s document is the answer, and nothing is learned', async (_, happens) => {
    await open('cookie', false)
    trouble = happens
    expect(await get()).toEqual(['page', 200, CONTENT])
    expect([count('drop-back'), count('route')]).toEqual([0, 0])
    trouble = () => false
    expect(await get()).toEqual(['http', 200, CONTENT])
    expect(count('solve-start')).toBe(1)
  })
})

describe('a document that the browser read', () => {
  const WORD = 'Привет'
  const CP1251 = Buffer.from('cff0e8e2e5f2', 'hex')
  const UTF16 = Buffer.from(`<p>${WORD}`, 'utf16le')
  it.each([
    [
      'a charset in its header',
      'text/html; charset=windows-1251',
      Buffer.concat([Buffer.from('<p>'), CP1251]),
    ],
    [
      'one in its text',
      'text/html',
      Buffer.concat([Buffer.from('<meta charset="windows-1251"><p>'), CP1251]),
    ],
    ['UTF-16', 'text/html;charset="utf-16le"', UTF16],
    ['a type that is no HTML', 'text/plain; charset=windows-1251; x=y', CP1251],
    ['UTF-8', 'text/html; charset=UTF-8', Buffer.from(`<p>${WORD}`)],
  ])('says what its bytes are: %s', async (_, type, bytes) => {
    await open('open', false, '')
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-type': type }).end(bytes)
    })
    const response = await session.fetch(server.origin, {
      expect: ({ via }) => via === 'page',
      robots: false,
    })
    const { 1: charset } = /charset="?([\w-]+)/.exec(response.headers.get('content-type') ?? '') ?? []
    const text = new TextDecoder(charset).decode(await response.arrayBuffer())
    expect([response.via, text.replace(/<[^>]*>/g, '')]).toEqual(['page', WORD])
  })
})
