import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Broker, Session } from '../../../src/index.ts'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'

const MB = 1_000_000
const filled = (piece: string, bytes: number) => piece.repeat(Math.ceil(bytes / piece.length))

/** By path: how a document is filled, for a size in bytes. */
const DOCUMENTS: Readonly<Record<string, (bytes: number) => string>> = {
  '/wide': (bytes) => `<ul>${filled('<li>x', bytes)}</ul><p id=end>end</p>`,
  '/deep': (bytes) => `${filled('<b>', bytes)}<i id=end>end`,
  '/unclosed': (bytes) => `<div>${filled('<i>', bytes / 2)}${filled('</u>', bytes / 2)}<p id=end>end`,
  '/attributes': (bytes) =>
    `<p ${Array.from({ length: bytes / 8 }, (_, i) => `a${i}`).join(' ')}>x</p><p id=end>end`,
}

let broker: Broker
let session: Session
let server: TestServer
beforeAll(async () => {
  server = await startHttpServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const body = DOCUMENTS[pathname]?.(Number(searchParams.get('bytes'))) ?? ''
    response.writeHead(200, { 'content-type': 'text/html' }).end(body)
  })
  broker = await memoryBroker()
  session = await broker.session('a')
})
afterAll(async () => {
  await broker.close()
  await server.close()
})

/** How long the process did nothing else, at most, while some work went on; in milliseconds. */
async function longestBlock(work: Promise<unknown>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 5)
  await work
  look()
  clearInterval(timer)
  return longest
}

describe('a document that is made to be slow', () => {
  const selectors: Readonly<Record<string, readonly string[]>> = {
    '/wide': [
      'li ~ li ~ li ~ li:nth-last-child(2)',
      'li:nth-last-child(3n+1):nth-of-type(2n)',
      'ul:has(> li + li ~ li:last-of-type)',
      'ul:has(li ~ li:not(:has(b))) ~ #end',
      'li:not(li ~ li):not(:has(+ b))',
    ],
    '/deep': ['b b b b b b > #end', 'b:has(b b b i):not(b b)', 'b:contains("end") > i', 'b:not(b b) i'],
    '/unclosed': ['div > i #end', 'i:has(#end):nth-child(1)'],
    '/attributes': ['[a77] ~ #end', 'p:not([a1]):nth-last-child(1)'],
  }
  const rows = Object.entries(selectors).flatMap(([path, all]) =>
    all.flatMap((selector, at) =>
      (at === 0 ? [0.3 * MB, 3 * MB] : [3 * MB]).map((bytes) => [path, selector, bytes] as const),
    ),
  )

  it.each(rows)('%s is looked through for %s in %i bytes', async (path, selector, bytes) => {
    const url = `${server.origin}${path}?bytes=${bytes}`
    const expecting = session.fetch(url, { expect: { selector }, escalate: false })
    // What is quadratic does not get here: it takes minutes, and nothing else runs then.
    expect(await longestBlock(expecting)).toBeLessThan(10_000)
    expect((await expecting).via).toBe('http')
  })

  it('gives the fields that are asked for', async () => {
    const fields = {
      last: '#end',
      some: { selector: 'li:nth-last-child(-n+3)', all: true },
      none: 'li ~ b ~ li',
    }
    const response = await session.fetch(`${server.origin}/wide?bytes=${3 * MB}`, { extract: fields })
    expect(await response.json()).toEqual({ last: 'end', some: ['x', 'x', 'x'], none: null })
  })

  it('ends with the time of the request, however much is asked for', async () => {
    const selector = `${'li ~ '.repeat(800)}li`
    const fields = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`f${i}`, selector]))
    const url = `${server.origin}/wide?bytes=${3 * MB}`
    for (const options of [{ extract: fields }, { expect: { selector }, escalate: false }]) {
      const error = await errorOf(session.fetch(url, { ...options, timeoutMs: 3_000 }))
      expect(error.code).toBe('ONEJAR_TIMEOUT')
    }
    const given = AbortSignal.timeout(3_000)
    const error = await errorOf(session.fetch(url, { extract: fields, signal: given }))
    expect(['ONEJAR_TIMEOUT', 'ONEJAR_ABORTED']).toContain(error.code)
  })

  it('gives no more text than can be held', async () => {
    const all = { all: { selector: 'b', all: true } }
    const nested = await session.fetch(`${server.origin}/deep?bytes=${0.3 * MB}`, { extract: all })
    expect(((await nested.json()) as { all: string[] }).all.length).toBe(100_000)
    await using many = await startHttpServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(filled('<b>text', 0.3 * MB))
    })
    const error = await errorOf(session.fetch(many.origin, { extract: all }))
    expect(error.code).toBe('ONEJAR_EXTRACT_FAILED')
  })
})
