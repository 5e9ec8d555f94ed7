import { describe, expect, it } from 'vitest'
import { toByteString } from '../../../../src/record/cookies/byte-string.ts'

describe('toByteString', () => {
  it.each([
    ['', ''],
    ['abc', 'abc'],
    // Bytes already
    ['\xfc\xff', '\xfc\xff'],
    ['\u0100', '\xc4\x80'],
    ['\xfc€', '\xc3\xbc\xe2\x82\xac'],
    ['😀', '\xf0\x9f\x98\x80'],
  ])('of %j is %j', (text, bytes) => {
    expect(toByteString(text)).toBe(bytes)
  })
})
