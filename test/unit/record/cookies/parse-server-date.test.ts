import { describe, expect, it } from 'vitest'
import { parseServerDate } from '../../../../src/record/cookies/parse-server-date.ts'

const AT = Date.UTC(2026, 10, 24, 10, 20, 30)

describe('parseServerDate', () => {
  it.each([
    'Tue, 24 Nov 2026 10:20:30 GMT',
    'Tuesday, 24-Nov-26 10:20:30 GMT',
    'Tue Nov 24 10:20:30 2026',
    '24 November 2026 10:20:30',
    'Tue, 24 Nov 2026 12:50:30 +0230',
    'Tue, 24 Nov 2026 02:20:30 PST',
    ' tue, 24 nov 2026 10:20:30 utc ',
    '2026-11-24T10:20:30Z',
    '10:20:30 24 Nov 2026',
    'Tue, 24 Nov 2026 10:20:30 CONSTRUCTOR',
    'Tue, 24 Nov 2026 10:20:30 toString',
  ])('%s', (text) => {
    expect(parseServerDate(text)).toBe(AT)
  })

  it.each([
    '',
    'now',
    '24 Nov',
    'Tue, 32 Nov 2026 10:20:30 GMT',
    'Tue, 24 Foo 2026 10:20:30 GMT',
    'Tue, 24 Nov 2026 24:20:30 GMT',
    '2026-13-24T10:20:30Z',
    'Nov 24 10:20:30',
  ])('no date: %s', (text) => {
    expect(parseServerDate(text)).toBeNull()
  })
})
