import { describe, expect, it } from 'vitest'
import { ERRORS, type ErrorCode, OnejarError } from '../../../src/core/index.ts'
import { errorReply } from '../../../src/service/error-reply.ts'
import { ServiceError } from '../../../src/service/service-error.ts'

describe('errorReply', () => {
  it.each([
    ['ONEJAR_BAD_OPTIONS', 400],
    ['ONEJAR_BAD_URL', 400],
    ['ONEJAR_ADDRESS_REFUSED', 403],
    ['ONEJAR_CAPTCHA', 409],
    ['ONEJAR_QUARANTINED', 409],
    ['ONEJAR_ROBOTS_DISALLOWED', 409],
    ['ONEJAR_EXPECTATION_FAILED', 422],
    ['ONEJAR_RATE_LIMITED', 429],
    ['ONEJAR_NETWORK', 502],
    ['ONEJAR_STORE_UNAVAILABLE', 503],
    ['ONEJAR_TIMEOUT', 504],
    ['ONEJAR_AUDIT_FAILED', 500],
  ] as const satisfies [ErrorCode, number][])('answers %s with %i', (code, status) => {
    const { status: given, body } = errorReply(new OnejarError(code, 'a reason'))
    expect(given).toBe(status)
    expect(body.error).toMatchObject({ code, message: expect.stringContaining('a reason') })
  })

  it('says when to come back, where that is known', () => {
    const reply = (options: object) =>
      errorReply(new OnejarError('ONEJAR_RATE_LIMITED', 'x', options)).body.error
    expect(reply({ retryAfterMs: 5_000 })).toMatchObject({ retry: 'after', retryAfterMs: 5_000 })
    expect(reply({})).not.toHaveProperty('retryAfterMs')
  })

  it('passes on complaints of the HTTP layer, under codes of its own', () => {
    const tooLarge = Object.assign(new Error('too large'), { statusCode: 413, code: 'FST_TOO_LARGE' })
    expect(errorReply(tooLarge)).toMatchObject({
      status: 413,
      body: { error: { code: 'REQUEST_TOO_LARGE', message: 'too large' } },
    })
    expect(errorReply({ statusCode: 415, message: 'x' }).body.code).toBe('UNSUPPORTED_MEDIA_TYPE')
    expect(errorReply({ statusCode: 400, message: 'x' }).body.code).toBe('MALFORMED_REQUEST')
    expect(errorReply({ statusCode: 431, message: 'x' })).toMatchObject({
      status: 431,
      body: { status: 431 },
    })
  })

  it('has the members of RFC 9457, and those of earlier versions', () => {
    const limited = new OnejarError('ONEJAR_RATE_LIMITED', 'slow down', { retryAfterMs: 1_500 })
    const { headers, body } = errorReply(limited)
    expect(headers).toEqual({ 'retry-after': '2' })
    expect(body).toEqual({
      type: '/problems/ONEJAR_RATE_LIMITED',
      title: ERRORS.ONEJAR_RATE_LIMITED.meaning,
      status: 429,
      detail: limited.message,
      code: 'ONEJAR_RATE_LIMITED',
      advice: ERRORS.ONEJAR_RATE_LIMITED.advice,
      tier: ERRORS.ONEJAR_RATE_LIMITED.tier,
      retry: 'after',
      retryAfterMs: 1_500,
      error: { code: 'ONEJAR_RATE_LIMITED', message: limited.message, retry: 'after', retryAfterMs: 1_500 },
    })
    const refusal = errorReply(new ServiceError('METHOD_NOT_ALLOWED', 'no', { allow: 'GET' }))
    expect(refusal).toMatchObject({
      status: 405,
      headers: { allow: 'GET' },
      body: { status: 405, detail: 'no' },
    })
  })

  it.each([
    new Error('the password is hunter2'),
    Object.assign(new Error('hunter2'), { statusCode: 500 }),
    Object.assign(new Error('hunter2'), { statusCode: 399 }),
    'hunter2',
    null,
    undefined,
  ])('tells nothing of %s', (error) => {
    const reply = errorReply(error)
    expect(reply).toMatchObject({ status: 500, body: { error: { code: 'INTERNAL' } } })
    expect(JSON.stringify(reply)).not.toContain('hunter2')
  })
})
