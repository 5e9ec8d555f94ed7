import { describe, expect, it } from 'vitest'
import { localWrite, SessionRecord } from '../../../src/record/index.ts'
import { SessionReport } from '../../../src/report/index.ts'
import { EventHub, type SessionEvent } from '../../../src/routing/index.ts'

const START = 1_700_000_000_000
const HOSTILE = `</title><script>alert(1)</script><img src=x onerror="alert(1)">'"&`
const SITE = new URL('https://shop.example/')

function watched(limits = { maxRequests: 1_000, maxEvents: 1_000 }) {
  let now = START
  const clock = { now: () => now }
  const events = new EventHub()
  const record = new SessionRecord({ writer: 'test', clock })
  const report = new SessionReport({ events, record, clock }, limits)
  const request = (own: object = {}) =>
    events.emit({
      ...{ type: 'request', at: now, method: 'GET', url: 'https://shop.example/a', via: 'http' },
      ...{ status: 200, ms: 5, verdict: 'ok', reason: 'HTTP costs least' },
      ...own,
    } as SessionEvent)
  return { events, record, report, request, pass: (ms: number) => (now += ms) }
}

describe('a report', () => {
  it('has each request with its transport and the reason for it, and those that failed', () => {
    const { report, request } = watched()
    request()
    request({ via: 'page', reason: 'the caller wants it' })
    request({ type: 'request-failed', code: 'ONEJAR_TIMEOUT' })
    const { counts, requests } = report.data()
    expect(counts).toMatchObject({
      requests: 3,
      failed: 1,
      byTransport: { http: 2, 'page-fetch': 0, page: 1 },
    })
    expect(requests.items.map(({ via, status, verdict, reason }) => [via, status, verdict, reason])).toEqual([
      ['http', 200, 'ok', 'HTTP costs least'],
      ['page', 200, 'ok', 'the caller wants it'],
      ['http', null, 'ONEJAR_TIMEOUT', 'HTTP costs least'],
    ])
  })

  it('shows solves and what its user begins as bars that say what they are', () => {
    const { report, events, pass } = watched()
    const url = 'https://shop.example/'
    events.emit({ type: 'solve-start', at: START, url, reason: 'a challenge' })
    pass(400)
    const done = report.begin('login by hand')
    events.emit({
      type: 'solve-end',
      at: START + 400,
      url,
      outcome: 'passed',
      reason: 'new cookies',
      ms: 400,
    })
    pass(100)
    done()
    expect(report.data().spans.items).toEqual([
      { from: START, to: START + 400, kind: 'solve', label: `solve of ${url}`, outcome: 'passed' },
      { from: START + 400, to: START + 500, kind: 'own', label: 'login by hand', outcome: null },
    ])
    const bars = report.html().match(/<ol class="bars">[\s\S]*?<\/ol>/)?.[0]
    expect(bars).toContain('<p>solve of https://shop.example/: 400 ms, <span class="good">passed</span></p>')
    expect(bars).toContain('<p>login by hand: 100 ms</p>')
  })

  it('says who wrote which cookie and item, and shows no value', () => {
    const { report, record } = watched()
    record.receive(['sid=CANARY-cookie; HttpOnly'], SITE, undefined, { name: 'http' })
    record.write([localWrite(SITE.origin, 'theme', 'CANARY-item')], { name: 'context 12345678' })
    record.receive(['sid=; Max-Age=0'], SITE, undefined, { name: 'api' })
    expect(report.data().changes.items.map(({ what, name, deed, by }) => [what, name, deed, by])).toEqual([
      ['cookie', 'sid', 'written', 'a response over HTTP'],
      ['localStorage', 'theme', 'written', 'a page in the browser'],
      ['cookie', 'sid', 'removed', 'a call of the library'],
    ])
    expect(JSON.stringify(report.data()) + report.html()).not.toContain('CANARY')
  })

  it('stays small, however much happens', () => {
    const { report, request, events } = watched({ maxRequests: 10, maxEvents: 10 })
    for (let i = 0; i < 1_005; i++)
      request({ status: 200 + (i % 100), url: `https://a.example/${'x'.repeat(9_000)}` })
    for (let i = 0; i < 1_000; i++)
      events.emit({ type: 'unblocked', at: START, origin: `https://${i}.example` })
    const data = report.data()
    expect(data.counts.requests).toBe(1_005)
    expect(data.requests.items).toHaveLength(10)
    expect(data.requests.items.at(-1)?.status).toBe(204)
    expect(data.requests.left).toBe(995)
    expect(data.events.left).toBe(990)
    expect(report.html().length).toBeLessThan(40_000)
  })

  it('holds no markup that came from a site', () => {
    const { report, request, events, record } = watched()
    const evidence = [
      {
        signal: HOSTILE,
        vendor: HOSTILE,
        where: 'title',
        verdict: 'block',
        weight: 1,
        note: HOSTILE,
      } as const,
    ]
    request({ url: HOSTILE, method: HOSTILE, reason: HOSTILE, verdict: HOSTILE })
    events.emit({
      type: 'challenge',
      at: START,
      url: HOSTILE,
      verdict: 'block',
      vendor: HOSTILE,
      evidence,
    } as never)
    events.emit({ type: 'solve-start', at: START, url: HOSTILE, reason: HOSTILE })
    events.emit({ type: 'blocked', at: START, origin: HOSTILE, verdict: 'block', reason: HOSTILE })
    events.emit({ type: HOSTILE, at: START } as never)
    record.receive([`${HOSTILE.replaceAll(/[=;]/g, '')}=1`], SITE, undefined, { name: HOSTILE })
    record.write([localWrite(SITE.origin, HOSTILE, 'x')], { name: HOSTILE })
    report.begin(HOSTILE)
    const html = report.html({ title: HOSTILE, figures: [{ name: HOSTILE, value: HOSTILE, ok: false }] })
    expect(html).not.toMatch(/<script|<img/)
    expect(html.split('&lt;script').length).toBeGreaterThan(12)
  })

  it('copes with a run in which nothing happened, and sees nothing after its end', () => {
    const { report, request, pass, events } = watched()
    report.stop()
    report.stop()
    pass(1_000)
    request()
    expect(events.wanted).toBe(false)
    expect(report.data()).toMatchObject({ from: START, to: START, counts: { requests: 0 } })
    expect(report.html()).not.toMatch(/NaN|Infinity|undefined/)
  })
})
