import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BrokerWarning } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker, temporaryFolder } from '../../support/broker.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { seriesValue, startMetrics } from '../../support/metrics.ts'
import { startOther } from './other-process.ts'

/** A site that answers 429 as long as `limited` says so. */
async function site(headers: Record<string, string> = {}) {
  const state = { limited: true, asked: 0, at: [] as number[] }
  const server = await startHttpServer((_request, response) => {
    state.asked++
    state.at.push(performance.now())
    if (state.limited) response.writeHead(429, headers).end('slow down')
    else response.end('ok')
  })
  return Object.assign(server, { state })
}

describe('a site that answers 429', () => {
  it('above the share raises an alert everywhere, and is asked more slowly until it falls', {
    timeout: 60_000,
  }, async () => {
    using folder = temporaryFolder()
    await using server = await site()
    await using metrics = await startMetrics()
    const path = join(folder.path, 'audit.jsonl')
    const warnings: BrokerWarning[] = []
    const lines: { readonly text: string; readonly outcome?: string; readonly session?: string }[] = []
    const line = (fields: object, text: string) => void lines.push({ ...fields, text })
    await using broker = await memoryBroker({
      retry: false,
      rateLimits: { alertShare: 0.1, minRequests: 8, slowDownMs: 200, quarantineAfter: false },
      audit: { path },
      onWarning: (warning) => void warnings.push(warning),
      telemetry: {
        meterProvider: metrics.meterProvider,
        log: { debug: line, info: line, warn: line, error: line },
      },
    })
    const session = await broker.session('a')
    const events = collect(session.events())
    const ask = async () => (await session.fetch(server.origin)).text()
    server.state.limited = false
    for (let i = 0; i < 7; i++) await ask()
    server.state.limited = true
    await ask()
    server.state.limited = false
    const text = await metrics.scrape()
    expect(seriesValue(text, 'slowed_down_origins')).toBe(1)
    expect(
      seriesValue(text, 'alerts_total', 'kind="rate-limit",code="ONEJAR_RATE_LIMITED",state="raised"'),
    ).toBe(2)
    // 1 of 9 is more than a tenth, 1 of 10 is not.
    await Promise.all([ask(), ask()])
    const [before = 0, after = 0] = server.state.at.slice(-2)
    expect(after - before).toBeGreaterThan(150)
    expect(seriesValue(await metrics.scrape(), 'slowed_down_origins')).toBe(0)
    const beforeFree = events.filter(({ type }) => type === 'rate-limit-pause').length
    await ask()
    await session.release()

    const told = events.filter(({ type }) => type === 'alert')
    const common = { kind: 'rate-limit', code: 'ONEJAR_RATE_LIMITED' }
    expect(told).toMatchObject([
      { ...common, state: 'raised', origin: server.origin },
      { ...common, state: 'raised', origin: null },
      { ...common, state: 'ended', origin: server.origin },
      { ...common, state: 'ended', origin: null },
    ])
    expect(told[0]).toHaveProperty('reason', `12.5 % of the last 8 answers of ${server.origin} were 429`)
    expect(warnings.filter(({ type }) => type === 'alert')).toEqual(told)
    expect(lines.filter((one) => one.text === 'rate-limit alert').map(({ outcome }) => outcome)).toEqual([
      'raised',
      'raised',
      'ended',
      'ended',
    ])
    expect(events.filter(({ type }) => type === 'rate-limit-pause')).toHaveLength(beforeFree)
    expect(beforeFree).toBeGreaterThan(0)
    await broker.close()
    const trail = readFileSync(path, 'utf8').split('\n').filter(Boolean)
    const kept = trail.map((text) => JSON.parse(text)).filter(({ rule }) => rule === 'rate-limit-alert')
    expect(kept.map(({ facts }) => [facts.origin, facts.state])).toEqual([
      [server.origin, 'raised'],
      ['all', 'raised'],
      [server.origin, 'ended'],
      ['all', 'ended'],
    ])
  })

  it('again and again stops the session there, and raises an alert', async () => {
    await using server = await site()
    const warnings: BrokerWarning[] = []
    await using broker = await memoryBroker({
      retry: { firstDelayMs: 1 },
      onWarning: (warning) => void warnings.push(warning),
    })
    const session = await broker.session('a')
    expect((await session.fetch(server.origin)).status).toBe(429)
    expect((await session.fetch(server.origin)).status).toBe(429)
    expect(server.state.asked).toBe(4)
    const error = await errorOf(session.fetch(server.origin))
    expect(error).toMatchObject({ code: 'ONEJAR_QUARANTINED', details: { origin: server.origin } })
    expect(server.state.asked).toBe(4)
    expect(session.quarantined(server.origin)?.remainingMs).toBeGreaterThan(500_000)
    const reason = `${server.origin} answered 429 4 times in a row`
    expect(warnings).toMatchObject([{ type: 'alert', kind: 'rate-limit', origin: server.origin, reason }])

    session.unblock(server.origin)
    server.state.limited = false
    expect((await session.fetch(server.origin)).status).toBe(200)
  })

  it('in spite of the Retry-After that it gave stops the session too, however many ask at once', async () => {
    await using server = await site({ 'retry-after': '1' })
    await using broker = await memoryBroker({
      retry: false,
      rateLimits: { quarantineAfter: 2 },
      onWarning: () => {},
    })
    const session = await broker.session('a')
    const burst = () => Promise.all(Array.from({ length: 5 }, () => session.fetch(server.origin)))
    await burst()
    // Five at once are one refusal.
    expect(session.quarantined(server.origin)).toBeNull()
    await session.fetch(server.origin)
    expect(session.quarantined(server.origin)).not.toBeNull()
  })

  it('again and again stops a session of a pool, and raises an alert', async () => {
    await using server = await site()
    const warnings: BrokerWarning[] = []
    await using broker = await memoryBroker({
      retry: { firstDelayMs: 1 },
      onWarning: (warning) => void warnings.push(warning),
    })
    const pool = broker.pool()
    await pool.use(async (session) => {
      await session.fetch(server.origin)
      await session.fetch(server.origin)
      expect((await errorOf(session.fetch(server.origin))).code).toBe('ONEJAR_QUARANTINED')
    })
    expect(warnings).toMatchObject([{ type: 'alert', kind: 'rate-limit', origin: server.origin }])
  })

  it('with a Retry-After is left alone by every process of the session until then', {
    timeout: 60_000,
  }, async () => {
    using folder = temporaryFolder()
    await using server = await site({ 'retry-after': '600' })
    const store = join(folder.path, 'onejar.db')
    const other = await startOther(store)
    try {
      await using broker = await memoryBroker({ store, retry: false, persist: 'before-response' })
      const session = await broker.session('shared')
      expect((await session.fetch(server.origin)).status).toBe(429)
      server.state.limited = false
      await expect
        .poll(async () => (await other.fetch(server.origin, { timeoutMs: 2_000 })).code)
        .toBe('ONEJAR_RATE_LIMITED')
      const { asked } = server.state
      // One that is opened later holds to it as well.
      await session.release()
      const again = await broker.session('shared')
      const error = await errorOf(again.fetch(server.origin))
      expect(error.code).toBe('ONEJAR_RATE_LIMITED')
      expect(error.retryAfterMs).toBeGreaterThan(500_000)
      expect(server.state.asked).toBe(asked)

      again.unblock(server.origin)
      await again.flush()
      expect((await again.fetch(server.origin)).status).toBe(200)
      await expect
        .poll(async () => (await other.fetch(server.origin, { timeoutMs: 2_000 })).status, {
          timeout: 20_000,
        })
        .toBe(200)
    } finally {
      await other.kill()
    }
  })
})
