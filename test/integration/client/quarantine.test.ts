import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import type { BrokerWarning } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startGate } from '../../support/gates.ts'
import { startHttp2Server, startHttpServer } from '../../support/http-server.ts'
import { seriesValue, startMetrics } from '../../support/metrics.ts'

const wrong = `sha256//${Buffer.alloc(32).toString('base64')}`

describe('a session whose site may be somebody else', () => {
  it('tells of it when a certificate is not valid, also behind a redirect', async () => {
    await using site = await startHttp2Server((_request, response) => response.end('secret'))
    await using start = await startHttpServer((_request, response) => {
      response.writeHead(302, { location: `${site.origin}/?token=canary` }).end()
    })
    await using broker = await memoryBroker()
    const session = await broker.session('one')
    const events = collect(session.events())
    const error = await errorOf(session.fetch(start.origin))
    expect([error.code, error.details['origin']]).toEqual(['ONEJAR_TLS', site.origin])
    session.unblock(site.origin)
    await request(site.origin, { dispatcher: session.dispatcher }).catch(() => {})
    await session.release()
    const told = events.filter(({ type }) => type === 'quarantine')
    const reason = `ONEJAR_TLS at ${site.origin}`
    expect(told).toMatchObject([
      { origin: site.origin, reason },
      { origin: site.origin, reason },
    ])
    expect(JSON.stringify(told)).not.toContain('canary')
  })

  it('is in quarantine at that origin until a person says otherwise', async () => {
    await using site = await startHttp2Server((_request, response) => response.end('secret'))
    await using plain = await startHttpServer((_request, response) => response.end('open'))
    await using broker = await memoryBroker()
    const session = await broker.session('one')
    expect((await errorOf(session.fetch(site.origin))).code).toBe('ONEJAR_TLS')
    expect((await errorOf(session.fetch(site.origin))).code).toBe('ONEJAR_QUARANTINED')
    expect([site.accepted, await (await session.fetch(plain.origin)).text()]).toEqual([1, 'open'])
    session.unblock(site.origin)
    expect((await errorOf(session.fetch(site.origin))).code).toBe('ONEJAR_TLS')
  })

  it('sends nothing there through its dispatcher either, nor where a puzzle has stopped it', async () => {
    await using gate = await startGate('captcha')
    await using plain = await startHttpServer((_request, response) => response.end('open'))
    await using broker = await memoryBroker()
    const session = await broker.session('one')
    const { dispatcher } = session
    const ask = (url: string) => request(url, { dispatcher })
    expect(await (await ask(plain.origin)).body.text()).toBe('open')
    expect((await errorOf(session.fetch(gate.origin))).code).toBe('ONEJAR_CAPTCHA')
    const { requests } = gate.counts
    expect(await errorOf(ask(gate.origin))).toMatchObject({
      code: 'ONEJAR_CAPTCHA',
      details: { origin: gate.origin },
    })
    expect(
      (
        await errorOf(
          fetch(gate.origin, { dispatcher } as RequestInit).catch(({ cause }) => Promise.reject(cause)),
        )
      ).code,
    ).toBe('ONEJAR_CAPTCHA')
    expect(gate.counts.requests).toBe(requests)
    expect((await ask(plain.origin)).statusCode).toBe(200)
    session.quarantine('by hand', { origin: plain.origin, forMs: 60_000 })
    const refused = await errorOf(ask(plain.origin))
    expect(refused).toMatchObject({ code: 'ONEJAR_QUARANTINED', retryAfterMs: expect.any(Number) })
    session.unblock(plain.origin)
    session.unblock(gate.origin)
    expect((await ask(plain.origin)).statusCode).toBe(200)
    expect((await ask(gate.origin)).statusCode).toBe(403)
  })

  it('ends when a person says so, at one origin or altogether', async () => {
    await using site = await startHttpServer((_request, response) => response.end('open'))
    await using broker = await memoryBroker()
    const session = await broker.session('one')
    session.quarantine('by hand')
    session.quarantine('by hand', { origin: site.origin })
    session.unblock('http://elsewhere.example/')
    session.liftQuarantine(site.origin)
    expect((await errorOf(session.fetch(site.origin))).code).toBe('ONEJAR_QUARANTINED')
    session.liftQuarantine()
    expect([session.quarantined(), await (await session.fetch(site.origin)).text()]).toEqual([null, 'open'])
    expect((await errorOf(() => session.liftQuarantine('no url'))).code).toBe('ONEJAR_BAD_URL')
  })

  it('is in quarantine altogether when a key is not the pinned one, and counts it', async () => {
    await using metrics = await startMetrics()
    await using site = await startHttp2Server((_request, response) => response.end('secret'))
    await using broker = await memoryBroker({
      ignoreHTTPSErrors: true,
      pins: { '127.0.0.1': [wrong] },
      telemetry: { meterProvider: metrics.meterProvider },
    })
    const session = await broker.session('one')
    expect((await errorOf(session.fetch(site.origin))).code).toBe('ONEJAR_PIN_MISMATCH')
    expect(session.quarantined()?.reason).toBe(`ONEJAR_PIN_MISMATCH at ${site.origin}`)
    // Another session has other pins, and other connections with them.
    const other = await broker.session('two', { pins: { 'other.test': [wrong] } })
    for (let n = 0; n < 4; n += 1) expect(await (await other.fetch(site.origin)).text()).toBe('secret')

    const text = await metrics.scrape()
    expect(seriesValue(text, 'session_invalidation_triggers', 'reason="quarantine"')).toBe(1)
    expect(seriesValue(text, 'tls_version_distribution', 'version="TLSv1.3"')).toBe(1)
    expect(seriesValue(text, 'cipher_suite_usage', 'cipher="TLS_AES_256_GCM_SHA384"')).toBe(1)
    expect(seriesValue(text, 'connection_reuse_ratio')).toBe(0.75)
    expect(seriesValue(text, 'fingerprint_consistency_score')).toBe(1)
  })

  it.each([[{ 'bank.test': ['sha1//AAAA'] }], [{ 'https://bank.test': [wrong] }], [{ 'bank.test': [] }]])(
    'pins are looked over: %j',
    async (pins) => {
      const error = await errorOf(memoryBroker({ pins }))
      expect([error.code, error.message.includes('pins.')]).toEqual(['ONEJAR_BAD_OPTIONS', true])
    },
  )
})

describe('a fault of security', () => {
  it('raises an alert by every way, and purges the session where that is wanted', async () => {
    using folder = temporaryFolder()
    await using metrics = await startMetrics()
    await using site = await startHttp2Server((_request, response) => response.end('secret'))
    await using shop = await startHttpServer((_request, response) => {
      response.setHeader('set-cookie', 'sid=canary; Path=/; Max-Age=1000').end('ok')
    })
    const path = join(folder.path, 'audit.jsonl')
    const warnings: BrokerWarning[] = []
    const lines: object[] = []
    const line = (fields: object, text: string) => void lines.push({ ...fields, text })
    const log = { debug: line, info: line, warn: line, error: line }
    const store = join(folder.path, 'onejar.db')
    await using broker = await memoryBroker({
      store,
      audit: { path },
      purgeOn: ['tls'],
      onWarning: (warning) => void warnings.push(warning),
      telemetry: { meterProvider: metrics.meterProvider, log },
    })
    const session = await broker.session('one')
    const events = collect(session.events())
    await (await session.fetch(shop.origin)).text()
    await session.localStorage(shop.origin).set('token', 'canary')
    await session.flush()
    const failures = await Promise.all([1, 2].map(() => errorOf(session.fetch(site.origin))))
    expect(failures.map(({ code }) => code)).toContain('ONEJAR_TLS')
    expect(session.cookies.all()).toEqual([])
    expect(await session.localStorage(shop.origin).get('token')).toBeNull()
    await session.release()
    const again = await broker.session('one')
    expect([again.cookies.all(), again.quarantined(site.origin)]).toMatchObject([
      [],
      { remainingMs: expect.any(Number) },
    ])

    const alert = {
      type: 'alert',
      kind: 'security',
      state: 'raised',
      origin: site.origin,
      code: 'ONEJAR_TLS',
    }
    expect(events.filter(({ type }) => type === 'alert')).toMatchObject([alert])
    expect(warnings).toMatchObject([alert])
    expect(lines).toContainEqual(
      expect.objectContaining({ text: 'security alert', origin: site.origin, error_class: 'ONEJAR_TLS' }),
    )
    expect(seriesValue(await metrics.scrape(), 'alerts_total', 'kind="security",code="ONEJAR_TLS"')).toBe(1)
    await broker.close()
    const trail = readFileSync(path, 'utf8')
    const rules = trail
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text))
    expect(rules.map(({ rule }) => rule).slice(0, 4)).toEqual([
      'session-begun',
      'robots-bypassed',
      'security-alert',
      'session-purged',
    ])
    expect(rules[3].facts).toEqual({ origin: site.origin, fault: 'tls', entries: 2 })
    expect(trail + JSON.stringify([events, warnings, lines])).not.toContain('canary')
  })

  it('is a key that is not the pinned one, and purges nothing unless that is wanted', async () => {
    await using site = await startHttp2Server((_request, response) => response.end('secret'))
    const warnings: BrokerWarning[] = []
    await using broker = await memoryBroker({
      connect: { rejectUnauthorized: false },
      pins: { '127.0.0.1': [wrong] },
      onWarning: (warning) => void warnings.push(warning),
    })
    const session = await broker.session('one')
    await session.cookies.set('a=1', site.origin)
    expect((await errorOf(session.fetch(site.origin))).code).toBe('ONEJAR_PIN_MISMATCH')
    expect(warnings).toMatchObject([{ kind: 'security', code: 'ONEJAR_PIN_MISMATCH', origin: site.origin }])
    expect(session.cookies.all()).toHaveLength(1)
  })

  it('is a refusal of the site’s protection, which also closes the pages that hold the session’s state', {
    timeout: 60_000,
  }, async () => {
    await using site = await startHttpServer((request, response) => {
      response.setHeader('content-type', 'text/html')
      if (request.url === '/refused') {
        response.writeHead(403, { server: 'cloudflare', 'cf-ray': '8f2a' })
        response.end(
          '<title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1><p>You are unable to access shop.example</p>',
        )
      } else response.end('<title>shop</title>')
    })
    const warnings: BrokerWarning[] = []
    await using broker = await memoryBroker({
      purgeOn: ['refusal'],
      onWarning: (warning) => void warnings.push(warning),
    })
    const session = await broker.session('one')
    const page = await session.page()
    await page.goto(site.origin)
    await page.evaluate(
      "document.cookie = 'seen=1'; localStorage.setItem('k', 'v'); sessionStorage.setItem('s', 'v')",
    )
    const closed = page.waitForEvent('close', { timeout: 30_000 })
    expect((await errorOf(session.fetch(`${site.origin}/refused`))).code).toBe('ONEJAR_BLOCKED')
    await closed
    await expect.poll(() => session.cookies.all()).toEqual([])
    expect(await session.localStorage(site.origin).get('k')).toBeNull()
    expect(warnings).toMatchObject([{ kind: 'security', code: 'ONEJAR_BLOCKED', origin: site.origin }])
    expect(session.blockedOrigins()).toMatchObject([{ origin: site.origin }])
  })
})
