import { describe, expect, it } from 'vitest'
import { unblockSchema } from '../../../src/service/routes/blocks.ts'
import { cookiesQuerySchema, setCookiesSchema } from '../../../src/service/routes/cookies.ts'
import { fetchSchema, renderSchema } from '../../../src/service/routes/requests.ts'
import { listQuerySchema } from '../../../src/service/routes/sessions.ts'

const FETCH = { session: 'anna', url: 'https://a.example/' }

describe('the forms of the service', () => {
  it('have defaults that reveal nothing', () => {
    expect(fetchSchema.parse(FETCH)).toEqual(FETCH)
    expect(cookiesQuerySchema.parse({})).toEqual({ reveal: '0' })
    expect(listQuerySchema.parse({})).toEqual({})
  })

  it.each([
    ['no session', { session: undefined }],
    ['an empty session', { session: '' }],
    ['a long session', { session: 'x'.repeat(1_025) }],
    ['a long tenant', { tenant: 'x'.repeat(257) }],
    ['an empty URL', { url: '' }],
    ['a long URL', { url: `https://a.example/${'x'.repeat(64 * 1024)}` }],
    ['a time that is none', { timeoutMs: 0 }],
    ['a broken time', { timeoutMs: 1.5 }],
    ['a redirect of its own', { redirect: 'sometimes' }],
    ['a body that is no base64', { bodyBase64: '%%' }],
    ['two bodies', { body: 'a', bodyBase64: 'YQ==' }],
    ['no size', { maxResponseBytes: 0 }],
    ['two expectations in one', { expect: { selector: 'h1', text: 'x' } }],
    ['an option that is not there', { prxoy: 'http://elsewhere.example' }],
    ['a key with spaces', { idempotencyKey: 'a b' }],
    ['robots.txt by choice', { robots: true }],
    ['attempts without end', { retry: { attempts: 11 } }],
    ['a field that is no selector', { extract: { title: 1 } }],
  ])('refuse %s', (_what, over) => {
    expect(fetchSchema.safeParse({ ...FETCH, ...over }).success).toBe(false)
  })

  it('take each kind of expectation', () => {
    for (const expectation of [{ selector: 'h1' }, { text: 'x' }, { jsonPath: '$.a' }]) {
      expect(renderSchema.safeParse({ ...FETCH, expect: expectation }).success).toBe(true)
      expect(fetchSchema.safeParse({ ...FETCH, expect: expectation }).success).toBe(true)
    }
    expect(renderSchema.safeParse({ ...FETCH, method: 'POST' }).success).toBe(false)
  })

  it('bound how many cookies are set at once', () => {
    const lines = (count: number, line = 'a=1') => ({ url: FETCH.url, lines: Array(count).fill(line) })
    expect(setCookiesSchema.safeParse(lines(1)).success).toBe(true)
    expect(setCookiesSchema.safeParse(lines(1_000)).success).toBe(true)
    for (const refused of [lines(0), lines(1_001), lines(1, 'x'.repeat(16 * 1024 + 1))])
      expect(setCookiesSchema.safeParse(refused).success).toBe(false)
    expect(unblockSchema.safeParse({}).success).toBe(false)
    expect(unblockSchema.parse({ origin: FETCH.url })).toEqual({ origin: FETCH.url })
  })
})
