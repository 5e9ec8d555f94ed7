import { describe, expect, it } from 'vitest'
import { isJson, PersonalRedactor, textReading } from '../../../src/compliance/index.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'

type Options = Partial<ConstructorParameters<typeof PersonalRedactor>[0]>

/** A text after redaction, given piece by piece. */
function redact(text: string, options: Options = {}, pieceBytes = Number.MAX_SAFE_INTEGER): string {
  const redactor = new PersonalRedactor({ kinds: ['email', 'phone', 'ip'], json: false, ...options })
  const bytes = Buffer.from(text).toString('latin1')
  let out = ''
  for (let at = 0; at < bytes.length; at += pieceBytes)
    out += redactor.write(bytes.slice(at, at + pieceBytes))
  return Buffer.from(out + redactor.end(), 'latin1').toString()
}

describe('e-mail addresses', () => {
  it.each([
    ['Mail jane.doe+x@example.co.uk.', 'Mail [redacted-email].'],
    ['<a href="mailto:jane@example.org">', '<a href="mailto:[redacted-email]">'],
    ['to=jane%40example.org&x=1', 'to=[redacted-email]&x=1'],
    [
      'jane&#64;example.org jane&commat;example.org jane&#x40;example.org',
      '[redacted-email] [redacted-email] [redacted-email]',
    ],
    ['{"mail":"jane\\u0040example.org"}', '{"mail":"[redacted-email]"}'],
    ['jörg@exämple.de', '[redacted-email]'],
    ['..jane@example.org', '..[redacted-email]'],
    ['jane@a-b.example-1.org', '[redacted-email]'],
    ['jane@xn--bcher-kva.xn--p1ai', '[redacted-email]'],
    ['a@b.co,c@d.org;e@f.net', '[redacted-email],[redacted-email];[redacted-email]'],
    [`${'x'.repeat(64)}@example.org`, '[redacted-email]'],
    ['https://user@example.org/path', 'https://[redacted-email]/path'],
    // The end of a name alone makes it a file.
    ['jane@x.js.org', '[redacted-email]'],
    // Of what begins at one place the longer one goes.
    ['+4930901820@example.org', '[redacted-email]'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected)
  })

  it.each([
    'logo@2x.png',
    'photo@2x.jpg',
    'photo@2x.jpeg',
    '...@example.org',
    'user@host',
    'pkg@1.2.3',
    '@media print',
    'a @ b.co',
    'a@ b.co',
    '@example.org',
    'jane@',
    'jane@-.org',
  ])('%s is none', (text) => {
    expect(redact(text)).toBe(text)
  })
})

describe('IP addresses', () => {
  it.each([
    ['from 203.0.113.7.', 'from [redacted-ip].'],
    ['203.0.113.7:8080 10.0.0.1', '[redacted-ip]:8080 [redacted-ip]'],
    ['[2001:db8::7]:443', '[[redacted-ip]]:443'],
    ['2001:0db8:0000:0000:0000:ff00:0042:8329', '[redacted-ip]'],
    ['::ffff:203.0.113.7', '[redacted-ip]'],
    ['fd00::1', '[redacted-ip]'],
    ['2001:db8::', '[redacted-ip]'],
    ['2001:db8::1: it is', '[redacted-ip]: it is'],
    ['2001:db8::1...', '[redacted-ip]...'],
  ])('%s', (text, expected) => {
    expect(redact(text, { kinds: ['ip'] })).toBe(expected)
  })

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    '1.2.3.4.5',
    'v1.2.3',
    '999.1.1.1',
    '12:30:45',
    'a::before',
    'std::add',
    'aa:bb:cc:dd:ee:ff',
    '1:2:3',
    'x203.0.113.7',
  ])('%s is none, or nobody’s', (text) => {
    expect(redact(text, { kinds: ['ip'] })).toBe(text)
  })
})

describe('phone numbers', () => {
  it.each([
    ['+49 30 901820', undefined],
    ['+49 (0)30 901820', undefined],
    ['+1-415-555-2671', undefined],
    ['+33144275800', undefined],
    ['0049 30 901820', undefined],
    ['+49\u00a030\u00a0901820', undefined],
    ['030 901820', 'DE'],
    ['0171 2345678', 'DE'],
    ['(415) 555-2671', 'US'],
  ])('%s', (text, phoneRegion) => {
    expect(redact(`call ${text}, please`, { phoneRegion })).toBe('call [redacted-phone], please')
  })

  it.each(['030 901820', '2024-01-05 12:33:01', '1234567890', '+123', '1,234,567.89', 'id 4f3a9901820'])(
    '%s is none without a region',
    (text) => {
      expect(redact(text, { kinds: ['phone'] })).toBe(text)
    },
  )

  it('of a region stand beside what is none, and beside each other', () => {
    const both = redact('a 030 901820 b +49 30 901820, 12345', { kinds: ['phone'], phoneRegion: 'DE' })
    expect(both).toBe('a [redacted-phone] b [redacted-phone], 12345')
    expect(redact('+49 30 901820+33144275800', { kinds: ['phone'] })).toBe('[redacted-phone][redacted-phone]')
    expect(redact('x030 901820', { kinds: ['phone'], phoneRegion: 'DE' })).toBe('x030 901820')
  })

  it('are replaced in JSON where they are texts, too', () => {
    const json = (text: string) => redact(text, { json: true, phoneRegion: 'DE' })
    expect(json('{"a":"jane@example.org","b":[1,"+49 30 901820"]}')).toBe(
      '{"a":"[redacted-email]","b":[1,"[redacted-phone]"]}',
    )
    expect(redact('[4930901820]', { json: false, phoneRegion: 'DE' })).toBe('[[redacted-phone]]')
  })

  it('are texts within texts, whatever stands around them', () => {
    const json = (text: string) => redact(text, { json: true, phoneRegion: 'DE' })
    expect(json('{"a":"call: me at 030 901820, now"}')).toBe('{"a":"call: me at [redacted-phone], now"}')
    expect(json('{"a":"tel:030 901820 or so, now"}')).toBe('{"a":"tel:[redacted-phone] or so, now"}')
  })

  it('leave JSON as JSON', () => {
    const json = '{"phone":4930901820,"list":[ 4930901820 ],"tel":"030 901820","n":123}'
    const out = redact(json, { json: true, phoneRegion: 'DE' })
    expect(JSON.parse(out)).toEqual({ phone: null, list: [null], tel: '[redacted-phone]', n: 123 })
  })
})

describe('kinds', () => {
  it.each([
    ['email', '[redacted-email] 203.0.113.7 +49 30 901820'],
    ['ip', 'jane@example.org [redacted-ip] +49 30 901820'],
    ['phone', 'jane@example.org 203.0.113.7 [redacted-phone]'],
  ] as const)('%s alone is cut out where it alone is asked for', (kind, expected) => {
    expect(redact('jane@example.org 203.0.113.7 +49 30 901820', { kinds: [kind] })).toBe(expected)
  })
})

describe('a redactor', () => {
  const TEXT =
    'é "jane@example.org" <b>203.0.113.7</b>\n+49 30 901820 and jane%40example.org, 日本 +1 415 555 2671!'

  it('finds the same wherever the pieces end', () => {
    const whole = redact(TEXT)
    expect(whole).not.toMatch(/jane|203|9018|2671/)
    for (let size = 1; size < 40; size++) expect(redact(TEXT, {}, size)).toBe(whole)
  })

  it('lets go early what cannot be part of anything', () => {
    const redactor = new PersonalRedactor({ kinds: ['email'], json: false })
    expect(redactor.write('<p>hello</p><p>jane@exa')).toBe('<p>hello</p><p>')
    expect(redactor.write('mple.org</p>')).toBe('[redacted-email]</p>')
    expect(redactor.counts).toEqual({ email: 1, phone: 0, ip: 0 })
  })

  it('holds no more than 16 KiB of a text without a break', () => {
    const redactor = new PersonalRedactor({ kinds: ['email'], json: false })
    expect(redactor.write('a'.repeat(16 * 1024))).toBe('')
    expect(redactor.write('a')).toHaveLength(16 * 1024 + 1 - 512)
    expect(redactor.write('a'.repeat(100))).toBe('')
    expect(redactor.end()).toHaveLength(612)
  })

  it('lets go up to a break that is the first of a piece', () => {
    const redactor = new PersonalRedactor({ kinds: ['email'], json: false })
    expect(redactor.write('abc')).toBe('')
    expect(redactor.write('"def')).toBe('abc"')
  })

  it('knows what stood before the place where it had to cut', () => {
    const rest = '1.2.3.4'.padEnd(512, ' ')
    const text = `${'x '.repeat(8 * 1024)}v${rest}`
    expect(redact(text, { kinds: ['ip'] })).toBe(text)
    const free = `${'x '.repeat(8 * 1024)} ${rest}`
    expect(redact(free, { kinds: ['ip'] })).toBe(free.replace('1.2.3.4', '[redacted-ip]'))
  })

  it('finds what is in a text without a single break', () => {
    const noise = 'abcdefgh'.repeat(5_000)
    const text = `${noise} jane@example.org ${noise} 203.0.113.7 ${noise}`
    for (const size of [100, 1_000, 16_384, 1_000_000]) {
      expect(redact(text, {}, size)).toBe(`${noise} [redacted-email] ${noise} [redacted-ip] ${noise}`)
    }
  })

  it.each([
    '@',
    'a@',
    'a',
    '1 ',
    '1',
    '+123456789 ',
    '+1',
    'a.b@c.d',
    '1.1.1.1',
    '::1',
    '%40',
    '(',
    '0049',
    '&#',
  ])('is linear in "%s" over and over', { timeout: 120_000 }, (unit) => {
    const startedAt = cpuTimeMs()
    redact(unit.repeat(400_000 / unit.length), { phoneRegion: 'DE' }, 16_384)
    // Half a second at most; a square of 400,000 would take hours.
    expect(cpuTimeMs() - startedAt).toBeLessThan(10_000)
  })

  it('cuts out unseen what comes in floods', () => {
    const flood = Array.from({ length: 3_000 }, (_, i) => `+49 30 90${String(i).padStart(4, '0')}`).join(';')
    expect(redact(flood)).not.toMatch(/\d/)
  })
})

describe('textReading', () => {
  it.each([
    ['text/html; charset=utf-8', 'bytes'],
    ['application/json', 'bytes'],
    ['application/vnd.api+json', 'bytes'],
    ['application/xhtml+xml', 'bytes'],
    ['image/svg+xml', 'bytes'],
    ['text/html; charset=utf-16le', 'decode'],
    [undefined, 'bytes'],
    ['', 'bytes'],
    ['image/png', undefined],
    ['application/pdf', undefined],
    ['application/octet-stream', undefined],
  ])('%s: %s', (type, kind) => {
    expect(textReading(type, new Uint8Array())?.kind).toBe(kind)
  })

  it('knows a text of two bytes a char by its mark', () => {
    expect(textReading('text/html', Uint8Array.of(0xff, 0xfe))).toEqual({
      kind: 'decode',
      charset: 'utf-16le',
    })
    expect(textReading('text/html', Uint8Array.of(0xfe, 0xff))).toEqual({
      kind: 'decode',
      charset: 'utf-16be',
    })
    for (const first of [
      Uint8Array.of(0xff, 0xff),
      Uint8Array.of(0xfe, 0xfe),
      Uint8Array.of(0, 0xfe),
      Uint8Array.of(0, 0xff),
    ])
      expect(textReading('text/html', first)).toEqual({ kind: 'bytes' })
  })

  it.each([
    ['utf16', 'utf-16le'],
    ['UTF-16LE', 'utf-16le'],
    ['utf-16be', 'utf-16be'],
    ['utf-32be', 'utf-16be'],
    ['utf32', 'utf-16le'],
    ['ucs2', 'utf-16le'],
    ['ucs-2', 'utf-16le'],
    ['iso-10646-ucs-2', 'utf-16le'],
    ['unicode', 'utf-16le'],
    ['"utf-16le"', 'utf-16le'],
  ])('decodes %s as %s', (charset, expected) => {
    expect(textReading(`text/plain; charset=${charset}`, new Uint8Array())).toEqual({
      kind: 'decode',
      charset: expected,
    })
  })

  it.each(['iso-8859-1', 'windows-1252', 'x-utf-16', 'shift_jis'])('reads %s as it is', (charset) => {
    expect(textReading(`text/plain; charset=${charset}`, new Uint8Array())).toEqual({ kind: 'bytes' })
  })

  it.each([
    ['  text/html', 'bytes'],
    ['   ', 'bytes'],
    ['x-text/html', undefined],
    ['image/text/html', undefined],
    ['application/x-ndjson', 'bytes'],
    ['application/x-javascript', 'bytes'],
  ])('takes %j for %s', (type, kind) => {
    expect(textReading(type, new Uint8Array())?.kind).toBe(kind)
  })
})

describe('isJson', () => {
  it.each([
    ['application/json', true],
    [' application/json ', true],
    ['text/json', true],
    ['application/x-ndjson', true],
    ['application/problem+json; charset=utf-8', true],
    ['text/html', false],
    ['text/html; a=application/json', false],
    ['application/jsonp', false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (type, expected) => {
    expect(isJson(type)).toBe(expected)
  })
})
