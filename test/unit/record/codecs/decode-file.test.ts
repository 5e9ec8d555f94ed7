import { describe, expect, it } from 'vitest'
import { decodeFile } from '../../../../src/record/codecs/decode-file.ts'

const LINE = 'shop.test\tFALSE\t/\tFALSE\t0\ta\tü€'
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const utf16 = (text: string, big = false) => {
  const made = Buffer.from(text, 'utf16le')
  return new Uint8Array(big ? made.swap16() : made)
}

describe('decodeFile', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['text', LINE, LINE],
    ['text with a mark', `\ufeff${LINE}`, LINE],
    ['a mark within a text', `a\ufeff${LINE}`, `a\ufeff${LINE}`],
    ['UTF-16 with a mark', utf16(`\ufeff${LINE}`), LINE],
    ['UTF-16 the other way round', utf16(`\ufeff${LINE}`, true), LINE],
    // A mark says so, however little of it is ASCII.
    ['UTF-16 of other scripts', utf16('\ufeff春夏秋冬'), '春夏秋冬'],
    ['UTF-16 of other scripts the other way round', utf16('\ufeff春夏秋冬', true), '春夏秋冬'],
    ['UTF-16 without a mark', utf16(LINE), LINE],
    ['UTF-16 without a mark the other way round', utf16(LINE, true), LINE],
    // Four of five bytes that could be zero are.
    ['UTF-16 that is mostly ASCII', utf16(`aaaa€${'aaaa€'.repeat(300)}`), `aaaa€${'aaaa€'.repeat(300)}`],
    ['UTF-16 that is mostly ASCII the other way round', utf16('aaaa€', true), 'aaaa€'],
  ])('reads %s', (_, input, text) => {
    expect(decodeFile(input)).toBe(text)
  })

  it.each<[string, Uint8Array, Uint8Array]>([
    ['ASCII', bytes('a'), bytes('a')],
    ['UTF-8', new Uint8Array(Buffer.from(LINE)), new Uint8Array(Buffer.from(LINE))],
    ['UTF-8 with a mark', bytes('\xef\xbb\xbfa'), bytes('a')],
    ['bytes of another code', bytes('n=\xe9'), bytes('n=\xe9')],
    ['a mark that is not at the beginning', bytes('a\xef\xbb\xbf'), bytes('a\xef\xbb\xbf')],
    ['nothing', bytes(''), bytes('')],
    ['the head of an archive in the middle', bytes('a PK\x03\x04'), bytes('a PK\x03\x04')],
    // Only the beginning is looked at.
    ['a zero byte far away', bytes(`${'a'.repeat(1024)}\0`), bytes(`${'a'.repeat(1024)}\0`)],
  ])('leaves %s as they are', (_, input, wanted) => {
    expect(decodeFile(input)).toEqual(wanted)
  })

  it.each<[Uint8Array, RegExp]>([
    [bytes('SQLite format 3\0\x10\0'), /SQLite database/],
    [bytes('\x1f\x8b\x08\0'), /gzip/],
    [bytes('PK\x03\x04\x14\0'), /ZIP archive/],
    [bytes('\x28\xb5\x2f\xfd\0'), /Zstandard/],
    [bytes('%PDF-1.7\n'), /a PDF/],
    [bytes('\xff\xfe\0\0a\0\0\0'), /zero bytes/],
    [bytes('\0\0\xfe\xff\0\0\0a'), /zero bytes/],
    [bytes('a\0b\0\0c\0d'), /zero bytes/],
    [bytes('\0a\0b\0cd\0'), /zero bytes/],
    [bytes('\0a\0b\0c\0de\0'), /zero bytes/],
    [bytes('a\0b\0c\0d\0\0e'), /zero bytes/],
    [bytes(`${'a'.repeat(1023)}\0`), /zero bytes/],
    // Too few zero bytes for text that is mostly ASCII: every third pair.
    [utf16('a€€'.repeat(20)), /zero bytes/],
    [utf16('a€€'.repeat(20), true), /zero bytes/],
    [bytes('\xff\xfea\0b'), /UTF-16 but is not valid/],
    [bytes('\xfe\xff\xd8\0\0a'), /UTF-16 but is not valid/],
  ])('says what it is where it is no text: %j', (input, what) => {
    expect(() => decodeFile(input)).toThrow(
      expect.objectContaining({ code: 'ONEJAR_BAD_INPUT', message: expect.stringMatching(what) }),
    )
  })
})
