import { describe, expect, it } from 'vitest'
import { type ErrorCode, OnejarError } from '../../../src/core/index.ts'
import { errorReply } from '../../../src/service/error-reply.ts'

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

  it('passes on complaints of the HTTP layer', () => {
    const tooLarge = Object.assign(new Error('too large'), { statusCode: 413, code: 'FST_TOO_LARGE' })
    expect(errorReply(tooLarge)).toEqual({
      status: 413,
      body: { error: { code: 'FST_TOO_LARGE', message: 'too large' } },
    })
    expect(errorReply({ statusCode: 400, message: 'x' }).body.error.code).toBe('BAD_REQUEST')
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
