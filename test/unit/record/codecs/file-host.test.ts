import { describe, expect, it } from 'vitest'
import { fileHost } from '../../../../src/record/codecs/file-host.ts'

describe('fileHost', () => {
  it.each<[string, string | null, boolean]>([
    ['shop.test', 'shop.test', false],
    ['.Shop.Test', 'shop.test', true],
    [' shop.test\n', 'shop.test', false],
    ['https://shop.test', 'shop.test', false],
    ['HTTPS://.shop.test/', 'shop.test', true],
    ['chrome-extension+x.1://shop.test/path?query#fragment', 'shop.test', false],
    ['shop.test/path\nof two lines', 'shop.test', false],
    ['shop.test?q=https://other.test', 'shop.test', false],
    ['shop.test#f', 'shop.test', false],
    ['shop.test:8080', 'shop.test', false],
    ['shop.test:65535/path', 'shop.test', false],
    ['[::1]:8443', '[::1]', false],
    ['::1', '[::1]', false],
    ['2001:db8::1:8080', '[2001:db8::1:8080]', false],
    ['127.0.0.1:1', '127.0.0.1', false],
    ['shop.test:123456', null, false],
    ['shop.test:http', null, false],
    ['shop.test:80:80', null, false],
    ['shop.test:80x', null, false],
    ['1https://shop.test', null, false],
    ['https:shop.test', null, false],
    ['user@shop.test', null, false],
    ['..shop.test', null, false],
    ['', null, false],
    ['.', null, false],
  ])('of %j is %s', (text, host, dotted) => {
    expect(fileHost(text)).toEqual(host === null ? null : { host, dotted })
  })
})
