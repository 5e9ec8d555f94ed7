import { describe, expect, it } from 'vitest'
import { RobotsRules } from '../../../src/compliance/index.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'

/** Whether a crawler of this name may fetch a path. The cases of search engines' public tests are among these. */
function allows(file: string, crawler: string, path: string): boolean {
  return new RobotsRules(file, crawler).decide(new URL(path, 'https://foo.bar')).allowed
}

describe('groups', () => {
  const FILE = `allow: /foo/bar/

user-agent: FooBot
disallow: /
allow: /x/
user-agent: BarBot
disallow: /
allow: /y/


allow: /w/
user-agent: BazBot

user-agent: FooBot
allow: /z/
disallow: /
`
  it.each([
    ['FooBot', '/x/b', true],
    ['FooBot', '/z/d', true],
    ['FooBot', '/y/c', false],
    ['BarBot', '/y/c', true],
    ['BarBot', '/w/a', true],
    ['BarBot', '/z/d', false],
    ['BazBot', '/z/d', true],
    ['FooBot', '/foo/bar/', false],
    ['BarBot', '/foo/bar/', false],
    ['BazBot', '/foo/bar/', false],
  ])('%s %s: %s', (crawler, path, expected) => {
    expect(allows(FILE, crawler, path)).toBe(expected)
  })

  it.each(['Sitemap: https://foo.bar/sitemap', 'Invalid-Unknown-Line: unknown', 'Crawl-delay: 2'])(
    'are not ended by "%s" between user agents',
    (line) => {
      const file = `User-agent: BarBot\n${line}\nUser-agent: *\nDisallow: /\n`
      expect(allows(file, 'FooBot', '/')).toBe(false)
      expect(allows(file, 'BarBot', '/')).toBe(false)
    },
  )

  it('for everybody count only where no group names the crawler', () => {
    const file = 'user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n'
    expect(allows(file, 'FooBot', '/x/y')).toBe(false)
    expect(allows(file, 'BarBot', '/x/y')).toBe(true)
    expect(allows('user-agent: FooBot\ndisallow: /\n', 'QuxBot', '/x/y')).toBe(true)
    expect(allows('user-agent: *\ndisallow: /\nuser-agent: FooBot\n', 'FooBot', '/x')).toBe(true)
  })

  it('are looked up by the product token, in any case', () => {
    const file = 'USER-AGENT: FoO/1.2 (+https://foo.example)\nALLOW: /x/\nDISALLOW: /\n'
    expect(allows(file, 'foo', '/x/y')).toBe(true)
    expect(allows(file, 'foo', '/a/b')).toBe(false)
    expect(allows(file, 'foobot', '/a/b')).toBe(true)
    const spaced = 'User-Agent: *\nDisallow: /\nUser-Agent: Foo Bar\nAllow: /x/\nDisallow: /\n'
    expect(allows(spaced, 'Foo', '/x/y')).toBe(true)
    expect(allows('User-Agent: * bar\nDisallow: /\n', 'Foo', '/x')).toBe(false)
  })
})

describe('lines', () => {
  it.each([
    ['user-agent: FooBot\ndisallow: /\n', false],
    ['foo: FooBot\nbar: /\n', true],
    ['user-agent FooBot\ndisallow /\n', false],
    ['user-agent   FooBot\ndisallow\t\t/\n', false],
    ['user agent: FooBot\ndisallow: /\n', false],
    ['useragent: FooBot\ndisallow: /\n', false],
    ['my-user-agent: FooBot\ndisallow: /\n', true],
    ['user-agents: FooBot\ndisallow: /\n', true],
    ['user-agent: FooBot\nnot-disallow: /\n', true],
    ['user-agent: FooBot\ndisallowed: /\n', true],
    ['user-agent: FooBot\n: disallow /\n', true],
    ['user-agent: FooBot\n#disallow: /\n', true],
    ['user-agent: FooBot\ndisallow: /  # all of it\n', false],
    ['\ufeffuser-agent: FooBot\ndisallow: /\n', false],
    ['user-agent: a*\ndisallow: /\n', true],
    ['user-agent: 1FooBot\ndisallow: /\n', true],
    ['', true],
    ['User-agent: FooBot\r\nDisallow: /a\r\nDisallow: /\r\n', false],
    ['User-agent: FooBot\rDisallow: /\r', false],
    ['\ufeffUser-agent: FooBot\nDisallow: /\n', false],
    ['User-agent: FooBot # me\n  Disallow :  /  # all\n', false],
    ['User-agent: FooBot\nDisalow: /\n', false],
    ['User-agent: FooBot\nDisallow:\n', true],
    ['<!doctype html><title>Home</title><p>Disallow: nothing', true],
    ['\u0000\u0001: /\n:::\n#\n', true],
  ])('%j', (file, expected) => {
    expect(allows(file, 'FooBot', '/x/y')).toBe(expected)
  })

  it('beyond 500 KiB are ignored', () => {
    const before = `User-agent: *\n`.padEnd(500 * 1024, '# filler\n')
    expect(allows(`${before}\nDisallow: /\n`, 'FooBot', '/x')).toBe(true)
    expect(allows('User-agent: *\nDisallow: /\n'.padEnd(10_000_000, '# filler\n'), 'FooBot', '/x')).toBe(
      false,
    )
  })
})

describe('rules', () => {
  it.each([
    ['disallow: /x/page.html\nallow: /x/', '/x/page.html', false],
    ['allow: /x/page.html\ndisallow: /x/', '/x/page.html', true],
    ['allow: /x/page.html\ndisallow: /x/', '/x/', false],
    ['disallow:\nallow:', '/x', true],
    ['disallow: /\nallow: /', '/x', true],
    ['disallow: /x/\nallow: /x', '/x/', false],
    ['disallow: /x.html\nallow: /x.html', '/x.html', true],
    ['allow: /p\ndisallow: /', '/page', true],
    ['allow: /folder\ndisallow: /folder', '/folder/page', true],
    ['allow: /page\ndisallow: /*.htm', '/page.htm', false],
    ['allow: /$\ndisallow: /', '/', true],
    ['allow: /$\ndisallow: /', '/page.htm', false],
    ['disallow: /', '/robots.txt', true],
    ['disallow: /x', '/X', true],
  ])('%j %s: %s', (rules, path, expected) => {
    expect(allows(`user-agent: FooBot\n${rules}\n`, 'FooBot', path)).toBe(expected)
  })

  const MATCHES: readonly (readonly [
    pattern: string,
    paths: readonly string[],
    others: readonly string[],
  ])[] = [
    [
      '/fish',
      ['/fish', '/fish.html', '/fish/salmon', '/fishheads/yummy.html', '/fish.php?id=x'],
      ['/Fish.asp', '/catfish', '/?id=fish'],
    ],
    ['/fish*', ['/fish', '/fish.html', '/fishheads'], ['/Fish.asp', '/catfish']],
    ['/fish/', ['/fish/', '/fish/salmon', '/fish/?salmon'], ['/fish', '/fish.html', '/bar/fish/']],
    [
      '/*.php',
      ['/filename.php', '/folder/filename.php', '/filename.php?parameters', '/filename.php/'],
      ['/bar/', '/windows.PHP'],
    ],
    [
      '/*.php$',
      ['/filename.php', '/folder/filename.php'],
      ['/filename.php?parameters', '/filename.php/', '/filename.php5', '/php'],
    ],
    ['/fish*.php', ['/fish.php', '/fishheads/catfish.php?parameters'], ['/Fish.PHP']],
    ['*/private', ['/a/private', '/private'], ['/priv']],
    ['/a*a$', ['/aa', '/aba'], ['/a', '/ab']],
    ['/*.php$', ['/a.php.php'], []],
    ['/*a*b$', ['/xab', '/xaxbb'], ['/xba', '/xab/']],
    // Each piece counts once.
    ['/*ab*ab', ['/abab', '/xab-ab'], ['/xab', '/xabb']],
    ['/%2A', ['/*'], ['/x']],
    ['/😀x', ['/%F0%9F%98%80x', '/😀x'], ['/']],
    [
      '/foo/bar?qux=taz&baz=http://foo.bar?tar&par',
      ['/foo/bar?qux=taz&baz=http://foo.bar?tar&par'],
      ['/foo/bar?qux=taz'],
    ],
    ['/foo/bar/ツ', ['/foo/bar/ツ', '/foo/bar/%E3%83%84', '/foo/bar/%e3%83%84'], ['/foo/bar/']],
    ['/foo/bar/%E3%83%84', ['/foo/bar/ツ', '/foo/bar/%E3%83%84'], []],
    ['/foo/bar/%62%61%7A', ['/foo/bar/baz', '/foo/bar/%62%61%7A'], []],
    ['/a%3cd.html', ['/a%3cd.html', '/a%3Cd.html', '/a<d.html'], []],
    ['/a%2fb', ['/a%2Fb'], ['/a/b']],
    ['/path/file-with-a-%2A.html', ['/path/file-with-a-*.html'], ['/path/file-with-a-x.html']],
    ['/path/foo-%24', ['/path/foo-$'], ['/path/foo-']],
    ['/a$b', ['/a$b'], ['/a']],
    ["/it's", ["/it's", '/it%27s'], []],
    ['/x?q={1}', ['/x?q={1}', '/x?q=%7B1%7D'], []],
    ['fish', [], ['/fish']],
  ]
  it.each(MATCHES)('Disallow: %s', (pattern, matching, others) => {
    const file = `user-agent: FooBot\ndisallow: ${pattern}\n`
    expect(matching.filter((path) => allows(file, 'FooBot', path))).toEqual([])
    expect(others.filter((path) => !allows(file, 'FooBot', path))).toEqual([])
  })

  it('are named by their text and line, printable and bounded', () => {
    const file = `User-agent: *\n\nDisallow: /a\u0007b # secret\nDisallow: /${'long'.repeat(1000)}\n`
    const rules = new RobotsRules(file, 'x')
    const named = rules.decide(new URL('https://foo.bar/a%07b')).rule
    expect(named).toMatchObject({ text: 'Disallow: /a?b', line: 3 })
    const rule = rules.decide(new URL(`https://foo.bar/${'long'.repeat(1000)}`)).rule
    expect(rule?.text).toBe(`Disallow: /${'long'.repeat(50).slice(0, 199)}…`)
    const shown = (chars: number) =>
      new RobotsRules(`User-agent: *\nDisallow: ${'/'.padEnd(chars, 'x')}\n`, 'x').decide(
        new URL(`https://foo.bar${'/'.padEnd(chars, 'x')}`),
      ).rule?.text
    expect(shown(200)).toBe(`Disallow: ${'/'.padEnd(200, 'x')}`)
    expect(shown(201)).toBe(`Disallow: ${'/'.padEnd(200, 'x')}…`)
    const allowed = new RobotsRules('User-agent: *\nAllow: /a\nDisallow: /\n', 'x')
    expect(allowed.decide(new URL('https://foo.bar/a')).rule).toMatchObject({ text: 'Allow: /a', line: 2 })
  })

  it('are compared in a time that a hostile file cannot blow up', () => {
    const wild = `Disallow: /${'*a'.repeat(900)}b\n`.repeat(270)
    const long = `Disallow: /*${'a'.repeat(1800)}b\n`.repeat(270)
    const url = new URL(`https://foo.bar/${'a'.repeat(8000)}`)
    const startedAt = cpuTimeMs()
    for (const lines of [wild, long]) new RobotsRules(`User-agent: *\n${lines}`, 'x').decide(url)
    // Backtracking would take more than a life; a matcher that keeps all positions takes some ten seconds.
    expect(cpuTimeMs() - startedAt).toBeLessThan(3000)
  })
})

describe('Crawl-delay', () => {
  const delay = (value: string) =>
    new RobotsRules(`User-agent: FooBot\nCrawl-delay: ${value}\nDisallow: /a\n`, 'foobot').crawlDelayMs

  it.each([
    ['2', 2000],
    ['0.5', 500],
    ['0.25', 250],
    ['0.0001', 1],
    ['1.5s', 0],
    ['x2', 0],
    ['0', 0],
    ['-1', 0],
    ['soon', 0],
    ['1e9', 0],
    ['', 0],
    ['31536000', 24 * 3_600_000],
    ['9'.repeat(400), 24 * 3_600_000],
  ])('of "%s" is %d ms', (value, expected) => {
    expect(delay(value)).toBe(expected)
  })

  it('is that of the group that counts', () => {
    const file = 'User-agent: *\nCrawl-delay: 9\n\nUser-agent: FooBot\nDisallow: /a\n'
    expect(new RobotsRules(file, 'foobot').crawlDelayMs).toBe(0)
    expect(new RobotsRules(file, 'barbot').crawlDelayMs).toBe(9000)
  })
})
