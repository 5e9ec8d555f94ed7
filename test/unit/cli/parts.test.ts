import { describe, expect, it } from 'vitest'
import { EXIT, exitCodeOf } from '../../../src/cli/exit-codes.ts'
import { maskHeader, maskQuery, maskUrls } from '../../../src/cli/mask.ts'
import { Messages } from '../../../src/cli/messages.ts'
import { nearest } from '../../../src/cli/nearest.ts'
import { printable, printableBytes, printableJson } from '../../../src/cli/printable.ts'
import { table } from '../../../src/cli/table.ts'
import { ERRORS, type ErrorCode, OnejarError } from '../../../src/core/index.ts'

describe('exit codes', () => {
  it('tell every error from a failure that nobody foresaw', () => {
    // No command meets these: each keeps to what it opened itself, and Node's version is looked at before.
    const ownCode = (code: string) =>
      ![
        'ONEJAR_CLOSED',
        'ONEJAR_ABORTED',
        'ONEJAR_BODY_NOT_REPLAYABLE',
        'ONEJAR_NODE_TOO_OLD',
        'ONEJAR_CONTEXT_IN_USE',
      ].includes(code)
    const unmapped = Object.keys(ERRORS)
      .filter(ownCode)
      .filter((code) => exitCodeOf(new OnejarError(code as ErrorCode, 'x')) === EXIT.failed)
    expect(unmapped).toEqual([])
    expect(exitCodeOf(new TypeError('x'))).toBe(1)
  })

  it.each([
    ['ERR_NAME_NOT_RESOLVED', EXIT.dns],
    ['ERR_CERT_AUTHORITY_INVALID', EXIT.tls],
    ['ERR_SSL_PROTOCOL_ERROR', EXIT.tls],
    ['ERR_TOO_MANY_REDIRECTS', EXIT.redirects],
    ['ERR_EMPTY_RESPONSE', EXIT.noAnswer],
    ['ERR_CONNECTION_RESET', EXIT.receive],
    ['ERR_HTTP2_PROTOCOL_ERROR', EXIT.badResponse],
    ['ERR_CONNECTION_TIMED_OUT', EXIT.timeout],
    ['ERR_CONNECTION_REFUSED', EXIT.network],
  ])('are the same for a page as over HTTP: %s', (code, exit) => {
    const cause = Object.assign(new Error('x'), { code })
    expect(exitCodeOf(new OnejarError('ONEJAR_NETWORK', 'x', { cause }))).toBe(exit)
  })
})

describe('masks', () => {
  it.each([
    ['Cookie', 'a=1; b=2; nameless', 'a=…; b=…; …'],
    ['set-cookie', 'sid=1; Path=/; HttpOnly', 'sid=…; Path=/; HttpOnly'],
    ['Authorization', 'Bearer abc def', 'Bearer …'],
    ['Proxy-Authorization', 'naked', '…'],
    ['X-CSRF-Token', 'abc', '…'],
    ['Location', 'https://a.example/b?code=1&state=2#token=3', 'https://a.example/b?code=…&state=…#token=…'],
    ['Content-Type', 'text/html; charset=utf-8', 'text/html; charset=utf-8'],
  ])('%s', (name, value, masked) => expect(maskHeader(name, value)).toBe(masked))

  it('leave nothing of a query or fragment', () => {
    expect(maskQuery('GET /a?b=c HTTP/1.1')).toBe('GET /a?b=… HTTP/1.1')
    expect(maskQuery('/a#secret')).toBe('/a#…')
    expect(maskUrls('at https://a.example/b?c=d and http://e/f')).toBe(
      'at https://a.example/b?… and http://e/f',
    )
  })
})

describe('the nearest word', () => {
  it.each([
    ['fethc', 'fetch'],
    ['doc', 'doctor'],
    ['--hedaer', '--header'],
    ['xyzzy', undefined],
  ])('to %s', (word, meant) => expect(nearest(word, ['fetch', 'doctor', '--header'])).toBe(meant))
})

describe('what is printed', () => {
  it('cannot steer the terminal', () => {
    expect(printable('a\x1b[31m\nb\u202e')).toBe('a?[31m?b?')
    expect(table(['A', 'B'], [['long\x07er', 'x']])).toBe('A        B\nlong?er  x\n')
  })

  it.each([
    ['C1', 'a\x9b31mb', 'a?31mb'],
    ['a carriage return', 'evil\rgood', 'evil?good'],
    ['a line of its own', 'a\nonejar: all is well', 'a?onejar: all is well'],
    ['separators', 'a\u2028b\u2029c', 'a?b?c'],
    ['turned text', '\u061c\u200e\u202a\u2066x', '????x'],
    ['what has no shape', 'a\u200bb\ufeffc\u{e0041}', 'a?b?c?'],
    ['half a character', '\ud800x', '?x'],
    ['what people write', 'tab\tÄ é 日本 👩‍💻', 'tab\tÄ é 日本 👩‍💻'],
  ])('%s', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
    const messages: string[] = []
    new Messages({ write: (line: string) => messages.push(line), on: () => {} } as never).say(text)
    expect(messages).toEqual([`${shown}\n`])
    const json = printableJson({ text })
    expect(JSON.parse(json)).toEqual({ text })
    expect(json.replaceAll('\n', '')).toBe(printable(json.replaceAll('\n', '')))
  })

  it('keeps the bytes of a header that are text', () => {
    const bytes = (text: string) => Buffer.from(text).toString('latin1')
    expect(printableBytes(bytes('X: “é”')).toString()).toBe('X: “é”')
    expect(printableBytes('X: \xe9\x9b\x1b[2J').toString('latin1')).toBe('X: \xe9??[2J')
    expect(printableBytes(bytes('\u202e')).toString()).toBe('?')
  })
})
