import { NonRetryableError, SessionError } from '@crawlee/core'
import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { toCrawleeError } from '../../../src/crawlee/crawlee-errors.ts'
import { crawlWith } from '../../../src/crawlee/index.ts'
import type { Broker } from '../../../src/index.ts'

const broker = { session: () => Promise.reject(new Error('not asked for')) } as unknown as Broker

describe('crawlWith()', () => {
  it('opens nothing by itself, and has what each kind of crawler takes', () => {
    const { http, browser } = crawlWith(broker)
    expect(Object.keys(http)).toEqual(['httpClient', 'sessionPoolOptions'])
    expect(http.sessionPoolOptions).toMatchObject({ maxPoolSize: 1 })
    expect(browser).toMatchObject({
      persistCookiesPerSession: false,
      browserPoolOptions: { useFingerprints: false },
    })
  })

  it('takes ids, and how many, each once', () => {
    const size = (sessions: number | string[]) =>
      crawlWith(broker, { sessions }).http.sessionPoolOptions.maxPoolSize
    expect([size(3), size(['a', 'b', 'a'])]).toEqual([3, 2])
  })

  it('leaves the options of the pool that it does not need', () => {
    const sessionPoolOptions = {
      blockedStatusCodes: [418],
      maxPoolSize: 9,
      sessionOptions: { maxErrorScore: 7 },
    }
    expect(crawlWith(broker, { sessionPoolOptions }).http.sessionPoolOptions).toMatchObject({
      blockedStatusCodes: [418],
      maxPoolSize: 1,
      sessionOptions: { maxErrorScore: 7, maxUsageCount: Number.MAX_SAFE_INTEGER },
    })
  })

  it.each([
    [undefined, {}, /expected a broker/],
    [{}, {}, /expected a broker/],
    [broker, { session: 'a' }, /there is no option session; the nearest is sessions/],
    [broker, { sessions: 0 }, /sessions: expected ids, or how many/],
    [broker, { sessions: [] }, /sessions: expected ids/],
    [broker, { sessions: [1] }, /sessions: expected ids/],
    [broker, { sessions: 1.5 }, /sessions: expected ids/],
  ])('refuses what has another form (%#)', (given, options, message) => {
    expect(() => crawlWith(given as Broker, options as never)).toThrow(message)
    expect(() => crawlWith(given as Broker, options as never)).toThrow(OnejarError)
  })
})

describe('an error, as Crawlee gets it', () => {
  const told = (error: unknown, free = false) => toCrawleeError(error, () => free)

  it('is final where no attempt mends it', () => {
    const captcha = new OnejarError('ONEJAR_CAPTCHA', 'a puzzle')
    expect(told(captcha, true)).toBeInstanceOf(NonRetryableError)
    expect(told(captcha)).toMatchObject({ code: 'ONEJAR_CAPTCHA', cause: captcha })
    expect((told(captcha) as Error).message).toContain('a puzzle')
  })

  it('asks for another session where there is one', () => {
    const refused = new OnejarError('ONEJAR_BLOCKED', 'no')
    expect(told(refused, true)).toBeInstanceOf(SessionError)
    expect(told(refused, false)).toBeInstanceOf(NonRetryableError)
  })

  it('stays what it is where Crawlee may try again', () => {
    for (const error of [new OnejarError('ONEJAR_NETWORK', 'lost'), new Error('other'), 'text', undefined])
      expect(told(error)).toBe(error)
  })
})
