import { describe, expect, it } from 'vitest'
import { orderGroup, toSetAnew } from '../../../src/browser/state/cookie-order.ts'

describe('toSetAnew', () => {
  it.each([
    ['nothing to do', 'abc', 'abc', ''],
    ['the last one belongs first', 'bca', 'abc', 'bc'],
    ['the last one belongs in the middle', 'acb', 'abc', 'c'],
    ['all the other way round', 'cba', 'abc', 'bc'],
    ['one cookie', 'a', 'a', ''],
    ['none', '', '', ''],
  ])('%s', (_, held, wanted, anew) => {
    expect(toSetAnew([...held], [...wanted]).join('')).toBe(anew)
  })

  it('ends in the wanted order for every order of five', () => {
    const permute = (list: string[]): string[][] =>
      list.length < 2
        ? [list]
        : list.flatMap((head) => permute(list.filter((each) => each !== head)).map((tail) => [head, ...tail]))
    for (const held of permute([...'abcde'])) {
      const anew = toSetAnew(held, [...'abcde'])
      expect([...held.filter((id) => !anew.includes(id)), ...anew].join('')).toBe('abcde')
    }
  })
})

describe('orderGroup', () => {
  it('is the same for a host and a domain above it, and differs by the length of the path', () => {
    expect(orderGroup({ domain: '.shop.example', path: '/' })).toBe(
      orderGroup({ domain: 'www.shop.example', path: '/' }),
    )
    expect(orderGroup({ domain: 'shop.example', path: '/a' })).not.toBe(
      orderGroup({ domain: 'shop.example', path: '/' }),
    )
  })
})
