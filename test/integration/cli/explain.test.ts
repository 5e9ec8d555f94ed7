import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { CliHome } from './run-cli.ts'

const CHALLENGE = 'HTTP/1.1 403 Forbidden\r\nserver: cloudflare\r\ncf-mitigated: challenge\r\n\r\n<p>canary'

describe('onejar explain', () => {
  const home = new CliHome()
  afterAll(() => home.remove())

  it('says what a recorded response is, from a file or a pipe, and quotes nothing of it', async () => {
    writeFileSync(home.file('a.http'), CHALLENGE)
    const [piped, read] = await Promise.all([
      home.run(['explain'], { input: CHALLENGE }),
      home.run(['explain', '-f', home.file('a.http')]),
    ])
    expect([piped.code, piped.err]).toEqual([0, ''])
    expect(piped.out).toMatch(
      /^js-challenge by cloudflare \(confidence 0\.\d\d\)\n {2}js-challenge \+0\.97 cloudflare/,
    )
    expect(piped.out).not.toContain('canary')
    expect([read.code, read.out]).toEqual([102, piped.out])
  })

  it('takes rows of one’s own, and writes JSON', async () => {
    const row = {
      id: 'acme',
      vendor: 'acme',
      in: 'header',
      name: 'x-acme',
      verdict: 'captcha',
      weight: 0.9,
      note: 'x-acme',
    }
    writeFileSync(home.file('rows.json'), JSON.stringify([row]))
    const args = ['explain', '--json', '-f', '--signals', home.file('rows.json')]
    const { code, out } = await home.run(args, {
      input: 'HTTP/2 200 \nx-acme: 1\ncontent-type: text/html\n\n<p>',
    })
    expect([code, JSON.parse(out)]).toMatchObject([103, { kind: 'captcha', vendor: 'acme' }])
  })

  it.each([
    [['explain', '/nowhere'], 26, '/nowhere cannot be read (ENOENT)'],
    [['explain'], 108, 'stdin is no recorded response'],
    [['explain', '--url', 'shop'], 2, '--url takes a URL'],
    [['explain', '--signals', 'package.json'], 2, 'signals'],
  ])('%j ends with %i', async (args, code, message) => {
    const ended = await home.run(args, { input: args.includes('--signals') ? CHALLENGE : 'no response' })
    expect([ended.code, ended.out]).toEqual([code, ''])
    expect(ended.err).toContain(message)
  })
})
