import { describe, expect, it } from 'vitest'
import { charsetOf } from '../../../src/challenge/charset.ts'
import { encodeText, normalisePeek } from '../../../src/challenge/decode-peek.ts'

const of = (bytes: Uint8Array, type?: string) => charsetOf(bytes, Buffer.from(bytes).toString('latin1'), type)
const html = (bytes: readonly number[], head = '') =>
  Buffer.concat([Buffer.from(`<html>${head}<p>`), Buffer.from(bytes), Buffer.from('</p></html>')])
/** доступ запрещен */
const CYRILLIC = [0xe4, 0xee, 0xf1, 0xf2, 0xf3, 0xef, 0x20, 0xe7, 0xe0, 0xef, 0xf0, 0xe5, 0xf9, 0xe5, 0xed]

describe('charsetOf', () => {
  it('believes what bytes show before what anybody says', () => {
    expect(of(Buffer.from('<p>доступ</p>'), 'text/html; charset=windows-1251')).toBe('utf-8')
    expect(of(Buffer.from('<p>доступ</p>').subarray(0, 6))).toBe('utf-8')
    expect(of(Buffer.from('<p>a</p>', 'utf16le'), 'text/html; charset=utf-8')).toBe('utf-16le')
    expect(of(Buffer.from([0xfe, 0xff, 0, 0x3c]))).toBe('utf-16be')
  })

  it('believes the header, then the document', () => {
    const meta = '<meta http-equiv="Content-Type" content="text/html; charset=KOI8-R">'
    expect(of(html(CYRILLIC, meta), 'text/html; charset="windows-1251"')).toBe('windows-1251')
    expect(of(html(CYRILLIC, meta), 'text/html')).toBe('koi8-r')
    expect(of(html(CYRILLIC, '<meta charset=ibm866>'))).toBe('ibm866')
  })

  it.each([
    ['windows-1251', CYRILLIC],
    ['koi8-r', [0xc4, 0xcf, 0xd3, 0xd4, 0xd5, 0xd0, 0x20, 0xda, 0xc1, 0xd0, 0xd2, 0xc5, 0xdd, 0xc5, 0xce]],
    ['windows-1252', [0x41, 0x63, 0x63, 0xe8, 0x73, 0x20, 0x72, 0x65, 0x66, 0x75, 0x73, 0xe9]],
    ['shift_jis', [0x82, 0xa0, 0x83, 0x41, 0x83, 0x4e, 0x83, 0x5a, 0x83, 0x58]],
    ['euc-jp', [0xa5, 0xa2, 0xa5, 0xaf, 0xa5, 0xbb, 0xa5, 0xb9]],
    ['euc-kr', [0xc1, 0xa2, 0xb1, 0xd9, 0xc2, 0xf7, 0xb4, 0xdc]],
    ['gbk', [0xcd, 0xf8, 0xd5, 0xbe, 0xb7, 0xc0, 0xbb, 0xf0, 0xc7, 0xbd, 0xc0, 0xb9, 0xbd, 0xd8]],
  ])('takes letters for what they look like: %s', (charset, bytes) => {
    expect(of(html(bytes))).toBe(charset)
    expect(of(html(bytes), 'text/html; charset=x-of-their-own')).toBe(charset)
    expect(of(html(bytes), 'text/html; charset=utf-8')).toBe(charset)
  })
})

describe('normalisePeek', () => {
  it('leaves ASCII alone', () => {
    expect(normalisePeek('<P>No.</P>', 'text/html; charset=utf-16')).toBe('<P>No.</P>')
  })

  it('gives what the document would be in UTF-8, in lower case', () => {
    const said = encodeText('<p>доступ запрещен</p>')
    expect(normalisePeek(encodeText('<p>ДОСТУП Запрещен</p>'), undefined)).toBe(said)
    expect(normalisePeek(`<p>${Buffer.from(CYRILLIC).toString('latin1')}</p>`, undefined)).toBe(said)
    expect(normalisePeek(Buffer.from('\ufeff<p>ДОСТУП', 'utf16le').toString('latin1'), undefined)).toBe(
      encodeText('<p>доступ'),
    )
    expect(normalisePeek(encodeText('ERİŞİM'), undefined)).toBe(encodeText('erişim'))
  })
})
