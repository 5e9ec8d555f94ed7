import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/core/index.ts'
import {
  type Attempt,
  askedPauseMs,
  decideRetry,
  isOutage,
  type RetryQuestion,
  transientReason,
} from '../../../src/resilience/index.ts'

const response = (status: number, verdict?: string, retryAfterMs?: number): Attempt => ({
  kind: 'response',
  status,
  verdict,
  retryAfterMs,
})
const failure = (code: ErrorCode, causeCode?: string) =>
  ({ kind: 'error', code, causeCode, retryAfterMs: undefined }) as const
const question = (over: Partial<RetryQuestion> = {}): RetryQuestion => ({
  method: 'GET',
  hasKey: false,
  isReplayable: true,
  leftMs: 60_000,
  backoffMs: 250,
  ...over,
})

describe('what time may mend', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('status %i', (status) => {
    expect(transientReason(response(status, 'error'))).toBe(`status ${status}`)
  })

  it.each([200, 301, 304, 400, 401, 403, 404, 409, 410, 422, 451, 501, 505])('not status %i', (status) => {
    expect(transientReason(response(status, 'error'))).toBeNull()
  })

  it('a limit in any status, as the classifier sees it', () => {
    expect(transientReason(response(403, 'rate-limited'))).toBe('rate-limited')
    expect(transientReason(response(200, 'rate-limited'))).toBe('rate-limited')
  })

  it.each(['js-challenge', 'captcha', 'block', 'waiting-room', 'unauthorised'])(
    'not a %s in a 503',
    (verdict) => {
      expect(transientReason(response(503, verdict))).toBeNull()
    },
  )

  it.each([
    'ONEJAR_TIMEOUT',
    'ONEJAR_NETWORK',
    'ONEJAR_PROXY_FAILED',
    'ONEJAR_BAD_RESPONSE',
    'ONEJAR_RATE_LIMITED',
    'ONEJAR_OUTCOME_UNKNOWN',
  ] as const)('a failure with %s', (code) => {
    expect(transientReason(failure(code))).toBe(code)
  })

  it('not a proxy that refuses its credentials', () => {
    expect(transientReason(failure('ONEJAR_PROXY_FAILED', 'PROXY_CREDENTIALS'))).toBeNull()
  })

  it('what befell the connection, but not a name that does not exist, or a limit of ours', () => {
    expect(transientReason(failure('ONEJAR_NETWORK', 'ECONNRESET'))).toBe('ONEJAR_NETWORK')
    expect(transientReason(failure('ONEJAR_NETWORK', 'EAI_AGAIN'))).toBe('ONEJAR_NETWORK')
    expect(transientReason(failure('ONEJAR_NETWORK', 'ENOTFOUND'))).toBeNull()
    expect(transientReason(failure('ONEJAR_BAD_RESPONSE', 'UND_ERR_HEADERS_OVERFLOW'))).toBeNull()
    expect(transientReason(failure('ONEJAR_BODY_TOO_LARGE'))).toBeNull()
    expect(transientReason(failure('ONEJAR_CAPTCHA'))).toBeNull()
  })
})

describe('decideRetry', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])('sends %s again', (method) => {
    expect(decideRetry(response(503, 'error'), question({ method }))).toEqual({
      retry: true,
      delayMs: 250,
      reason: 'status 503',
    })
  })

  it.each(['POST', 'PATCH', 'get'])('sends %s again with a key only', (method) => {
    const failed = response(503, 'error')
    expect(decideRetry(failed, question({ method }))).toEqual({ retry: false, why: 'not idempotent' })
    expect(decideRetry(failed, question({ method, hasKey: true })).retry).toBe(true)
  })

  it('sends nothing again that would end the same way', () => {
    expect(decideRetry(response(404, 'error'), question())).toEqual({ retry: false, why: 'not transient' })
    expect(decideRetry(failure('ONEJAR_CAPTCHA'), question())).toEqual({ retry: false, why: 'not transient' })
  })

  it('does not send a stream twice', () => {
    const asked = question({ method: 'PUT', isReplayable: false })
    expect(decideRetry(response(503), asked)).toEqual({ retry: false, why: 'one-shot body' })
  })

  it('keeps a Retry-After that is longer than the backoff, and the backoff where that is longer', () => {
    expect(decideRetry(response(429, 'rate-limited', 5_000), question())).toMatchObject({ delayMs: 5_000 })
    expect(decideRetry(response(429, 'rate-limited', 0), question())).toMatchObject({ delayMs: 250 })
  })

  it('begins no wait that ends at the deadline or later', () => {
    const asked = (retryAfterMs: number) =>
      decideRetry(response(503, 'error', retryAfterMs), question({ leftMs: 2_000 }))
    expect(asked(1_999)).toMatchObject({ retry: true, delayMs: 1_999 })
    expect(asked(2_000)).toEqual({ retry: false, why: 'no time' })
    expect(asked(365 * 24 * 3_600_000)).toEqual({ retry: false, why: 'no time' })
    expect(decideRetry(response(500), question({ leftMs: 250 }))).toEqual({ retry: false, why: 'no time' })
  })
})

describe('what an attempt says of its origin', () => {
  it('tells an outage from a refusal and from what says nothing', () => {
    expect(isOutage(response(500, 'error'))).toBe(true)
    expect(isOutage(response(503))).toBe(true)
    expect(isOutage(response(500, 'ok'))).toBe(true)
    expect(isOutage(failure('ONEJAR_BAD_RESPONSE'))).toBe(true)
    expect(isOutage(failure('ONEJAR_NETWORK', 'ECONNREFUSED'))).toBe(true)
    expect(isOutage(failure('ONEJAR_TIMEOUT'))).toBe(true)
    expect(isOutage(failure('ONEJAR_BODY_TOO_LARGE'))).toBeNull()
    expect(isOutage(response(503, 'error', 1_000))).toBe(false)
    expect(isOutage(response(503, 'js-challenge'))).toBe(false)
    expect(isOutage(response(429, 'rate-limited'))).toBe(false)
    expect(isOutage(response(404, 'error'))).toBe(false)
    expect(isOutage(failure('ONEJAR_CAPTCHA'))).toBeNull()
  })

  it('takes a pause from a refusal only', () => {
    expect(askedPauseMs(response(429, 'rate-limited', 7_000))).toBe(7_000)
    expect(askedPauseMs(response(503, 'error', 7_000))).toBe(7_000)
    expect(askedPauseMs(response(429, 'error', 7_000))).toBe(7_000)
    expect(askedPauseMs(response(403, 'rate-limited', 7_000))).toBe(7_000)
    expect(askedPauseMs({ ...failure('ONEJAR_RATE_LIMITED'), retryAfterMs: 7_000 })).toBe(7_000)
    expect(askedPauseMs({ ...failure('ONEJAR_NETWORK'), retryAfterMs: 7_000 })).toBeUndefined()
    expect(askedPauseMs(response(301, 'ok', 7_000))).toBeUndefined()
    expect(askedPauseMs(response(503, 'error'))).toBeUndefined()
  })
})
