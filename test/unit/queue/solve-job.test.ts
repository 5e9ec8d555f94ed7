import { describe, expect, it } from 'vitest'
import {
  type Envelope,
  openFailure,
  openOrder,
  type SolveOrder,
  sealFailure,
  sealOrder,
  solveReportSchema,
} from '../../../src/queue/solve-job.ts'

/** Seals for those who name the same purpose; what was changed does not open. */
const envelope: Envelope = {
  sealText: (purpose, text) => Buffer.from(JSON.stringify([purpose, text])).toString('base64'),
  openText: async (purpose, sealed) => {
    try {
      const [sealedFor, text] = JSON.parse(Buffer.from(sealed, 'base64').toString()) as [string, string]
      return sealedFor === purpose ? text : null
    } catch {
      return null
    }
  },
}
const ORDER: SolveOrder = { tenant: 'default', id: 'anna', url: 'https://a.example/', proxy: null }
const UNTIL = 1_700_000_000_000

const job = (sealed: string, traceparent: string | null = null) => ({ sealed, traceparent })

describe('an order', () => {
  it('opens for the job that it was sealed for, with its end and a number of its own', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => openOrder(job(sealOrder(ORDER, 'job', UNTIL, envelope)), 'job', envelope)),
    )
    expect(one).toMatchObject({ order: ORDER, until: UNTIL })
    expect(one?.nonce).not.toBe(two?.nonce)
  })

  it('opens for no other job, and not as a report', async () => {
    const sealed = sealOrder(ORDER, 'job', UNTIL, envelope)
    expect(await openOrder(job(sealed), 'another', envelope)).toBeNull()
    expect(await openFailure(sealed, 'job', envelope)).toBeNull()
  })

  const sealedAs = (value: unknown) => job(envelope.sealText('visit order job', JSON.stringify(value)))
  const nonce = 'a nonce of the test'
  it.each([
    ['nothing', undefined],
    ['a text', 'sealed'],
    ['a job without a seal', { traceparent: null }],
    ['a job with more', { ...job('x'), more: 1 }],
    ['a seal that is too long', job('x'.repeat(256 * 1024 + 1))],
    ['a seal of something else', job('x')],
    ['no JSON', job(envelope.sealText('visit order job', 'no JSON'))],
    ['an order without a number', sealedAs({ until: UNTIL, order: ORDER })],
    ['a number that is soon guessed', sealedAs({ nonce: 'short', until: UNTIL, order: ORDER })],
    ['an order without an end', sealedAs({ nonce, order: ORDER })],
    ['an end before all time', sealedAs({ nonce, until: -1, order: ORDER })],
    ['a file', sealedAs({ nonce, until: UNTIL, order: { ...ORDER, url: 'file:///etc/passwd' } })],
    ['no session', sealedAs({ nonce, until: UNTIL, order: { ...ORDER, id: '' } })],
    ['more than an order', sealedAs({ nonce, until: UNTIL, order: { ...ORDER, script: 'x' } })],
    ['addresses that are none', sealedAs({ nonce, until: UNTIL, order: { ...ORDER, addresses: 'all' } })],
  ])('is not %s', async (_what, value) => {
    expect(await openOrder(value, 'job', envelope)).toBeNull()
  })

  it('takes a proxy with its password, and what the session may reach', async () => {
    const order: SolveOrder = {
      ...ORDER,
      proxy: { server: 'http://proxy.example', username: 'u', password: 'p' },
      addresses: { allow: ['10.0.0.0/8'] },
      renews: 5,
      observedLifeMs: null,
    }
    expect((await openOrder(job(sealOrder(order, 'job', UNTIL, envelope)), 'job', envelope))?.order).toEqual(
      order,
    )
  })
})

describe('a report', () => {
  const failure = { code: 'ONEJAR_CAPTCHA', reason: 'a puzzle', retryAfterMs: null }

  it('opens for its own job', async () => {
    const sealed = sealFailure(failure, 'job', envelope)
    expect(await openFailure(sealed, 'job', envelope)).toEqual(failure)
    expect(await openFailure(sealed, 'another', envelope)).toBeNull()
    expect(await openFailure('changed', 'job', envelope)).toBeNull()
  })

  it.each([
    { ...failure, code: 'x'.repeat(65) },
    { ...failure, reason: 'x'.repeat(4_097) },
    { ...failure, retryAfterMs: -1 },
    { ...failure, more: 1 },
  ])('is not %j', async (value) => {
    expect(await openFailure(sealFailure(value, 'job', envelope), 'job', envelope)).toBeNull()
  })

  it('says that it passed, or why not, and nothing else', () => {
    expect(solveReportSchema.safeParse({ outcome: 'passed' }).success).toBe(true)
    expect(solveReportSchema.safeParse({ outcome: 'failed', sealed: 'x' }).success).toBe(true)
    for (const report of [
      { outcome: 'failed' },
      { outcome: 'passed', sealed: 'x' },
      { outcome: 'lost' },
      null,
    ])
      expect(solveReportSchema.safeParse(report).success).toBe(false)
  })
})
