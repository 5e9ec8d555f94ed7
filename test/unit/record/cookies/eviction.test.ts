import { describe, expect, it } from 'vitest'
import type { Cookie, Priority } from '../../../../src/record/cookie.ts'
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

/** How many go of each priority, Secure ones apart: `low 5, medium secure 3`. */
function counts(gone: readonly { cookie: Cookie }[]): string {
  const kinds = Map.groupBy(gone, ({ cookie }) => `${cookie.priority}${cookie.secure ? ' secure' : ''}`)
  return [...kinds].map(([kind, { length }]) => `${kind} ${length}`).join(', ')
}

const of = (priority: Priority, secure = false) => ({ priority, secure })

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
    expect(evictFromSite([...cookies(180), ...over], NOW)).toEqual(over)
    expect(evictFromSite([...cookies(175), ...over], NOW)).toEqual([])
    expect(evictFromSite(over, NOW)).toEqual([])
    expect(evictFromSite([...cookies(181), ...over], NOW)).toHaveLength(5 + 31)
  })

  it('takes the older of those that were used at the same time', () => {
    const reversed = cookies(181).reverse()
    expect(evictFromSite(reversed, NOW).map((each) => each.cookie.created)).toEqual([...Array(31).keys()])
  })

  it.each<[string, [number, Partial<Cookie>][]]>([
    [
      'low 31',
      [
        [100, of('low')],
        [81, of('medium')],
      ],
    ],
    [
      'low secure 20, medium 11',
      [
        [50, of('low', true)],
        [131, of('medium')],
      ],
    ],
    [
      'low 5, medium 30',
      [
        [25, of('low')],
        [10, of('low', true)],
        [60, of('medium')],
        [20, of('medium', true)],
        [40, of('high')],
        [30, of('high', true)],
      ],
    ],
    [
      'low 3, low secure 1, medium 27',
      [
        [3, of('low')],
        [31, of('low', true)],
        [147, of('medium')],
      ],
    ],
    [
      'high 21, medium secure 10',
      [
        [90, of('medium', true)],
        [91, of('high')],
      ],
    ],
    [
      'medium 20, medium secure 11',
      [
        [20, of('medium')],
        [161, of('medium', true)],
      ],
    ],
    [
      'high 20, medium secure 1, high secure 10',
      [
        [51, of('medium', true)],
        [20, of('high')],
        [110, of('high', true)],
      ],
    ],
    ['high 31', [[181, of('high')]]],
    ['high secure 31', [[181, of('high', true)]]],
  ])('takes by priority, and Secure ones last: %s', (wanted, parts) => {
    const all = parts.flatMap(([count, part]) => cookies(count, part))
    expect(counts(evictFromSite(all, NOW))).toBe(wanted)
  })
})

describe('evictFromAll', () => {
  const old = NOW - 31 * DAY

  it('takes only what was not used for 30 days, not Secure first', () => {
    const all = [...cookies(3000), ...cookies(200, { secure: true }, old), ...cookies(150, {}, old)]
    const gone = evictFromAll(all, NOW)
    expect(gone.length).toBe(350)
    expect(gone.slice(0, 150).every((each) => !each.cookie.secure)).toBe(true)
    expect(evictFromAll(cookies(4000), NOW)).toEqual([])
    expect(evictFromAll(all.slice(0, 3300), NOW)).toEqual([])
  })

  it('counts 30 days to the millisecond', () => {
    const at = (lastAccess: number) => evictFromAll([...cookies(3300), ...cookies(1, {}, lastAccess)], NOW)
    expect(at(NOW - 30 * DAY)).toEqual([])
    expect(at(NOW - 30 * DAY - 1)).toHaveLength(1)
  })

  it('leaves 3,000, those that were used last', () => {
    const secure = cookies(3300, { secure: true }, old)
    const others = cookies(1, {}, old)
    const older = cookies(2, { secure: true }, old - 1)
    const gone = evictFromAll([...secure, ...others, ...older], NOW)
    expect(gone).toEqual([...others, ...older, ...secure.slice(0, 300)])
    // Those that are not Secure are enough.
    expect(counts(evictFromAll([...secure.slice(0, 3000), ...cookies(400, {}, old)], NOW))).toBe('medium 400')
    expect(counts(evictFromAll([...secure.slice(0, 2500), ...cookies(900, {}, old)], NOW))).toBe('medium 400')
  })

  it('is content with the expired ones when that is enough', () => {
    const over = cookies(5, { expiresAt: NOW })
    expect(evictFromAll([...over, ...cookies(3299), ...cookies(1, {}, old)], NOW)).toEqual(over)
    expect(evictFromAll([...over, ...cookies(3300), ...cookies(1, {}, old)], NOW)).toHaveLength(6)
    // Nothing is looked at while all were used of late.
    expect(evictFromAll([...over, ...cookies(3299)], NOW)).toEqual([])
    expect(evictFromAll([...over, ...cookies(3294), ...cookies(1, {}, old)], NOW)).toEqual([])
  })
})

describe('evictFromPartition', () => {
  it('keeps to 180 cookies and to 10 KiB', () => {
    expect(evictFromPartition(cookies(180), NOW)).toEqual([])
    expect(evictFromPartition(cookies(183), NOW).length).toBe(3)
    expect(evictFromPartition(cookies(11, { name: '', value: 'x'.repeat(1000) }), NOW).length).toBe(1)
    expect(evictFromPartition(cookies(10, { name: '', value: 'x'.repeat(1024) }), NOW)).toEqual([])
    expect(evictFromPartition(cookies(10, { name: 'n', value: 'x'.repeat(1024) }), NOW)).toHaveLength(1)
  })

  it('takes the expired ones where it is too full, then the least recently used', () => {
    const over = cookies(2, { expiresAt: NOW })
    expect(evictFromPartition([...cookies(178), ...over], NOW)).toEqual([])
    expect(evictFromPartition([...cookies(179), ...over], NOW)).toEqual(over)
    const old = cookies(1, {}, NOW - 1)
    expect(evictFromPartition([...cookies(180), ...over, ...old], NOW)).toEqual([...over, ...old])
    const large = cookies(10, { name: '', value: 'x'.repeat(1024) })
    const small = cookies(1, { name: 'a', value: '' }, NOW - 1)
    expect(evictFromPartition([...large, ...small], NOW)).toEqual(small)
    expect(
      evictFromPartition([...large, ...cookies(1, { name: 'a', value: '', expiresAt: NOW })], NOW),
    ).toHaveLength(1)
  })
})
