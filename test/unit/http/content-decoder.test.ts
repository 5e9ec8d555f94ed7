import { describe, expect, it } from 'vitest'
import { parseContentEncoding } from '../../../src/http/content-decoder.ts'

describe('parseContentEncoding', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['identity', []],
    ['gzip', ['gzip']],
    ['GZip', ['gzip']],
    ['x-gzip', ['gzip']],
    ['gzip, br', ['gzip', 'br']],
    [' deflate ,, zstd ', ['deflate', 'zstd']],
    [
      ['gzip', 'br'],
      ['gzip', 'br'],
    ],
    ['gzip, unknown', []],
    ['compress', []],
    ['none', []],
  ])('%j is %j', (header, encodings) => {
    expect(parseContentEncoding(header)).toEqual(encodings)
  })

  it('refuses more than five', () => {
    expect(() => parseContentEncoding('br,br,br,br,br,br')).toThrow(/6 content encodings/)
  })
})
