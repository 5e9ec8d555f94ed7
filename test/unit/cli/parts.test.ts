import { describe, expect, it } from 'vitest'
import { EXIT, exitCodeOf } from '../../../src/cli/exit-codes.ts'
import { parseWriteOut } from '../../../src/cli/fetch/write-out.ts'
import { maskHeader, maskQuery, maskUrls } from '../../../src/cli/mask.ts'
import { nearest } from '../../../src/cli/nearest.ts'
import { printable } from '../../../src/cli/printable.ts'
import { table } from '../../../src/cli/table.ts'
import { ERRORS, type ErrorCode, OnejarError } from '../../../src/core/index.ts'

describe('exit codes', () => {
  it('tell every error from a failure that nobody foresaw', () => {
    const ownCode = (code: string) =>
      !['ONEJAR_CLOSED', 'ONEJAR_ABORTED', 'ONEJAR_BODY_NOT_REPLAYABLE'].includes(code)
    const unmapped = Object.keys(ERRORS)
      .filter(ownCode)
      .filter((code) => exitCodeOf(new OnejarError(code as ErrorCode, 'x')) === EXIT.failed)
    expect(unmapped).toEqual([])
    expect(exitCodeOf(new TypeError('x'))).toBe(1)
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

  it('takes a format', () => {
    const write = parseWriteOut('%{http_code}\\t%{via}%%\\n%{response_code}')
    const facts = {
      http_code: '200',
      via: 'http',
      time_total: '',
      url_effective: '',
      content_type: '',
      size_download: '',
    }
    expect(write(facts)).toBe('200\thttp%\n200')
  })
})
