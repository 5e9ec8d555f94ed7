import { describe, expect, it } from 'vitest'
import { ERRORS, type ErrorCode } from '../../../src/core/index.ts'
import {
  becomesDeadLetter,
  deadLetterSchema,
  holdsCredentials,
  isCredentialName,
  isFinalAnswer,
  isIdempotencyKey,
  isNamedFailure,
  withoutCredentials,
} from '../../../src/resilience/index.ts'

describe('becomesDeadLetter', () => {
  it('keeps what somebody may want to send again, and nothing that a site or a rule forbids', () => {
    const kept = (code: ErrorCode) => becomesDeadLetter(code, ERRORS[code].tier)
    expect(kept('ONEJAR_NETWORK')).toBe(true)
    expect(kept('ONEJAR_EXPECTATION_FAILED')).toBe(true)
    expect(kept('ONEJAR_REAUTH_FAILED')).toBe(true)
    for (const code of ['ONEJAR_CAPTCHA', 'ONEJAR_BLOCKED', 'ONEJAR_ROBOTS_DISALLOWED'] as const)
      expect(kept(code)).toBe(false)
    for (const code of [
      'ONEJAR_ABORTED',
      'ONEJAR_CLOSED',
      'ONEJAR_BAD_INPUT',
      'ONEJAR_BAD_OPTIONS',
      'ONEJAR_BAD_URL',
    ] as const)
      expect(kept(code)).toBe(false)
  })
})

describe('the statuses that count as failures', () => {
  it('are named, or none beside those that time may mend', () => {
    expect(deadLetterSchema.parse(true)).toEqual({ statuses: [] })
    expect(deadLetterSchema.parse({})).toEqual({ statuses: [] })
    expect(deadLetterSchema.parse(false)).toBe(false)
    expect(deadLetterSchema.parse({ statuses: [400, 404, 599] })).toEqual({ statuses: [400, 404, 599] })
    const many = Array.from({ length: 201 }, () => 404)
    expect(deadLetterSchema.safeParse({ statuses: many.slice(1) }).success).toBe(true)
    for (const statuses of [[399], [600], [404.5], ['404'], many])
      expect(deadLetterSchema.safeParse({ statuses }).success).toBe(false)
    expect(deadLetterSchema.safeParse({ status: [404] }).success).toBe(false)
  })

  it('make a failure of an answer, and none of a refusal that is handled elsewhere', () => {
    const plan = { statuses: [404, 403] }
    const answer = (status: number, verdict?: string) =>
      isNamedFailure({ kind: 'response', status, verdict, retryAfterMs: undefined }, plan)
    expect(answer(404)).toBe(true)
    expect(answer(404, 'ok')).toBe(true)
    expect(answer(403, 'error')).toBe(true)
    expect(answer(410)).toBe(false)
    expect(
      isNamedFailure(
        { kind: 'response', status: 404, verdict: 'ok', retryAfterMs: undefined },
        { statuses: [] },
      ),
    ).toBe(false)
    for (const verdict of ['js-challenge', 'captcha', 'block', 'waiting-room'])
      expect(answer(403, verdict)).toBe(false)
    const failed = {
      kind: 'error',
      code: 'ONEJAR_NETWORK',
      causeCode: undefined,
      retryAfterMs: undefined,
    } as const
    expect(isNamedFailure(failed, plan)).toBe(false)
  })
})

describe('credentials', () => {
  it.each([
    'password',
    'PASSWD',
    'user_password',
    'pwd',
    'access_token',
    'X-Api-Key',
    'apikey',
    'client_secret',
    'sig',
    'Authorization',
    'cookie',
    'csrf',
    'x-xsrf-token',
    'PHPSESSIONID',
    'otp',
    'jwt',
    'pass',
    'user_pass',
    'passphrase',
    'passcode',
    'api_key',
    'key',
    'credentials',
    'x-amz-signature',
    'pin',
    'cvv',
    'cvv2',
    'oauth_verifier',
    'authority',
    'author_auth',
  ])('go by the name of %s', (name) => expect(isCredentialName(name)).toBe(true))

  it.each([
    'page',
    'q',
    'author',
    'accept',
    'content-type',
    'keyword',
    'passenger',
    'idempotency-key',
    'shipping',
    'spwd',
    'pwdx',
    'compass-heading',
    'monkey',
    'keys',
    'sigma',
    'design',
    'otps',
    'laptop',
    'pins',
    'spin',
    'mcvv',
    'authors',
  ])('do not go by the name of %s', (name) => expect(isCredentialName(name)).toBe(false))

  it('are left out of a query, and the rest stays as it was written', () => {
    expect(withoutCredentials('?a=1&b=%20x')).toEqual({ search: '?a=1&b=%20x', isWhole: true })
    expect(withoutCredentials('?a=1&access%5Ftoken=t&b=2')).toEqual({ search: '?a=1&b=2', isWhole: false })
    expect(withoutCredentials('?token=t')).toEqual({ search: '', isWhole: false })
    expect(withoutCredentials('?%zz=1')).toEqual({ search: '?%zz=1', isWhole: true })
    expect(withoutCredentials('')).toEqual({ search: '', isWhole: true })
    expect(withoutCredentials('?')).toEqual({ search: '?', isWhole: true })
    expect(withoutCredentials('?q')).toEqual({ search: '?q', isWhole: true })
    expect(withoutCredentials('?k&token')).toEqual({ search: '?k', isWhole: false })
    expect(withoutCredentials('?key')).toEqual({ search: '', isWhole: false })
    expect(withoutCredentials('?token%zz=1&a=2')).toEqual({ search: '?a=2', isWhole: false })
    expect(withoutCredentials('?pass+code=1&a=2')).toEqual({ search: '?pass+code=1&a=2', isWhole: true })
    expect(withoutCredentials('?a=1&&b=2')).toEqual({ search: '?a=1&&b=2', isWhole: true })
  })

  it('are seen in forms and JSON', () => {
    const form = 'application/x-www-form-urlencoded;charset=UTF-8'
    expect(holdsCredentials(form, 'user=a&password=b')).toBe(true)
    expect(holdsCredentials(form, 'item=teapot&count=2')).toBe(false)
    expect(holdsCredentials('application/json', '{"user":{"apiKey" : "x"}}')).toBe(true)
    expect(holdsCredentials('application/json', '{"a\\"b": 1, "token":"x"}')).toBe(true)
    expect(holdsCredentials('application/json', '{"apiKey":"x"}')).toBe(true)
    expect(holdsCredentials('application/json', '{"":"x","q":""}')).toBe(false)
    expect(holdsCredentials('application/vnd.api+json', '{"item":"password"}')).toBe(false)
    expect(holdsCredentials('multipart/form-data; boundary=x', 'anything')).toBe(true)
    expect(holdsCredentials('text/plain', 'password')).toBe(false)
  })
})

describe('idempotency', () => {
  it.each([
    [200, 'ok', true],
    [201, undefined, true],
    [303, 'ok', true],
    [404, 'error', true],
    [422, 'error', true],
    [401, 'unauthorised', false],
    [403, 'error', false],
    [409, 'error', false],
    [429, 'rate-limited', false],
    [500, 'error', false],
    [503, 'error', false],
    [200, 'js-challenge', false],
    [403, 'captcha', false],
  ] as const)('takes %i (%s) for an answer: %s', (status, verdict, expected) => {
    expect(isFinalAnswer(status, verdict)).toBe(expected)
  })

  it('has keys that fit into a header', () => {
    for (const key of ['a', '8e03978e-40d5', '"quoted"', 'x'.repeat(255)])
      expect(isIdempotencyKey(key)).toBe(true)
    for (const key of ['', 'a b', 'a\nb', 'ü', 'x'.repeat(256), 1, null])
      expect(isIdempotencyKey(key)).toBe(false)
  })
})
