import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOnejarError } from '../../../src/core/index.ts'
import {
  getHeader,
  mergeCookies,
  overlayHeaders,
  toHeaderList,
  withoutHeaders,
} from '../../../src/http/request-headers.ts'

describe('toHeaderList', () => {
  it('joins what is given twice, cookies with a semicolon', () => {
    const pairs: [string, string][] = [
      ['A', '1'],
      ['cookie', 'x=1'],
      ['a', '2'],
      ['Cookie', 'y=2'],
    ]
    expect(toHeaderList(pairs)).toEqual(['A', '1, 2', 'cookie', 'x=1; y=2'])
    expect(toHeaderList(pairs.flat())).toEqual(['A', '1, 2', 'cookie', 'x=1; y=2'])
  })

  it('leaves undefined values out, and takes numbers for text', () => {
    expect(toHeaderList({ a: undefined, b: 5 as unknown as string })).toEqual(['b', '5'])
    expect(toHeaderList(undefined)).toEqual([])
  })

  it('refuses what is no pair', () => {
    const odd = [['a', 'b', 'c']] as unknown as [string, string][]
    for (const input of [['a'], odd]) {
      expect(() => toHeaderList(input)).toThrow(expect.toSatisfy((e) => isOnejarError(e, 'ONEJAR_BAD_INPUT')))
    }
  })
})

describe('overlayHeaders', () => {
  it('changes neither list, and each name stays unique', () => {
    const list = fc.array(fc.tuple(fc.constantFrom('A', 'a', 'B', 'c', 'D'), fc.string()))
    fc.assert(
      fc.property(list, list, (one, two) => {
        const [base, over] = [toHeaderList(one), toHeaderList(two)]
        const before = JSON.stringify([base, over])
        const all = overlayHeaders(base, over)
        expect(JSON.stringify([base, over])).toBe(before)
        const names = all.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
        expect(new Set(names).size).toBe(names.length)
        for (const name of names)
          expect(getHeader(all, name)).toBe(getHeader(over, name) ?? getHeader(base, name))
      }),
    )
  })
})

describe('withoutHeaders', () => {
  it('gives the same list when nothing is dropped', () => {
    const list = ['A', '1', 'B', '2']
    expect(withoutHeaders(list, () => false)).toBe(list)
    expect(withoutHeaders(list, (name) => name === 'a')).toEqual(['B', '2'])
  })
})

describe('mergeCookies', () => {
  it.each([
    ['', undefined, ''],
    ['a=1', undefined, 'a=1'],
    ['', 'b=2', 'b=2'],
    ['a=1', 'b=2', 'a=1; b=2'],
    ['a=1; b=2', 'b=3;c=4;;', 'a=1; b=2; c=4'],
    ['a=1', 'A=2', 'a=1; A=2'],
    ['nameless', '=also; a=1', 'nameless; a=1'],
    ['a=1=2', 'a=3', 'a=1=2'],
  ])('%j and %j give %j', (jar, callers, merged) => {
    expect(mergeCookies(jar, callers)).toBe(merged)
  })
})
