import { describe, expect, it } from 'vitest'
import type { Cookie } from '../../../../src/record/cookie.ts'
import { evictFromAll, evictFromPartition, evictFromSite } from '../../../../src/record/cookies/eviction.ts'

const DAY = 86_400_000
const NOW = 1000 * DAY

function cookies(count: number, change: Partial<Cookie> = {}, lastAccess = NOW) {
  return Array.from({ length: count }, (_, i) => ({
    lastAccess,
    cookie: {
      name: `n${i}`,
      value: 'v',
      secure: false,
      priority: 'medium',
      expiresAt: null,
      created: i,
      ...change,
    } as Cookie,
  }))
}

describe('evictFromSite', () => {
  it('is content with 180 and takes 31 of 181', () => {
    expect(evictFromSite(cookies(180), NOW)).toEqual([])
    expect(evictFromSite(cookies(181), NOW).map((each) => each.cookie.created)).toEqual([...Array(31).keys()])
  })

  it('takes the least recently used, whatever its age', () => {
    const old = cookies(31, { priority: 'medium' }, NOW - 1)
    expect(evictFromSite([...cookies(150), ...old], NOW)).toEqual(old)
  })

  it('is content with the expired ones when that is enough', () => {
    const over = cookies(5, { expiresAt: NOW })
    expect(evictFromSite([...cookies(178), ...over], NOW)).toEqual(over)
  })
})

describe('evictFromAll', () => {
  it('takes only what was not used for 30 days, not Secure first', () => {
    const old = NOW - 31 * DAY
    const all = [...cookies(3000), ...cookies(200, { secure: true }, old), ...cookies(150, {}, old)]
    const gone = evictFromAll(all, NOW)
    expect(gone.length).toBe(350)
    expect(gone.slice(0, 150).every((each) => !each.cookie.secure)).toBe(true)
    expect(evictFromAll(cookies(4000), NOW)).toEqual([])
    expect(evictFromAll(all.slice(0, 3300), NOW)).toEqual([])
  })
})

describe('evictFromPartition', () => {
  it('keeps to 180 cookies and to 10 KiB', () => {
    expect(evictFromPartition(cookies(180), NOW)).toEqual([])
    expect(evictFromPartition(cookies(183), NOW).length).toBe(3)
    expect(evictFromPartition(cookies(11, { name: '', value: 'x'.repeat(1000) }), NOW).length).toBe(1)
    expect(evictFromPartition(cookies(10, { name: '', value: 'x'.repeat(1024) }), NOW)).toEqual([])
  })
})
