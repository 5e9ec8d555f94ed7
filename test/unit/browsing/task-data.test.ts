import { describe, expect, it } from 'vitest'
import { errorOf, wireError } from '../../../src/browsing/workers/messages.ts'
import { loadData, taskDataSchema } from '../../../src/browsing/workers/task-data.ts'
import { OnejarError } from '../../../src/core/index.ts'

const TASK = {
  url: new URL('https://shop.test/'),
  solveTimeoutMs: 1_000,
  deadlineMs: 5_000,
  timeoutMs: 5_000,
  render: true,
  expect: undefined,
  maxBytes: 0,
  screenshot: false,
}

describe('a task on its way to a worker', () => {
  it('is data, and a function of the caller stays where it is', () => {
    const data = loadData({ ...TASK, expect: () => true }, 100)
    expect(data).toMatchObject({ kind: 'load', url: 'https://shop.test/', expect: 'ask', deadlineMs: 100 })
    expect(taskDataSchema.parse(JSON.parse(JSON.stringify(data)))).toEqual(data)
  })

  it.each([
    ['a page that is none of the web', { url: 'file:///etc/passwd' }],
    ['a script', { url: 'javascript:alert(1)' }],
    ['something unknown', { url: 'https://shop.test/', more: true }],
    ['an expectation that is none', { expect: { selector: '>>' } }],
    ['a time without end', { timeoutMs: Infinity }],
  ])('is refused with %s', (_, own) => {
    const data = { ...loadData(TASK, 100), ...own }
    expect(taskDataSchema.safeParse(data).success).toBe(false)
  })

  it('is refused with a method that is a header', () => {
    const fetch = {
      kind: 'fetch',
      document: 'https://shop.test/',
      fresh: false,
      url: 'https://shop.test/x',
      method: 'GET',
      headers: [],
      body: null,
      redirect: 'follow',
      asksHops: false,
    }
    expect(taskDataSchema.safeParse(fetch).success).toBe(true)
    expect(taskDataSchema.safeParse({ ...fetch, method: 'GET x\r\n' }).success).toBe(false)
    expect(taskDataSchema.safeParse({ ...fetch, document: 'data:text/html,x' }).success).toBe(false)
  })
})

describe('an error on its way to its caller', () => {
  it('is the same there', () => {
    const details = { refusedBy: 'csp', origin: 'https://shop.test' }
    const error = new OnejarError('ONEJAR_PAGE_FETCH_REFUSED', 'It may not', { details, retryAfterMs: 7 })
    const {
      code,
      message,
      retryAfterMs,
      details: told,
    } = errorOf(JSON.parse(JSON.stringify(wireError(error))))
    expect([code, message, retryAfterMs, told]).toEqual([error.code, error.message, 7, details])
  })

  it('that is none of ours says nothing of what it was', () => {
    const wire = wireError(new Error('canary at /home/someone'))
    expect(JSON.stringify(wire)).not.toContain('canary')
    expect(errorOf(wire).code).toBe('ONEJAR_BROWSER_FAILED')
    expect(errorOf({ ...wire, code: '__proto__' }).code).toBe('ONEJAR_BROWSER_FAILED')
  })
})
