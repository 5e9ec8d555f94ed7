import { describe, expect, it } from 'vitest'
import { ERRORS, type ErrorCode, isOnejarError, OnejarError } from '../../../src/core/index.ts'

const codes = Object.keys(ERRORS) as ErrorCode[]

describe('OnejarError', () => {
  it.each(codes)('%s says what happened and what to do, as sentences', (code) => {
    const { message } = new OnejarError(code, 'It went wrong')
    expect(message).toBe(`It went wrong. ${ERRORS[code].advice}`)
    expect(ERRORS[code].advice).toMatch(/^[A-Z].*\.$/)
    expect(ERRORS[code].meaning).toMatch(/^[A-Z`].*\.$/)
    expect(code).toMatch(/^ONEJAR_[A-Z_]+$/)
  })

  it.each(['It went wrong.', 'It went wrong. ', 'It went wrong...', 'It went wrong.\n'])(
    'ends %j with one dot',
    (what) => {
      expect(new OnejarError('ONEJAR_NETWORK', what).message).toMatch(/^It went wrong\. [A-Z]/)
    },
  )

  it('takes retry from the registry and the rest from the caller', () => {
    const cause = new Error('reset')
    const error = new OnejarError('ONEJAR_RATE_LIMITED', 'Too fast', {
      cause,
      retryAfterMs: 1_500,
      details: { status: 429 },
    })
    expect(error).toMatchObject({
      name: 'OnejarError',
      code: 'ONEJAR_RATE_LIMITED',
      retry: 'after',
      tier: 'recoverable',
      retryAfterMs: 1_500,
      details: { status: 429 },
    })
    expect(error.cause).toBe(cause)
  })

  it('puts every code into one of three tiers, and nothing that can be tried again beyond recovery', () => {
    for (const code of codes) {
      const { retry, tier } = new OnejarError(code, 'x')
      expect(['recoverable', 'non-recoverable', 'compliance-blocked']).toContain(tier)
      if (retry === 'same-session' || retry === 'after') expect(`${code} ${tier}`).toBe(`${code} recoverable`)
    }
  })

  it('has no cause, no wait and no details when none are given', () => {
    const error = new OnejarError('ONEJAR_CLOSED', 'The broker is closed')
    expect('cause' in error).toBe(false)
    expect(error.retryAfterMs).toBeUndefined()
    expect(error.details).toEqual({})
  })

  it('keeps a cause that is undefined or null', () => {
    expect('cause' in new OnejarError('ONEJAR_ABORTED', 'x', { cause: undefined })).toBe(true)
    expect(new OnejarError('ONEJAR_ABORTED', 'x', { cause: null }).cause).toBeNull()
  })
})

describe('isOnejarError', () => {
  const error = new OnejarError('ONEJAR_CLOSED', 'x')

  it('tells ours from others', () => {
    expect(isOnejarError(error)).toBe(true)
    expect(isOnejarError(new Error('x'))).toBe(false)
    expect(isOnejarError({ code: 'ONEJAR_CLOSED' })).toBe(false)
    expect(isOnejarError(null)).toBe(false)
  })

  it('asks for one code when given', () => {
    expect(isOnejarError(error, 'ONEJAR_CLOSED')).toBe(true)
    expect(isOnejarError(error, 'ONEJAR_TIMEOUT')).toBe(false)
  })

  it('says in whole milliseconds how long to wait', () => {
    expect(new OnejarError('ONEJAR_RATE_LIMITED', 'x', { retryAfterMs: 995.26 }).retryAfterMs).toBe(996)
  })
})
