import { describe, expect, it } from 'vitest'
import { fromHeaderDump, isHeaderDump } from '../../../../src/record/codecs/header-dump.ts'
import { importOptions, NOW_MS } from './a-cookie.ts'

function taken(text: string, site: string | null = 'shop.test') {
  const { cookies, problems, leftOut = 0 } = fromHeaderDump(text, { ...importOptions(), site })
  return { cookies: cookies.map(({ name, domain }) => `${name}@${domain}`), problems, leftOut }
}

describe('isHeaderDump', () => {
  it.each<[string, boolean]>([
    ['HTTP/1.1 200 OK', true],
    ['\r\n  HTTP/2 404', true],
    ['set-cookie: a=1', true],
    ['Location: /\nSet-Cookie: a=1', true],
    ['* Trying\n< Set-Cookie: a=1', true],
    ['<set-cookie: a=1', true],
    ['see HTTP/1.1 200 OK', false],
    ['HTTP/x 200', false],
    ['HTTP/1.x 200', false],
    ['HTTP/1.1 20', false],
    ['HTTP/1.1 OK!', false],
    ['<!doctype html>', false],
    ['the header set-cookie: a=1', false],
    ['shop.test\tFALSE\t/\tFALSE\t0\ta\tset-cookie:', false],
    ['', false],
  ])('of %j is %s', (text, wanted) => {
    expect(isHeaderDump(text)).toBe(wanted)
  })
})

describe('the heads of answers', () => {
  it.each<[string, string, string[]]>([
    ['without an end', 'HTTP/1.1 200 OK\nSet-Cookie: a=1', ['a@shop.test']],
    ['without blanks after the name', 'HTTP/1.1 200 OK\nSET-COOKIE:a=1\n', ['a@shop.test']],
    [
      'with a blank line of blanks',
      'HTTP/1.1 200 OK\nSet-Cookie: a=1\n  \nSet-Cookie: body=1',
      ['a@shop.test'],
    ],
    [
      'one right after the other',
      'HTTP/1.1 302 Found\nSet-Cookie: a=1\nLocation: https://www.shop.test/\nHTTP/1.1 200 OK\nSet-Cookie: b=2',
      ['a@shop.test', 'b@www.shop.test'],
    ],
    [
      'with a Location of the same site',
      'HTTP/1.1 302 Found\nLocation: /next\n\nHTTP/1.1 200 OK\nSet-Cookie: b=2',
      ['b@shop.test'],
    ],
    ['with a Host that nobody asked', 'HTTP/1.1 200 OK\nHost: bank.test\nSet-Cookie: a=1', ['a@shop.test']],
    [
      'with a word of a cookie in a line',
      'HTTP/1.1 200 OK\nsee set-cookie: evil=1\nX-Note: set-cookie: evil=1',
      [],
    ],
    [
      'with a line of tabs',
      'HTTP/1.1 200 OK\nX: 1\t2\t/\tFALSE\t0\tevil\t1\nSet-Cookie: a=1',
      ['a@shop.test'],
    ],
    [
      'in which a status stands',
      'HTTP/1.1 200 OK\nX-Upstream: HTTP/1.1 500\nSet-Cookie: a=1',
      ['a@shop.test'],
    ],
    [
      'with lines of six fields before them',
      'shop.test\tFALSE\t/\tFALSE\t0\tempty\nHTTP/1.1 200 OK\nSet-Cookie: a=1',
      ['empty@shop.test', 'a@shop.test'],
    ],
    [
      'with a request that was not ended',
      '< HTTP/1.1 302 Found\n< Set-Cookie: a=1\n> GET / HTTP/1.1\n> Host: www.shop.test:8080\n< HTTP/1.1 200 OK\n< Set-Cookie: b=2\n<\n',
      ['a@shop.test', 'b@www.shop.test'],
    ],
    ['with a Host that is none', '> Host: a b\n< HTTP/1.1 200 OK\n< Set-Cookie: a=1\n<\n', ['a@shop.test']],
    ['with cookies that were sent', '> GET / HTTP/1.1\n> Set-Cookie: evil=1\n< HTTP/1.1 200 OK\n<\n', []],
  ])('%s', (_, text, cookies) => {
    expect(taken(text).cookies).toEqual(cookies)
  })

  it('take a sign of curl within a line for a part of it', () => {
    expect(taken('HTTP/1.1 200 OK\nSet-Cookie: a=x < y\nSet-Cookie: b=1 > 0\n').cookies).toEqual([
      'a@shop.test',
      'b@shop.test',
    ])
  })

  it('take no line of a cookies.txt within a head, and no body for a head', () => {
    const line = 'bank.test\tFALSE\t/\tFALSE\t0\tevil\t1'
    expect(taken(`HTTP/1.1 200 OK\n${line}\nSet-Cookie: a=1\n`).cookies).toEqual(['a@shop.test'])
    for (const body of ['see HTTP/1.1 200 OK', 'HTTP/1.1 2 be or not', 'HTTP/2 20'])
      expect(taken(`HTTP/1.1 200 OK\nSet-Cookie: a=1\n\n${body}\nSet-Cookie: evil=1\n`).cookies).toEqual([
        'a@shop.test',
      ])
  })

  it('replace one another without a word, and have no storage', () => {
    const text = 'HTTP/1.1 200 OK\nSet-Cookie: a=1\nSet-Cookie: a=2\n'
    expect(fromHeaderDump(text, { ...importOptions(), site: 'shop.test' })).toMatchObject({
      cookies: [{ name: 'a', value: '2' }],
      origins: [],
      problems: [],
    })
  })

  it('ends at what a body quotes, though another head seems to follow', () => {
    for (const quoted of ['> quoted', '* a point of a list', '{ [5 bytes data]', '} [1] ]']) {
      const text = `HTTP/1.1 200 OK\nSet-Cookie: a=1\n\n${quoted}\nHTTP/1.1 200 OK\nSet-Cookie: evil=1; Domain=bank.test\n`
      expect(taken(text).cookies).toEqual(['a@shop.test'])
    }
  })

  it.each<[string, boolean]>([
    ['Set-Cookie: evil=1', true],
    ['bank.test\tFALSE\t/\tFALSE\t0\tevil', true],
    ['bank.test\tFALSE\t/\tFALSE\t0\tevil\t1', true],
    ['the header Set-Cookie: evil=1', false],
    ['a\ttable\tof\tfive\tfields', false],
    ['a\ttable\tof\tmore\tthan\tseven\tfields\tin\tall', false],
  ])('says of a body that it looks like cookies: %j %s', (line, says) => {
    const { problems, leftOut } = taken(`HTTP/1.1 200 OK\n\n<html>\n${line}\n${line}\n`)
    expect(leftOut).toBe(says ? 1 : 0)
    expect(problems.map(({ at }) => at)).toEqual(says ? ['line 4'] : [])
  })

  it('count from their Date, which is never ahead', () => {
    const ends = (date: string) =>
      fromHeaderDump(
        `HTTP/1.1 200 OK\nSet-Cookie: a=1; Max-Age=3600\nDate: ${date}\n\nHTTP/1.1 200 OK\nSet-Cookie: b=1; Max-Age=3600\n`,
        { ...importOptions(), site: 'shop.test' },
      ).cookies.map(({ expiresAt }) => (expiresAt! - NOW_MS) / 60_000)
    expect(ends(new Date(NOW_MS - 600_000).toUTCString())).toEqual([50, 60])
    expect(ends(new Date(NOW_MS + 600_000).toUTCString())).toEqual([60, 60])
    expect(ends('now')).toEqual([60, 60])
  })

  it('say which lines are not taken', () => {
    const text =
      'HTTP/1.1 200 OK\nSet-Cookie: a=1\x01\nCookie: b=2\nSet-Cookie: =\nSet-Cookie: =a=b\nSet-Cookie: c=1; Partitioned; Secure\n'
    expect(taken(text).problems).toEqual([
      { at: 'line 3', why: expect.stringContaining('no attributes') },
      { at: 'line 2', why: 'it has a control character in it' },
      { at: 'line 4', why: 'it has neither name nor value' },
      { at: 'line 5', why: 'it has no name, and its value would pass for one' },
      { at: 'line 6', why: expect.stringContaining('Partitioned') },
    ])
    expect(taken(`Set-Cookie: a=${'x'.repeat(5000)}`).problems[0]?.why).toContain('4,096 bytes')
    expect(taken('Set-Cookie: a=1', null)).toMatchObject({
      cookies: [],
      problems: [{ at: 'line 1', why: expect.stringContaining('give the URL') }],
    })
  })

  it('give cookies as a browser has them', () => {
    const cookie = (attributes: string) =>
      fromHeaderDump(`Set-Cookie: a=1; ${attributes}`, { ...importOptions(), site: 'shop.test' }).cookies[0]
    expect(cookie('')).toMatchObject({
      domain: 'shop.test',
      hostOnly: true,
      path: '/',
      sourceScheme: 'unset',
      sourcePort: -1,
    })
    expect(cookie('Domain=.Shop.Test; Path=/x')).toMatchObject({
      domain: 'shop.test',
      hostOnly: false,
      path: '/x',
    })
    // A file is trusted for its Domain, and a path that is none is that of all.
    expect(cookie('Domain=bank.test; Path=x/')).toMatchObject({
      domain: 'bank.test',
      hostOnly: false,
      path: '/',
    })
    expect(cookie('Domain=GITHUB.IO')).toMatchObject({ domain: 'github.io', hostOnly: true })
    expect(cookie('Domain=')).toMatchObject({ domain: 'shop.test', hostOnly: true })
  })

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
