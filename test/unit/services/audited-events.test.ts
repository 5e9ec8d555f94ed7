import { describe, expect, it } from 'vitest'
import { POLICY } from '../../../src/compliance/index.ts'
import type { SessionEvent } from '../../../src/routing/index.ts'
import { decisionOf } from '../../../src/services/audited-events.ts'

const at = 1

describe('what the trail has of an event', () => {
  it('of a path, leaves out what may be a token or a person', () => {
    const url = 'https://a.example/reset/9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c/anna@mail.example/%40you/orders/12'
    const event = {
      type: 'retry',
      at,
      url,
      attempt: 2,
      delayMs: 1,
      reason: 'status 503',
      errorClass: '503',
    } as const
    expect(decisionOf(event)?.facts['url']).toBe(
      'https://a.example/reset/[masked]/[masked]/[masked]/orders/12',
    )
  })

  const CASES: readonly (readonly [SessionEvent, string | null, object])[] = [
    [
      {
        type: 'retry',
        at,
        url: 'https://a.example/path',
        attempt: 2,
        delayMs: 250,
        reason: 'status 503',
        errorClass: '503',
      },
      'request-repeated',
      { url: 'https://a.example/path', attempt: 2, delayMs: 250, reason: 'status 503', error: '503' },
    ],
    [{ type: 'session', at, state: 'created', reason: 'it is new' }, 'session-begun', { state: 'created' }],
    [{ type: 'session', at, state: 'opened', reason: 'it was there' }, 'session-begun', { state: 'opened' }],
    [{ type: 'session', at, state: 'parked', reason: 'idle' }, 'session-released', { reason: 'idle' }],
    [{ type: 'session', at, state: 'rotated', reason: 'proxy' }, 'session-rotated', { reason: 'proxy' }],
    [
      { type: 'reauthentication', at, origin: 'https://a.example', state: 'renewed', reason: 'ok' },
      'session-reauthenticated',
      { origin: 'https://a.example', state: 'renewed', reason: 'ok' },
    ],
    [
      { type: 'blocked', at, origin: 'https://a.example', verdict: 'captcha', reason: 'a puzzle' },
      'captcha-met',
      {},
    ],
    [
      { type: 'blocked', at, origin: 'https://a.example', verdict: 'block', reason: 'a refusal' },
      'site-blocked',
      {},
    ],
    [{ type: 'unblocked', at, origin: 'https://a.example' }, 'session-resumed', {}],
    [
      {
        type: 'alert',
        at,
        kind: 'rate-limit',
        state: 'raised',
        origin: null,
        code: 'ONEJAR_RATE_LIMITED',
        reason: '429',
      },
      'rate-limit-alert',
      { origin: 'all' },
    ],
    [
      {
        type: 'alert',
        at,
        kind: 'refusal',
        state: 'raised',
        origin: null,
        code: 'ONEJAR_CAPTCHA',
        reason: 'it has its own rule',
      },
      null,
      {},
    ],
    [{ type: 'drop-back', at, url: 'https://a.example/', reason: 'nothing was decided' }, null, {}],
  ]
  it.each(CASES)('%o', (event, rule, facts) => {
    const decision = decisionOf(event)
    expect(decision?.rule ?? null).toBe(rule)
    if (decision === null) return
    expect(decision.facts).toMatchObject(facts)
    expect(Object.keys(POLICY)).toContain(decision.rule)
  })
})
