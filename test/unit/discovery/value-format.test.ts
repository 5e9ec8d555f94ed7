import { describe, expect, it } from 'vitest'
import { formatsOf, written } from '../../../src/discovery/value-format.ts'

describe('formatsOf', () => {
  it.each<[unknown, string]>([
    ['Blue chair', 'Blue chair'],
    ['  Blue\n chair ', 'Blue chair'],
    ['Ada', 'by Ada'],
    ['A-17', 'SKU: A-17'],
    ['<p>Blue <b>chair</b></p>', 'Blue chair'],
    [1234.5, '1,234.50'],
    [1234.5, '€ 1.234,50'],
    [1234.5, '1 234,50 kr'],
    [1234567, "1'234'567"],
    [4999, '$49.99'],
    [4.5, '4.5 stars'],
    ['12.5', '12.50'],
    [-3, '-3'],
    [-3000, '-$3,000.00'],
    [-3000, '$-3,000.00'],
    [-3000, '−3.000,00 €'],
    [-3000, '(3,000.00)'],
    [-3000, '($3,000.00)'],
    [-3000, '$(3,000.00)'],
    [-3000, '3,000.00-'],
    [0.25, '25% off'],
    [0.125, '12,5 %'],
    [1250, '1.25 kg'],
    [84, '33.1 in'],
    [20.4, '69 °F'],
    [-10, '14 °F'],
    [-30, '-22 °F'],
    [5767168, '5.5 MB'],
    [1234, '1.2K views'],
    [1234567, '1.23M'],
    [3400000, '3,4 Mio. Aufrufe'],
    [1234567, '123万'],
    ['Tom &amp; Jerry&#39;s', "Tom & Jerry's"],
    ['2024-03-05', '5 March 2024'],
    ['2024-03-05T10:00:00Z', 'Published: Mar 5, 2024'],
    [1709632800000, '05.03.2024'],
    [1709632800, '3/5/2024'],
    ['2024-03-05', '5. März 2024'],
    ['2024-03-05', 'Dienstag, 05. März 2024'],
    ['2024-05-05', 'seit 5. Mai 2024'],
    ['2024-03-05', '5 mars 2024'],
    ['2024-03-05', 'martes, 5 de marzo de 2024'],
    ['2024-03-05', '5 marca 2024'],
    ['2024-03-05', 'Tue, Mar 05, 2024'],
    ['2024-03-05', '2024年3月5日'],
  ])('finds how %j is written as %j, and writes it so again', (value, shown) => {
    const formats = formatsOf(value, shown)
    expect(formats.length).toBeGreaterThan(0)
    for (const format of formats) expect(written(value, format)).toBe(shown)
  })

  it.each<[unknown, string]>([
    ['chair', 'Blue chairs'],
    ['17', '2017 and more'],
    ['ab', 'ab cd'],
    [0.25, '25 off'],
    [84, '33 33'],
    [5, '5 of 7'],
    [5, '55'],
    [1234.5, '1234'],
    ['', 'anything'],
    [true, 'true'],
    [null, 'null'],
    ['2024-13-40', '2024'],
    [Number.NaN, 'NaN'],
    ['Blue chair', 'blue chair'],
    ['2024-03-05', '6. März 2024'],
    ['2024-03-05', '5. Mai 2024'],
  ])('finds no way from %j to %j', (value, shown) => {
    expect(formatsOf(value, shown)).toEqual([])
  })

  it('keeps every format that one text allows, so that a second one can decide', () => {
    const formats = formatsOf(12.25, '12.25')
    const of = (value: number) => new Set(formats.map((format) => written(value, format)))
    expect(of(12.5)).toEqual(new Set(['12.5', '12.50']))
    expect(of(1234.25)).toContain('1,234.25')
    expect(of(1234.25)).toContain('1234.25')
  })

  it('writes no negative number as long as no page has shown how it marks one', () => {
    const formats = formatsOf(3000, '$3,000.00')
    expect(formats.map((format) => written(-3000, format))).toEqual(formats.map(() => undefined))
  })

  it('knows a day and a month apart once they differ', () => {
    const formats = formatsOf('2024-05-05', '05/05/2024')
    expect(new Set(formats.map((format) => written('2024-05-06', format)))).toEqual(
      new Set(['06/05/2024', '05/06/2024']),
    )
  })
})

describe('written', () => {
  it('is nothing for a value of another kind', () => {
    expect(written(5, { as: 'text', before: '', after: '' })).toBeUndefined()
    expect(written({}, { as: 'html' })).toBeUndefined()
    expect(written('soon', { as: 'date', before: '', after: '', form: 'd.m.y' })).toBeUndefined()
    const number = {
      as: 'number',
      before: '',
      after: '',
      decimals: 2,
      group: '',
      point: '.',
      per: 1,
    } as const
    expect(written('none', number)).toBeUndefined()
    expect(written('1e400', number)).toBeUndefined()
  })
})
