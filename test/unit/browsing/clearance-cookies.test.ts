import { describe, expect, it } from 'vitest'
import { clearanceCookies } from '../../../src/browsing/local/clearance-cookies.ts'
import { cookieId, SessionRecord } from '../../../src/record/index.ts'

const SITE = new URL('https://shop.example/')

function afterVisit(...lines: string[]) {
  const record = new SessionRecord({ writer: 'w', clock: { now: () => 1_764_000_000_000 } })
  record.receive(['old=1; Path=/', 'sid=1; Path=/'], SITE, undefined, { name: 'test' })
  const before = new Map(record.matchingCookies(SITE).map((cookie) => [cookieId(cookie), cookie.value]))
  record.receive(lines, SITE, undefined, { name: 'test' })
  return (sent: string | null) => clearanceCookies(record, SITE, before, sent).map((id) => id.split('\n')[2])
}

describe('the cookies of a clearance', () => {
  it('are those that the visit got and its last document was asked for with', () => {
    const found = afterVisit('pass=ok; Path=/', 'sid=2; Path=/', 'shop=new; Path=/')
    // The document set a session of its own, and a new one in place of the old.
    expect(found('old=1; sid=1; pass=ok')).toEqual(['pass'])
    // The challenge itself replaced the session.
    expect(found('old=1; sid=2; pass=ok')).toEqual(['pass', 'sid'])
  })

  it('are all that are new where nobody knows what was sent', () => {
    expect(afterVisit('pass=ok; Path=/', 'sid=2; Path=/')(null)).toEqual(['pass', 'sid'])
  })

  it('are none where the site let the browser through as it was', () => {
    expect(afterVisit('shop=new; Path=/')('old=1; sid=1')).toEqual([])
    expect(afterVisit()('old=1; sid=1')).toEqual([])
  })

  it('are compared whole, nameless ones too', () => {
    expect(afterVisit('pass=ok; Path=/')('xpass=ok; pass=okay')).toEqual([])
    expect(afterVisit('=bare; Path=/')('bare')).toEqual([''])
  })
})
