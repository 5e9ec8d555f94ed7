import { describe, expect, it } from 'vitest'
import { bytesToText, isUtf8, textToBytes } from '../../../../src/record/codecs/text-bytes.ts'

describe('bytesToText', () => {
  it('decodes UTF-8, a byte order mark too', () => {
    expect(bytesToText('plain "text"')).toBe('plain "text"')
    expect(bytesToText('\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80')).toBe('ü€😀')
    expect(bytesToText('\xef\xbb\xbfa')).toBe('\ufeffa')
    expect(bytesToText('\xc2\x80 \xdf\xbf \xf4\x8f\xbf\xbf')).toBe('\x80 \u07ff \u{10ffff}')
  })

  it('drops what Chromium drops', () => {
    expect(bytesToText('a\xff\x80b')).toBe('ab')
    expect(bytesToText('\xe9x\xff')).toBe('')
    expect(bytesToText('n\xe9')).toBe('n')
    expect(bytesToText('\xe2\x82')).toBe('')
    expect(bytesToText('\xe2.')).toBe('.')
    expect(bytesToText('\xe2.!')).toBe('')
    expect(bytesToText('\xc1\x81.')).toBe('.')
    expect(bytesToText('\xf4\x90\x80\x80.')).toBe('.')
    expect(bytesToText('\xed\xa0\x80')).toBe('\ud800')
    // 0x7f in two bytes is written in too many; 0xf8 begins nothing.
    expect(bytesToText('\xc1\xbf.')).toBe('.')
    expect(bytesToText('\xf8\x88\x80\x80.')).toBe('.')
  })
})

describe('isUtf8', () => {
  it('accepts UTF-8 only', () => {
    for (const bytes of ['', 'a', textToBytes('ü€😀\ufffd\ufeff')]) expect(isUtf8(bytes)).toBe(true)
    for (const bytes of ['\xe9', 'a\xff', '\xed\xa0\x80', '\xe0\x82\x80', '\xc1\x81', '\xf4\x90\x80\x80']) {
      expect(isUtf8(bytes)).toBe(false)
    }
  })
})

describe('textToBytes', () => {
  it('replaces a lone surrogate', () => {
    expect(textToBytes('a\ud800')).toBe('a\xef\xbf\xbd')
  })
})
