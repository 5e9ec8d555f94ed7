import { describe, expect, it } from 'vitest'
import { NO_PREFERENCES } from '../../../src/compliance/index.ts'
import { OnejarError, systemClock } from '../../../src/core/index.ts'
import { bufferedBody } from '../../../src/http/index.ts'
import { Alerts } from '../../../src/pipeline/retries/alerts.ts'
import { Attempts } from '../../../src/pipeline/retries/attempts.ts'
import { SessionQuarantine } from '../../../src/pipeline/stages/quarantine.ts'
import { retrying } from '../../../src/pipeline/stages/retrying.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { type RateLimitPlan, rateLimitsSchema } from '../../../src/resilience/index.ts'
import { EventHub, type RoutedResponse, type RouteRequest } from '../../../src/routing/index.ts'

const URL_ASKED = new URL('http://shop.example/orders?id=1')
const PLAN = { attempts: 4, firstDelayMs: 1, maxDelayMs: 1 }

const answer = (statusCode: number): RoutedResponse => ({
  via: 'http',
  statusCode,
  statusText: '',
  headers: {},
  wireHeaders: {},
  trailers: {},
  body: bufferedBody(Buffer.from(String(statusCode)), {}),
  url: URL_ASKED,
  method: 'GET',
  redirected: false,
  hops: 0,
  verdict: undefined,
  httpVersion: '1.1',
  solved: false,
  preferences: NO_PREFERENCES,
})

const NO_CHALLENGE = { confidence: 1, vendor: null, evidence: [], vendorsPresent: [] }

/** The stage before a `next` that gives these outcomes, one an attempt. */
function stage(
  outcomes: readonly (number | OnejarError | RoutedResponse)[],
  closing = new AbortController(),
  rateLimits: RateLimitPlan | false = false,
) {
  const events = new EventHub()
  const seen: string[] = []
  events.tap((event) => seen.push(event.type), true)
  const common = { events, clock: systemClock, random: { next: () => 0 }, closing: closing.signal }
  const alerts = new Alerts({ events, clock: systemClock, warn: () => {} })
  const record = new SessionRecord({ writer: 'w', clock: systemClock })
  const quarantine = new SessionQuarantine(record, { name: 'test' }, events, systemClock)
  const attempts = new Attempts({
    ...common,
    circuit: false,
    rateLimits,
    rates: null,
    record,
    quarantine,
    alerts,
  })
  let sent = 0
  const send = retrying({ ...common, attempts, alerts, plan: PLAN })(async () => {
    const outcome = outcomes[sent++]
    if (typeof outcome === 'number') return answer(outcome)
    if (outcome !== undefined && !(outcome instanceof Error)) return outcome
    throw outcome ?? new Error('asked more often than the test allows')
  })
  const request: RouteRequest = { url: URL_ASKED, timeoutMs: 10_000, identity: undefined }
  return { send: (own: Partial<RouteRequest> = {}) => send({ ...request, ...own }), seen, sent: () => sent }
}

const reset = () => new OnejarError('ONEJAR_NETWORK', 'reset', { cause: { code: 'ECONNRESET' } })

describe('retrying', () => {
  it('stops at an origin that answers 429 again and again, and gives what it answered last', async () => {
    const plan = rateLimitsSchema.parse({ quarantineAfter: 2 }) as RateLimitPlan
    const { send, seen, sent } = stage([429, 429, 200], new AbortController(), plan)
    expect((await send()).statusCode).toBe(429)
    expect(sent()).toBe(2)
    expect(seen).toEqual(['retry', 'quarantine', 'alert', 'retried'])
  })

  it('says in whole milliseconds for how long an origin asked to be left alone', async () => {
    const verdict = { ...NO_CHALLENGE, kind: 'rate-limited', retryAfterMs: 60_000 } as const
    const { send } = stage([{ ...answer(429), verdict }])
    expect((await send()).statusCode).toBe(429)
    await expect(send()).rejects.toThrow(/asked to be left alone for \d+ ms more/)
  })

  it('sends again until an attempt passes, and counts the attempts', async () => {
    const { send, seen, sent } = stage([503, reset(), 200, 200])
    const counted = { attempts: 1 }
    const response = await send({ sent: counted })
    expect({ status: response.statusCode, sent: sent() }).toEqual({ status: 200, sent: 3 })
    expect(counted.attempts).toBe(3)
    expect(seen).toEqual(['retry', 'retry', 'retried'])
  })

  it('gives the last outcome when the attempts are used up', async () => {
    const refused = stage([503, 503, 503, 503, 200])
    expect((await refused.send()).statusCode).toBe(503)
    expect(refused.sent()).toBe(4)
    const broken = stage([reset(), reset(), reset(), reset(), 200])
    await expect(broken.send()).rejects.toMatchObject({ code: 'ONEJAR_NETWORK' })
    expect(broken.sent()).toBe(4)
  })

  it.each([
    ['a request that is not idempotent', { method: 'POST' }],
    ['a caller who wants no retries', { retry: false as const }],
    ['a request whose time is over', { timeoutMs: 0 }],
  ])('sends once for %s', async (_what, own) => {
    const { send, sent, seen } = stage([503, 200])
    expect((await send(own)).statusCode).toBe(503)
    expect({ sent: sent(), seen }).toEqual({ sent: 1, seen: [] })
  })

  it('sends once what time does not mend', async () => {
    const { send, sent } = stage([404, 200])
    expect((await send()).statusCode).toBe(404)
    expect(sent()).toBe(1)
  })

  it('sends a POST with an idempotency key again', async () => {
    const { send, sent } = stage([503, 200])
    expect((await send({ method: 'POST', idempotencyKey: 'order-1' })).statusCode).toBe(200)
    expect(sent()).toBe(2)
  })

  it('ends the pause when the session is released', async () => {
    const closing = new AbortController()
    closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
    const { send, sent } = stage([503, 200], closing)
    await expect(send()).rejects.toMatchObject({ code: 'ONEJAR_CLOSED' })
    expect(sent()).toBe(1)
  })
})
