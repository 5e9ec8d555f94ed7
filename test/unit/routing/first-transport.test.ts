import { describe, expect, it } from 'vitest'
import type { Via } from '../../../src/http/index.ts'
import { firstTransport, whyFirst } from '../../../src/routing/first-transport.ts'
import type { TimedRequest } from '../../../src/routing/timed-request.ts'
import { PAGE } from '../../support/routed.ts'

const GET: TimedRequest = { url: PAGE, timeoutMs: 10_000, identity: undefined, deadline: 10_000 }
const EXPECT = { status: [200] } as unknown as NonNullable<TimedRequest['expect']>

/** What was learned of the shop, and of its route. */
const learned = (origin: Via, route: Via = 'http') => ({
  transport: (asked: string) => (asked === PAGE.origin ? origin : route),
})

describe('the first transport of a request', () => {
  it('is HTTP where nothing was learned', () => {
    expect(firstTransport(GET, learned('http'))).toBe('http')
  })

  it('is what the caller wants, whatever was learned', () => {
    expect(firstTransport({ ...GET, startWith: 'page-fetch' }, learned('page'))).toBe('page-fetch')
    expect(firstTransport({ ...GET, render: true }, learned('http'))).toBe('page')
    expect(firstTransport({ ...GET, escalate: false }, learned('page'))).toBe('http')
  })

  it('is what works for the origin', () => {
    expect(firstTransport(GET, learned('page-fetch'))).toBe('page-fetch')
    expect(firstTransport(GET, learned('page'))).toBe('page')
  })

  it('is no navigation for what changes something', () => {
    expect(firstTransport({ ...GET, method: 'POST' }, learned('page'))).toBe('http')
    expect(firstTransport({ ...GET, method: 'POST' }, learned('page-fetch'))).toBe('page-fetch')
  })

  it('is a page for a route that needs one, where the caller says what the answer has to be', () => {
    expect(firstTransport({ ...GET, expect: EXPECT }, learned('http', 'page'))).toBe('page')
    expect(firstTransport(GET, learned('http', 'page'))).toBe('http')
  })
})

describe('why the first transport is taken', () => {
  const why = (via: Via, request: Partial<TimedRequest> = {}, origin: Via = 'http', route: Via = 'http') =>
    whyFirst(via, { ...GET, ...request }, { ...learned(origin, route), reason: (asked) => `of ${asked}` })

  it('is what the caller asked for, or what was learned of the place', () => {
    expect(why('http')).toBe('HTTP costs least, and nothing speaks against it')
    expect(why('http', { escalate: false })).toBe('the caller keeps it to HTTP')
    expect(why('page', { render: true })).toMatch(/as it is after its scripts/)
    expect(why('page', { startWith: 'page' })).toMatch(/what the caller expects/)
    expect(why('page-fetch', {}, 'page-fetch')).toBe(`learned before: of ${PAGE.origin}`)
    expect(why('page', { expect: EXPECT }, 'http', 'page')).toBe(`learned before: of ${PAGE.href}`)
  })
})
