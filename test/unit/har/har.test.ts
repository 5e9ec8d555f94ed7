import { describe, expect, it } from 'vitest'
import { explainHar, harText } from '../../../src/cli/explain/explain-har.ts'
import { harDocument, KEEP_SECRETS, readHar, redactor, type TracedExchange } from '../../../src/har/index.ts'

const EXCHANGE: TracedExchange = {
  startedAt: 1_700_000_000_000,
  transport: 'http',
  resourceType: null,
  request: {
    method: 'POST',
    url: 'https://shop.example/a?token=CANARY-query&CANARY-bare#CANARY-hash',
    httpVersion: 'HTTP/1.1',
    headers: [
      ['Cookie', 'sid=CANARY-cookie; CANARY-nameless'],
      ['authorization', 'Bearer CANARY-token'],
      ['x-anything', 'CANARY-own'],
      ['referer', 'https://shop.example/b?q=CANARY-referer'],
      ['accept', 'text/html'],
    ],
    body: null,
    bodyBytes: 12,
  },
  response: {
    status: 302,
    statusText: 'Found',
    httpVersion: 'HTTP/1.1',
    headers: [
      ['set-cookie', 'sid=CANARY-set; Path=/; HttpOnly; x=CANARY-attribute'],
      ['location', '/c?code=CANARY-code'],
      ['content-type', 'text/html'],
      ['cf-mitigated', 'challenge'],
    ],
    body: null,
    bodyBytes: 40,
  },
  waitMs: 12,
  receiveMs: 3,
  error: null,
  reason: 'HTTP costs least',
}

const options = { version: '1.0.0', redactor: redactor(new Set(['cf-mitigated'])), comment: '' }

describe('a HAR document', () => {
  it('has no secret, and what a person needs', () => {
    const text = harDocument([EXCHANGE], options)
    expect(text).not.toContain('CANARY')
    const [entry] = JSON.parse(text).log.entries
    expect(entry.request.url).toBe('https://shop.example/a?token=redacted&redacted')
    expect(entry.request.headers).toContainEqual({ name: 'accept', value: 'text/html' })
    expect(entry.request.headers).toContainEqual({ name: 'x-anything', value: 'redacted (10)' })
    expect(entry.request.cookies).toEqual([{ name: 'sid', value: 'redacted (13)' }])
    expect(entry.response.headers).toContainEqual({
      name: 'set-cookie',
      value: 'sid=redacted (10); Path=/; HttpOnly',
    })
    expect(entry.response.headers).toContainEqual({ name: 'cf-mitigated', value: 'challenge' })
    expect(entry.response.redirectURL).toBe('/c?redacted')
    expect(entry).toMatchObject({ time: 15, comment: 'HTTP costs least', _transport: 'http' })
  })

  it('has them where they are asked for, and a body as text or as base64', () => {
    const body = (bytes: Buffer) =>
      JSON.parse(
        harDocument([{ ...EXCHANGE, response: { ...EXCHANGE.response!, body: bytes } }], {
          ...options,
          redactor: KEEP_SECRETS,
        }),
      ).log.entries[0]
    const { request, response } = body(Buffer.from('<p>ä'))
    expect(request.headers).toContainEqual({ name: 'authorization', value: 'Bearer CANARY-token' })
    expect(response.content).toMatchObject({ text: '<p>ä', size: 5 })
    expect(body(Buffer.from([0xff, 0xfe])).response.content).toMatchObject({
      text: '//4=',
      encoding: 'base64',
    })
  })

  it('is in the order of time', () => {
    const later = { ...EXCHANGE, startedAt: EXCHANGE.startedAt + 1 }
    const { entries } = JSON.parse(harDocument([later, EXCHANGE], options)).log
    expect(entries[0].startedDateTime < entries[1].startedDateTime).toBe(true)
  })
})

const CHALLENGE = '<!doctype html><title>Just a moment...</title><script>window._cf_chl_opt = {}</script>'
const entry = (own: object = {}, content: object = { text: CHALLENGE }) => ({
  request: { method: 'GET', url: 'https://shop.example/a?q=1', ...own },
  response: { status: 403, headers: [{ name: 'Content-Type', value: 'text/html' }], content },
})
const file = (...entries: unknown[]) => Buffer.from(JSON.stringify({ log: { entries } }))

describe('explaining a HAR file', () => {
  it('says of each response what it is, on which evidence, and what comes next', () => {
    const ok = { ...entry(), response: { status: 200, headers: [], content: {} } }
    const text = harText(explainHar(file(entry(), ok), undefined))
    expect(text).toMatch(/GET https:\/\/shop\.example\/a 403\n {2}js-challenge/)
    expect(text).toMatch(/_cf_chl_opt/)
    expect(text).toMatch(/next: a browser passes the challenge, then HTTP again/)
    expect(text).toMatch(/does not have its body/)
    expect(text).toMatch(/next: HTTP is enough/)
    expect(text).not.toContain('q=1')
  })

  it('reads bodies in base64, as Chromium and Firefox write them', () => {
    const content = { text: Buffer.from(CHALLENGE).toString('base64'), encoding: 'base64' }
    expect(explainHar(file(entry({}, content)), undefined).responses[0]?.verdict.kind).toBe('js-challenge')
  })

  it('counts what is no response, whatever it holds instead', () => {
    const failed = { request: { url: 'https://shop.example/' }, response: { status: 0 } }
    const strange = [
      null,
      1,
      'x',
      {},
      { request: null },
      entry({ url: 'data:,x' }),
      entry({ url: {} }),
      failed,
    ]
    expect(readHar(file(...strange))).toEqual({ responses: [], skipped: 8 })
    const hostile = { ...entry(), response: { status: 200, headers: { length: 1e9 }, content: 'x' } }
    expect(readHar(file(hostile)).responses[0]).toMatchObject({ headers: [], body: null })
  })

  it.each([
    ['no JSON', Buffer.from('<html>'), /it is not JSON/],
    ['another file', Buffer.from('{"log":{}}'), /no log\.entries/],
    ['nesting that would exhaust the stack', Buffer.from('['.repeat(200_000)), /it is not JSON/],
    ['too many entries', file(...new Array(100_001).fill(0)), /100001 entries/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readHar(bytes)).toThrow(message)
    expect(() => readHar(bytes)).toThrow(expect.objectContaining({ code: 'ONEJAR_BAD_INPUT' }))
  })
})
