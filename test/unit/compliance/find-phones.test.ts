import { describe, expect, it } from 'vitest'
import { isPhoneRegion, PhoneFinder } from '../../../src/compliance/personal/find-phones.ts'

/** Texts are looked at as their UTF-8 bytes, one sign each. */
const bytes = (text: string) => Buffer.from(text).toString('latin1')
const found = (text: string, region?: string) =>
  new PhoneFinder(region)
    .find(bytes(text))
    .map(({ start, end }) => Buffer.from(bytes(text).slice(start, end), 'latin1').toString())

describe('phone numbers', () => {
  it.each([
    ['call +49 30 901820 today', '+49 30 901820'],
    ['call (+49) 30 901820', '+49) 30 901820'],
    ['0049 30 901820', '0049 30 901820'],
    ['+49\u00a030\u00a0901820.', '+49\u00a030\u00a0901820'],
    ['+49\u201330\u2013901820', '+49\u201330\u2013901820'],
    ['+49-30-901820/17', '+49-30-901820/17'],
    ['1234567 +49 30 901820', '+49 30 901820'],
    ['+4930901820+442079460958', '+4930901820'],
  ])('of a country are found in %s', (text, first) => expect(found(text)[0]).toBe(first))

  it('are found one behind the other, where each begins', () => {
    expect(found('+4930901820 +442079460958, and +33142685300')).toEqual([
      '+4930901820',
      '+442079460958',
      '+33142685300',
    ])
  })

  it.each(['+49 30', '12+3456', '+1 2 3', '030 901820', '100493090182', '+999 999 999 999', 'no number'])(
    'are not seen in %s without a country',
    (text) => expect(found(text)).toEqual([]),
  )

  it('of a country at home are found where it is named', () => {
    expect(found('Tel. 030 901820', 'DE')).toEqual(['030 901820'])
    expect(found('030 901820  030 901821', 'DE')).toEqual(['030 901820', '030 901821'])
    expect(found('x 030901820', 'DE')).toEqual(['030901820'])
    // Those within a run of digits stand where they are found, also beyond the piece that is looked at in one go.
    expect(found('1 (030) 901820', 'DE').at(-1)).toMatch(/901820$/)
    const beyond = `${'7-'.repeat(16)}030 901820`
    expect(found(beyond, 'DE')).toEqual(['030 901820'])
    expect(found(`12  ${beyond}`, 'DE')).toEqual(['030 901820'])
    // Where an international one was found, the digits beside it are its own.
    expect(found('+49 30 901820', 'DE')).toEqual(['+49 30 901820'])
  })

  it.each(['v030 901820', 'a.030 901820', '_030901820', '030901', '03090182003090182003'])(
    'are not seen at home in %s',
    (text) => expect(found(text, 'DE')).toEqual([]),
  )

  it('are cut out unseen once a text has brought too many', () => {
    const finder = new PhoneFinder('DE')
    const one = (text: string) => finder.find(text).map(({ start, end }) => text.slice(start, end))
    for (let i = 0; i < 1_999; i++) finder.find('0000000')
    expect(one('0000000')).toEqual([])
    expect(one('0000000 ')).toEqual(['0000000'])
    expect(one('+0000000 ')).toEqual(['+0000000'])
  })

  it('have countries that are known', () => {
    expect(isPhoneRegion('DE')).toBe(true)
    expect(isPhoneRegion('XX')).toBe(false)
  })
})
