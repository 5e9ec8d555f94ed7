import { describe, expect, it } from 'vitest'
import { fromHeaderDump } from '../../../../src/record/codecs/header-dump.ts'
import { importOptions } from './a-cookie.ts'

function taken(text: string, site: string | null = 'shop.test') {
  const { cookies, problems, leftOut = 0 } = fromHeaderDump(text, { ...importOptions(), site })
  return { cookies: cookies.map(({ name, domain }) => `${name}@${domain}`), problems, leftOut }
}

describe('the heads of answers', () => {
  it('ends where a body begins, whatever the body says', () => {
    for (const planted of [
      'Set-Cookie: evil=1; Domain=bank.test',
      'set-cookie: evil=1; Domain=bank.test',
      'bank.test\tFALSE\t/\tFALSE\t0\tevil\t1',
      'HTTP/1.1 200 OK\nSet-Cookie: evil=1; Domain=bank.test',
    ]) {
      const got = taken(`HTTP/1.1 200 OK\nSet-Cookie: a=1\n\n<!doctype html>\n${planted}\n`)
      expect(got.cookies).toEqual(['a@shop.test'])
      expect(got.leftOut).toBe(1)
      expect(got.problems[0]?.why).toContain('where the body is')
    }
  })

  it('says nothing of a body without cookies', () => {
    expect(taken('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\n\r\n{"a":\r\n1}\r\n')).toEqual({
      cookies: ['a@shop.test'],
      problems: [],
      leftOut: 0,
    })
  })

  it('goes on with the head that follows a head', () => {
    const first = 'HTTP/1.1 302 Found\r\nSet-Cookie: a=1\r\nLocation: https://www.shop.test/\r\n\r\n'
    expect(taken(`${first}\r\nHTTP/2 200 \r\nset-cookie: b=2\r\n\r\n`).cookies).toEqual([
      'a@shop.test',
      'b@www.shop.test',
    ])
  })

  it('takes of what curl -v says what was answered, up to the body', () => {
    const request = (host: string) => `> GET / HTTP/1.1\n> Host: ${host}\n> \n`
    const text = [
      `* Trying 127.0.0.1:80...\n${request('shop.test')}`,
      '< HTTP/1.1 302 Found\n< Set-Cookie: a=1\n< \n* Ignoring the response-body\n{ [5 bytes data]\n',
      `* Issue another request\n${request('www.shop.test')}`,
      '< HTTP/1.1 200 OK\n< Set-Cookie: b=2\n<\n{ [40 bytes data]\n',
      '<html>\n< Set-Cookie: evil=1; Domain=bank.test\n',
    ].join('')
    expect(taken(text, null).cookies).toEqual(['a@shop.test', 'b@www.shop.test'])
    expect(taken(text.replaceAll('* ', '* Set-Cookie: evil=1; Domain=bank.test '), null).cookies).toEqual([
      'a@shop.test',
      'b@www.shop.test',
    ])
  })

  it('takes lines that stand by themselves, those of a cookies.txt among them', () => {
    const text =
      'Set-Cookie: a=1; Domain=shop.test\n\nwww.shop.test\tFALSE\t/\tFALSE\t0\tb\t1\nSet-Cookie: c=1; Domain=shop.test\n'
    expect(taken(text, null).cookies).toEqual(['a@shop.test', 'b@www.shop.test', 'c@shop.test'])
  })
})
