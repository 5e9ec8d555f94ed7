import { describe, expect, it } from 'vitest'
import {
  type Attempt,
  askedPauseMs,
  isOutage,
  isRateLimited,
  transientReason,
} from '../../../src/resilience/attempt.ts'

const answer = (status: number, verdict?: string, retryAfterMs?: number): Attempt => ({
  kind: 'response',
  status,
  verdict,
  retryAfterMs,
})
const failure = (
  code: (Attempt & { kind: 'error' })['code'],
  causeCode?: string,
  retryAfterMs?: number,
): Attempt => ({ kind: 'error', code, causeCode, retryAfterMs })

describe('what is worth another attempt', () => {
  it.each([
    [answer(200), null],
    [answer(200, 'rate-limited'), 'rate-limited'],
    [answer(503), 'status 503'],
    [answer(503, 'error'), 'status 503'],
    [answer(503, 'ok'), 'status 503'],
    [answer(503, 'js-challenge'), null],
    [answer(429, 'captcha'), null],
    [answer(501), null],
    [failure('ONEJAR_NETWORK'), 'ONEJAR_NETWORK'],
    [failure('ONEJAR_NETWORK', 'ECONNRESET'), 'ONEJAR_NETWORK'],
    [failure('ONEJAR_NETWORK', 'ENOTFOUND'), null],
    [failure('ONEJAR_PROXY_FAILED', 'PROXY_CREDENTIALS'), null],
    [failure('ONEJAR_BAD_OPTIONS'), null],
  ])('%o: %s', (attempt, expected) => expect(transientReason(attempt)).toBe(expected))
})

describe('an answer that there were too many requests', () => {
  it.each([
    [answer(429), true],
    [answer(429, 'ok'), true],
    [answer(429, 'error'), true],
    [answer(200, 'rate-limited'), true],
    [answer(429, 'rate-limited'), true],
    [answer(429, 'js-challenge'), false],
    [answer(429, 'captcha'), false],
    [answer(429, 'block'), false],
    [answer(429, 'waiting-room'), false],
    [answer(429, 'unauthorised'), false],
    [answer(200), false],
    [answer(200, 'ok'), false],
    [answer(503), false],
    [failure('ONEJAR_RATE_LIMITED'), true],
    [failure('ONEJAR_NETWORK'), false],
  ])('%o: %s', (attempt, expected) => expect(isRateLimited(attempt)).toBe(expected))
})

describe('an origin that is down', () => {
  it.each([
    [answer(500), true],
    [answer(503, 'ok'), true],
    [answer(503, 'error'), true],
    [answer(503, undefined, 1_000), false],
    [answer(503, 'js-challenge'), false],
    [answer(499), false],
    [failure('ONEJAR_NETWORK'), true],
    [failure('ONEJAR_BAD_RESPONSE'), true],
    [failure('ONEJAR_TIMEOUT'), true],
    [failure('ONEJAR_PROXY_FAILED'), null],
  ])('%o: %s', (attempt, expected) => expect(isOutage(attempt)).toBe(expected))
})

describe('a pause that was asked for', () => {
  it.each([
    [answer(429, undefined, 5), 5],
    [answer(503, undefined, 5), 5],
    [answer(200, 'rate-limited', 5), 5],
    [answer(200, 'ok', 5), undefined],
    [answer(429), undefined],
    [failure('ONEJAR_RATE_LIMITED', undefined, 5), 5],
    [failure('ONEJAR_TIMEOUT', undefined, 5), undefined],
  ])('%o: %s', (attempt, expected) => expect(askedPauseMs(attempt)).toBe(expected))
})
