import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliHome } from '../run-cli.ts'
import { besideCurl, essence } from './beside-curl.ts'
import { type RecordedSite, startRecordedSite } from './recorded-site.ts'

const home = new CliHome()
let site: RecordedSite

beforeAll(async () => {
  site = await startRecordedSite()
  // The first run asks the browser what it shows of itself; the others read it.
  await home.run(['fetch', site.origin])
})
afterAll(async () => {
  await site.close()
  home.remove()
})

/** A command line in which `SITE` stands for the server. */
const beside = (args: readonly string[], options?: Parameters<typeof besideCurl>[3]) =>
  besideCurl(
    home,
    site,
    args.map((arg) => arg.replaceAll('SITE', site.origin)),
    options,
  )

// Each case: the flags, and the request headers that both have to send alike.
const FILES = { 'body.txt': 'line 1\r\nline 2\n', 'up.txt': 'uploaded' }
const SENT: readonly (readonly [args: readonly string[], ...headers: readonly string[]])[] = [
  [['--data-urlencode', 'a=b c&d/é', '--data-urlencode', '=x y', '--data-urlencode', 'p q', 'SITE/']],
  [['--data-urlencode', 'f@body.txt', '--data-urlencode', '@up.txt', 'SITE/'], 'content-type'],
  [['-G', '--data-urlencode', 'q=a b', '-d', 'n=1', 'SITE/?x=0']],
  [['-d', '@body.txt', '--data-binary', '@body.txt', '--data-raw', '-1', 'SITE/'], 'content-type'],
  [['--data-raw', '------boundary', 'SITE/']],
  [['-T', 'up.txt', 'SITE/folder/'], 'content-length'],
  [['-T', 'up.txt', 'SITE'], 'content-length'],
  [['-T', 'up.txt', 'SITE/folder/other?x=1']],
  [['-T', 'up.txt', '-T', 'body.txt', 'SITE/a/', 'SITE/b/']],
  [['-r', '0-9', 'SITE/bytes'], 'range'],
  [['-r', '-5', 'SITE/bytes'], 'range'],
  [['-r', '990', 'SITE/bytes'], 'range'],
  [['-N', 'SITE/']],
  [['--url', 'SITE/one', '--url', 'SITE/two', 'SITE/three']],
  [['--oauth2-bearer', 'token-1', 'SITE/hops/1'], 'authorization'],
  [['--oauth2-bearer', 'token-1', '-u', 'a:b', 'SITE/'], 'authorization'],
  [['-K', 'flags.txt'], 'x-one', 'x-two'],
  [['-X', 'DELETE', '-e', 'http://from.test/', 'SITE/'], 'referer'],
  [['-b', 'a=1; b=2', 'SITE/'], 'cookie'],
  [['--max-redirs', '-1', 'SITE/hops/25']],
  [['-I', 'SITE/']],
]

describe('onejar fetch sends what curl sends', () => {
  it.each(SENT.map(([args, ...headers]) => [args, headers] as const))('%j', async (args, headers) => {
    const config = `# flags\nurl = "${site.origin}/config"\n-H "X-One: a\\"b"\nheader: X-Two:2\n\ndata = x=1\n`
    const { curl, onejar } = await beside(args, { files: { ...FILES, 'flags.txt': config } })
    expect([curl.code, curl.asked.length]).toEqual([0, expect.any(Number)])
    expect(curl.asked.length).toBeGreaterThan(0)
    expect(essence(onejar.asked, ...headers)).toEqual(essence(curl.asked, ...headers))
    expect({ code: onejar.code, files: onejar.files }).toEqual({ code: curl.code, files: curl.files })
    if (!args.includes('-I')) expect(onejar.out).toBe(curl.out)
  })

  it('reads -T - and -K - from stdin', async () => {
    const upload = await beside(['-T', '-', 'SITE/up'], { input: 'from stdin' })
    expect(essence(upload.onejar.asked)).toEqual(essence(upload.curl.asked))
    const config = await beside(['-K', '-'], { input: `url = ${site.origin}/k\n` })
    expect(config.onejar.out).toBe('GET /k')
    expect(config.onejar.out).toBe(config.curl.out)
  })
})

const WRITTEN: readonly (readonly string[])[] = [
  ['-O', 'SITE/path/name.txt?x=1'],
  ['-o', 'one', '-O', 'SITE/first', 'SITE/second', 'SITE/third'],
  ['-OJ', 'SITE/named/given.txt'],
  ['-OJ', 'SITE/named/..%2F..%2Fescaped.txt'],
  ['-O', 'SITE/'],
  ['-f', 'SITE/status/404'],
  ['--fail-with-body', 'SITE/status/500'],
  ['--fail-with-body', '-o', 'kept', 'SITE/status/404'],
  ['-f', 'SITE/status/404', 'SITE/fine'],
  ['-f', 'SITE/fine', 'SITE/status/404'],
  ['--max-redirs', '1', 'SITE/hops/2'],
  ['--max-redirs', '0', 'SITE/hops/1'],
  ['-m', '0.3', 'SITE/slow'],
  ['-Z', '-o', 'a', '-o', 'b', 'SITE/a', 'SITE/b'],
]

describe('onejar fetch writes and ends as curl does', () => {
  it.each(WRITTEN.map((args) => [args] as const))('%j', async (args) => {
    const { curl, onejar } = await beside(args)
    const { code, out, files } = onejar
    expect({ code, out, files }).toEqual({ code: curl.code, out: curl.out, files: curl.files })
  })

  it('overwrites no file that a response names', async () => {
    const { curl, onejar } = await beside(['-OJ', 'SITE/named/there.txt'], { files: { 'there.txt': 'mine' } })
    expect([onejar.code, onejar.files]).toEqual([curl.code, curl.files])
    expect(onejar.files).toEqual({ 'there.txt': 'mine' })
  })

  it('writes the heads of all responses with -D', async () => {
    const { curl, onejar } = await beside(['-D', 'heads', '-o', 'body', 'SITE/hops/2'])
    const lines = (text = '') =>
      text.split('\r\n').filter((line) => !/^(?:Date|Connection|Keep-Alive):/i.test(line))
    expect(lines(onejar.files['heads'])).toEqual(lines(curl.files['heads']))
    expect(lines(onejar.files['heads']).filter((line) => line.startsWith('HTTP/'))).toHaveLength(3)
    const shown = await beside(['-D', '-', '-o', 'body', 'SITE/'])
    expect(lines(shown.onejar.out)).toEqual(lines(shown.curl.out))
  })

  it('writes a cookie jar with -c that curl reads, and reads the one of curl', async () => {
    const { curl, onejar } = await beside(['-c', 'jar', 'SITE/cookies'])
    const cookies = (text = '') =>
      text
        .split('\n')
        .filter((line) => line.includes('\t'))
        .sort()
    expect(cookies(onejar.files['jar'])).toEqual(cookies(curl.files['jar']))
    expect(cookies(onejar.files['jar'])).toHaveLength(3)
    expect(onejar.files['jar']!.split('\n').slice(0, 2)).toEqual(curl.files['jar']!.split('\n').slice(0, 2))
    for (const jar of [onejar.files['jar']!, curl.files['jar']!]) {
      const again = await beside(['-b', 'jar', '-c', 'jar', 'SITE/deep'], { files: { jar } })
      const sent = (asked: typeof again.curl.asked) => asked[0]!.headers.cookie?.split('; ').sort()
      expect(sent(again.onejar.asked)).toEqual(sent(again.curl.asked))
      expect(cookies(again.onejar.files['jar'])).toEqual(cookies(again.curl.files['jar']))
    }
    expect((await beside(['-c', '-', '-o', 'body', 'SITE/cookies'])).onejar.out).toContain(
      '#HttpOnly_127.0.0.1',
    )
  })

  it('counts the redirects before the one too many with -w', async () => {
    const { curl, onejar } = await beside(['-w', '%{num_redirects}', '--max-redirs', '2', 'SITE/hops/4'])
    expect([curl.code, onejar.code, onejar.out]).toEqual([47, 47, '2'])
    expect(curl.out).toMatch(/2$/)
  })

  it('writes the same facts with -w', async () => {
    const names = [
      ...[
        'content_type',
        'errormsg',
        'exitcode',
        'filename_effective',
        'http_code',
        'http_version',
        'local_ip',
      ],
      ...[
        'method',
        'num_connects',
        'num_headers',
        'num_redirects',
        'redirect_url',
        'remote_ip',
        'remote_port',
      ],
      ...[
        'response_code',
        'scheme',
        'size_download',
        'size_upload',
        'size_header',
        'ssl_verify_result',
        'url',
      ],
      ...['url_effective', 'urlnum', 'referer'],
    ]
    const format = names.map((name) => `${name}=%{${name}}`).join('\\n')
    for (const args of [
      ['-o', 'body', 'SITE/text'],
      ['-o', 'body', 'SITE/hops/2'],
      ['-e', 'http://from.test/', '-d', 'x=1', 'SITE/post', '-o', 'body'],
      ['-o', 'body', 'SITE/status/404'],
    ]) {
      const { curl, onejar } = await beside(['-w', `${format}|%header{content-type}\\n`, ...args])
      expect(onejar.out).toBe(curl.out)
    }
    const json = await beside(['-w', '%{json}', '-o', 'body', 'SITE/text'])
    const facts = JSON.parse(json.onejar.out) as Record<string, unknown>
    const theirs = JSON.parse(json.curl.out) as Record<string, unknown>
    for (const name of names) expect([name, facts[name]]).toEqual([name, theirs[name]])
    for (const name of Object.keys(theirs).filter((key) => key.startsWith('time_'))) {
      expect([name, typeof facts[name]]).toEqual([name, 'number'])
    }
    const { time_connect, time_starttransfer, time_total } = facts as Record<string, number>
    expect(time_connect).toBeGreaterThan(0)
    expect(time_starttransfer).toBeGreaterThan(time_connect!)
    expect(time_total).toBeGreaterThanOrEqual(time_starttransfer!)
  })
})
