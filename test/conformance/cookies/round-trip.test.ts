import { expect, it } from 'vitest'
import {
  type CdpCookie,
  cdpObstacle,
  fromCdpCookie,
  toCdpCookieParam,
} from '../../../src/record/codecs/cdp-cookie.ts'
import {
  type Cookie,
  cookieId,
  decodeEntry,
  type Entry,
  encodeEntry,
  SessionRecord,
} from '../../../src/record/index.ts'
import { JarUnderTest } from './jar-under-test.ts'
import { ROWS } from './rows.ts'

const WIRE = { name: 'wire' }

/** Every cookie that the table leaves in a jar, with the attributes in all their combinations. */
const COOKIES = ROWS.flatMap((row): Cookie[] => {
  const test = new JarUnderTest()
  test.replay(row.steps)
  return test.jar.all()
})

it('has something to go round', () => {
  expect(COOKIES.length).toBeGreaterThan(300)
  for (const attribute of [
    'sameSite',
    'priority',
    'sourceScheme',
    'hostOnly',
    'secure',
    'httpOnly',
  ] as const) {
    expect(new Set(COOKIES.map((cookie) => cookie[attribute])).size, attribute).toBeGreaterThan(1)
  }
  expect(COOKIES.some((cookie) => cookie.partitionKey?.hasCrossSiteAncestor)).toBe(true)
})

it('comes out of a record, a stored entry and another record as it went in', () => {
  for (const value of COOKIES) {
    const entry: Entry = {
      kind: 'cookie',
      id: cookieId(value),
      stamp: { time: value.created + 7, writer: 'w' },
      value,
    }
    const [first, second] = ['one', 'two'].map(
      (writer) => new SessionRecord({ writer, clock: { now: () => 0 } }),
    )
    first!.merge([entry], WIRE)
    expect([...first!.entries()]).toEqual([entry])
    const [held] = first!.entries()
    const decoded = decodeEntry(encodeEntry(held!), held!.stamp)
    if (!decoded.ok) throw new Error(decoded.reason)
    second!.merge([decoded.entry], WIRE)
    expect([...second!.entries()]).toEqual([entry])
    expect(second!.cookie(entry.id)).toEqual(value)
  }
})

it('comes back from the form that the browser takes and shows as it went', () => {
  for (const cookie of COOKIES) {
    if (cdpObstacle(cookie) !== null) continue
    const { expires = -1, ...param } = toCdpCookieParam(cookie)
    const size = cookie.name.length + cookie.value.length
    const shown: CdpCookie = { ...param, expires, size, session: expires === -1 }
    const wanted =
      cookie.secure && cookie.sourceScheme === 'non-secure' ? { ...cookie, sourceScheme: 'secure' } : cookie
    expect(fromCdpCookie(shown, { created: cookie.created })).toEqual(wanted)
    expect(fromCdpCookie(shown, { created: 1, known: cookie })).toBe(cookie)
  }
})
