import { describe, expect, it } from 'vitest'
import { type ErrorCode, OnejarError } from '../../../src/core/index.ts'
import { mayNavigate } from '../../../src/routing/may-navigate.ts'
import type { TimedRequest } from '../../../src/routing/timed-request.ts'
import { PAGE } from '../../support/routed.ts'

const GET: TimedRequest = { url: PAGE, timeoutMs: 10_000, identity: undefined, deadline: 10_000 }
const failure = (code: ErrorCode) => new OnejarError(code, 'failed')

describe('a page that navigates', () => {
  it('may do better than a fetch in a page that failed', () => {
    expect(mayNavigate(GET, undefined)).toBe(true)
    expect(mayNavigate({ ...GET, method: 'HEAD' }, failure('ONEJAR_PAGE_FETCH_REFUSED'))).toBe(true)
    expect(mayNavigate(GET, failure('ONEJAR_NETWORK'))).toBe(true)
    expect(mayNavigate(GET, new Error('unknown'))).toBe(true)
  })

  it('sends no form a second time', () => {
    expect(mayNavigate({ ...GET, method: 'POST' }, failure('ONEJAR_NETWORK'))).toBe(false)
  })

  it.each<ErrorCode>([
    'ONEJAR_ABORTED',
    'ONEJAR_TIMEOUT',
    'ONEJAR_CLOSED',
    'ONEJAR_CAPTCHA',
    'ONEJAR_BLOCKED',
    'ONEJAR_ROBOTS_DISALLOWED',
    'ONEJAR_ADDRESS_REFUSED',
    'ONEJAR_PROXY_FAILED',
  ])('changes nothing about %s', (code) => {
    expect(mayNavigate(GET, failure(code))).toBe(false)
  })

  it.each([
    ['the own origin', PAGE.origin, true],
    ['another origin', 'https://other.example', false],
    ['an opaque origin', 'null', false],
    ['nobody', null, true],
  ])('is no answer to what a page of another origin may not do: %s', (_what, initiator, may) => {
    const context = { initiator } as unknown as NonNullable<TimedRequest['context']>
    expect(mayNavigate({ ...GET, context }, failure('ONEJAR_PAGE_FETCH_REFUSED'))).toBe(may)
    const manual = { ...GET, context, redirect: 'manual' as const }
    expect(mayNavigate(manual, failure('ONEJAR_PAGE_FETCH_REFUSED')), 'a redirect is not followed').toBe(true)
  })
})
