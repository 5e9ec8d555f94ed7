import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliHome } from '../run-cli.ts'
import { type RecordedSite, startRecordedSite } from './recorded-site.ts'

const home = new CliHome()
let site: RecordedSite

beforeAll(async () => {
  site = await startRecordedSite()
  await home.run(['fetch', site.origin])
})
afterAll(async () => {
  await site.close()
  home.remove()
})

/** What Chromium's DevTools copy of a POST. */
const copied = (path: string) => `curl '${site.origin}${path}' \\
  -H 'accept: application/json' \\
  -H 'accept-language: de-DE,de;q=0.9' \\
  -b 'sid=canary-7f3a; theme=dark' \\
  -H 'content-type: application/json' \\
  -H 'user-agent: Mozilla/5.0 (copied)' \\
  --data-raw $'{"say":"it\\'s","n":1}' \\
  --compressed \\
  --insecure`

describe('onejar curl', () => {
  it('sends what the real curl sends of the same line, and keeps its cookies in the session', async () => {
    const line = copied('/api?x=1')
    site.take()
    const theirs = await home.spawn('bash', ['-c', `${line} -s`]).ended
    const [curl] = site.take()
    const ours = await home.run(['curl', '--session', 'copied', line])
    const [onejar] = site.take()
    expect([ours.code, ours.out, ours.err]).toEqual([0, theirs.out, ''])
    for (const name of ['accept', 'accept-language', 'content-type', 'user-agent', 'cookie'] as const)
      expect([name, onejar!.headers[name]]).toEqual([name, curl!.headers[name]])
    expect([onejar!.method, onejar!.url, onejar!.body]).toEqual([curl!.method, curl!.url, curl!.body])
    await home.run(['fetch', '--session', 'copied', site.origin])
    expect(site.take()[0]!.headers.cookie).toBe('sid=canary-7f3a; theme=dark')
  })

  it('takes a line from stdin, word by word, and with flags beside it', async () => {
    const piped = await home.run(['curl', '-w', '%{http_code}', '-'], { input: `${copied('/piped')}\n` })
    expect([piped.code, piped.out]).toEqual([0, 'POST /piped200'])
    const words = await home.run(['curl', 'curl', `${site.origin}/words`, '-H', 'x-one: 1', '-b', 'a=1'])
    expect(words.out).toBe('GET /words')
    expect(site.take().at(-1)!.headers).toMatchObject({ 'x-one': '1', cookie: 'a=1' })
  })

  it('runs all lines of "Copy all as cURL", for Windows too, on one session', async () => {
    const text = `curl ^"${site.origin}/one?a=1^&b=2^" ^\r\n  -b ^"a=1^" &\r\ncurl ^"${site.origin}/two^"`
    const { code, out } = await home.run(['curl', '--session', 'all', text])
    expect([code, out]).toEqual([0, 'GET /one?a=1&b=2GET /two'])
    expect(site.take().map(({ headers }) => headers.cookie)).toEqual(['a=1', 'a=1'])
  })

  it.each([
    ["curl 'http://127.0.0.1:1/' $(id)", 'a variable or a command in it'],
    ['curl --no-such-flag http://127.0.0.1:1/', 'there is no flag --no-such-flag'],
    ["curl -H 'x: 1'", 'the URL is missing'],
    ["wget 'http://127.0.0.1:1/' -O file", 'the text is no command line of curl'],
    ['http GET http://127.0.0.1:1/', 'the text is no command line of curl'],
  ])('refuses %j', async (line, why) => {
    const { code, out, err } = await home.run(['curl', line])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(why)
    expect(site.take()).toEqual([])
  })
})

describe('onejar import --format', () => {
  it.each(['curl', 'auto'])('curl takes the cookies of lines, read as %s', async (format) => {
    const file = home.file('line.txt')
    writeFileSync(file, `${copied('/a')} ;\n curl 'https://other.test/' -H 'Cookie: b=2'\n`)
    const { code, err } = await home.run(['import', `c-${format}`, file, '--format', format])
    expect([code, err]).toEqual([0, 'onejar: 3 cookies and 0 origins taken (curl)\n'])
    const shown = await home.run(['sessions', 'show', `c-${format}`, '--json', '--reveal'])
    expect(JSON.parse(shown.out).cookies).toMatchObject([
      { name: 'sid', value: 'canary-7f3a', domain: '127.0.0.1', hostOnly: true, secure: false, path: '/' },
      { name: 'theme', domain: '127.0.0.1' },
      { name: 'b', domain: 'other.test', hostOnly: true, secure: true },
    ])
    expect(site.take()).toEqual([])
  })

  it('har takes what answers set, and what requests carried', async () => {
    const har = {
      log: {
        entries: [
          {
            request: { url: `${site.origin}/`, cookies: [{ name: 'sent', value: '1' }] },
            response: { headers: [{ name: 'Set-Cookie', value: 'set=2; Path=/' }], cookies: [] },
          },
        ],
      },
    }
    const input = JSON.stringify(har)
    const { code, out } = await home.run(['import', 'har', '-', '--format', 'har', '--json'], { input })
    expect([code, JSON.parse(out)]).toMatchObject([0, { format: 'har', cookies: 2, leftOut: 0 }])
    await home.run(['fetch', '--session', 'har', site.origin])
    expect(site.take()[0]!.headers.cookie?.split('; ').sort()).toEqual(['sent=1', 'set=2'])
  })

  it('says with 108 that a text is no line of curl, and quotes nothing of it', async () => {
    const { code, err } = await home.run(['import', 'x', '-', '--format', 'curl'], {
      input: 'wget canary-7f3a',
    })
    expect(code).toBe(108)
    expect(err).toContain('no command line of curl')
    expect(err).not.toContain('canary')
  })
})
