import { statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  certificate,
  startHttpServer,
  startHttpsServer,
  startTcpServer,
} from '../../../support/http-server.ts'
import { startProxy } from '../../../support/proxy-server.ts'
import { CliHome } from '../run-cli.ts'
import { besideCurl } from './beside-curl.ts'
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

const beside = (args: readonly string[]) =>
  besideCurl(
    home,
    site,
    args.map((arg) => arg.replaceAll('SITE', site.origin)),
  )

// The connection that fails, and curl's exit code for it.
const FAILING: readonly (readonly [code: number, args: readonly string[]])[] = [
  [6, ['--retry', '0', 'http://name.invalid/']],
  [5, ['--retry', '0', '-x', 'http://proxy.invalid:3128', 'SITE/']],
  [7, ['--retry', '0', '-x', 'http://127.0.0.1:1', 'SITE/']],
  [7, ['--retry', '0', 'http://127.0.0.1:1/']],
  [52, ['--retry', '0', 'SITE/hangup']],
  [18, ['--retry', '0', '-o', 'body', 'SITE/half']],
]

describe('onejar fetch ends as curl does where there is no answer', () => {
  it.each(FAILING)('%i: %j', async (code, args) => {
    const { curl, onejar } = await beside(args)
    expect(curl.code).toBe(code)
    expect(onejar.code).toBe(code)
  })

  it('names the proxy that refuses, and the one that does not resolve', async () => {
    const refused = await beside(['-x', 'http://user:canary-7f3a@127.0.0.1:1', 'SITE/'])
    expect(refused.onejar.err).toMatch(
      /^onejar: The proxy http:\/\/127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)\. Check -x/,
    )
    expect(refused.onejar.err).not.toContain('canary-7f3a')
    const unknown = await beside(['-x', 'http://proxy.invalid:3128', 'SITE/'])
    expect(unknown.onejar.err).toContain('The proxy http://proxy.invalid:3128 cannot be reached')
  })

  it('ends with 56 where a proxy makes no tunnel', async () => {
    await using proxy = await startProxy({ auth: { username: 'a', password: 'b' } })
    await using secure = await startHttpsServer((_, response) => response.end())
    const { curl, onejar } = await beside(['-k', '--retry', '0', '-x', proxy.url, secure.origin])
    expect([curl.code, onejar.code]).toEqual([56, 56])
  })

  it('says what to do in flags', async () => {
    const { onejar } = await beside(['-m', '0.3', 'SITE/slow'])
    expect(onejar.err).toMatch(/took longer than 300 ms\. Give it more time \(-m\)/)
    const { onejar: looping } = await beside(['--max-redirs', '1', 'SITE/hops/3'])
    expect(looping.err).toMatch(/Raise --max-redirs/)
  })
})

describe('onejar fetch connects as curl does', () => {
  it('trusts what --cacert names, and goes where --resolve says', async () => {
    const ca = home.file('ca.pem')
    writeFileSync(ca, certificate().cert)
    await using secure = await startHttpsServer((request, response) => response.end(request.headers.host))
    const port = new URL(secure.origin).port
    const args = ['--resolve', `shop.test:${port}:127.0.0.1`, `https://shop.test:${port}/`]
    const { curl, onejar } = await beside(['--cacert', ca, '-w', '|%{ssl_verify_result}', secure.origin])
    expect([curl.code, curl.out]).toEqual([0, `127.0.0.1:${port}|0`])
    expect([onejar.code, onejar.out]).toEqual([0, `127.0.0.1:${port}|0`])
    const without = await beside(args)
    expect([without.curl.code, without.onejar.code]).toEqual([60, 60])
    const format = ['-o', 'body', '-w', '%{ssl_verify_result} %{scheme} %{time_appconnect}']
    const insecure = await beside(['-k', ...format, ...args])
    const numbers = (text: string) => text.split(' ').slice(0, 2)
    expect(numbers(insecure.onejar.out)).toEqual(numbers(insecure.curl.out))
    expect(Number(insecure.onejar.out.split(' ')[2])).toBeGreaterThan(0)
    const plain = await beside([
      '--resolve',
      `shop.test:${site.port}:127.0.0.1`,
      `http://shop.test:${site.port}/x`,
    ])
    expect(plain.onejar.out).toBe('GET /x')
    expect(plain.onejar.out).toBe(plain.curl.out)
  })

  it('gives a connection the time that --connect-timeout says', async () => {
    // It accepts what comes, and never says a word of TLS.
    await using deaf = await startTcpServer(() => {})
    const url = deaf.origin.replace('http:', 'https:')
    const { curl, onejar } = await beside(['--retry', '0', '--connect-timeout', '0.5', '-m', '60', url])
    expect([curl.code, onejar.code]).toEqual([28, 28])
  })

  it('takes as long as --limit-rate wants', async () => {
    await using big = await startHttpServer((_, response) => response.end(Buffer.alloc(400_000)))
    const args = ['--limit-rate', '100K', '-o', 'body', '-w', '%{time_total}', big.origin]
    const { curl, onejar } = await beside(args)
    expect(onejar.files).toEqual(curl.files)
    // curl itself lets through what the loopback brings at once.
    expect(Number(onejar.out)).toBeGreaterThan(3)
  })

  it('does as many at the same time as -Z and --parallel-max say', async () => {
    const waiting: (() => void)[] = []
    let most = 0
    await using busy = await startHttpServer((_, response) => {
      waiting.push(() => response.end('x'))
      most = Math.max(most, waiting.length)
      // Answered when there are two of them: one after the other would wait for ever.
      if (waiting.length === 2) for (const answer of waiting.splice(0)) answer()
    })
    const urls = ['a', 'b', 'c', 'd'].map((name) => `${busy.origin}/${name}`)
    const { code, out, err } = await home.run(['fetch', '-Z', '--parallel-max', '2', ...urls])
    expect([code, out, most]).toEqual([0, 'xxxx', 2])
    expect(err).toMatch(/^onejar: 4 of 4 fetched; 4 B in \d+\.\d s\n$/)
  })
})

const RETRIES: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['a status that passes', ['--retry', '3', '--retry-delay', '1', 'SITE/flaky/a/503/1']],
  ['no status that stays', ['--retry', '2', '--retry-delay', '1', 'SITE/flaky/b/404/9']],
  ['only so often', ['--retry', '1', '--retry-delay', '1', '-f', 'SITE/flaky/c/503/9']],
  ['every error', ['--retry', '2', '--retry-delay', '1', '--retry-all-errors', '-f', 'SITE/flaky/d/404/1']],
  ['what broke off', ['--retry', '1', '--retry-delay', '1', '--retry-all-errors', 'SITE/hangup']],
  ['no refused connection', ['--retry', '1', '--retry-delay', '1', 'http://127.0.0.1:1/']],
  [
    'not beyond the time',
    ['--retry', '5', '--retry-delay', '2', '--retry-max-time', '1', 'SITE/flaky/e/503/9'],
  ],
  ['a refused one', ['--retry', '1', '--retry-delay', '1', '--retry-connrefused', 'http://127.0.0.1:1/']],
]

describe('onejar fetch --retry sends again as curl does', () => {
  it.each(RETRIES)('%s', async (_, args) => {
    // Each has a server that has failed nobody yet.
    const ends: { code: number | null; sent: number; last: string }[] = []
    for (const who of ['curl', 'onejar'] as const) {
      await using fresh = await startRecordedSite()
      const given = args.map((arg) => arg.replaceAll('SITE', fresh.origin))
      const { code, out, err } =
        who === 'curl'
          ? await home.spawn('curl', ['-sSL', ...given]).ended
          : await home.run(['fetch', '-sS', ...given])
      ends.push({ code, sent: fresh.take().length, last: out.slice(-4) })
      if (who === 'onejar' && args.includes('--retry-connrefused')) expect(err).toContain('again in 1 s')
    }
    expect(ends[1]).toEqual(ends[0])
  })

  it('waits as long as Retry-After says', async () => {
    let asked: number[] = []
    await using site = await startHttpServer((_, response) => {
      asked.push(performance.now())
      if (asked.length > 1) response.end('ok')
      else response.writeHead(503, { 'retry-after': '2' }).end()
    })
    for (const who of ['curl', 'onejar'] as const) {
      asked = []
      const args = ['-sS', '--retry', '1', site.origin]
      const { out } = await (who === 'curl' ? home.spawn('curl', args).ended : home.run(['fetch', ...args]))
      expect([who, out, asked[1]! - asked[0]! > 1_900]).toEqual([who, 'ok', true])
    }
  })
})

describe('onejar fetch --no-escalate', () => {
  const CAPTCHA = '<!doctype html><p>Please solve the captcha to go on</p><form><input name="captcha"></form>'

  it.each([
    ['a CAPTCHA', {}, CAPTCHA],
    ['a challenge', { server: 'cloudflare', 'cf-mitigated': 'challenge' }, '<p>no'],
    [
      'a refusal',
      { server: 'cloudflare' },
      '<!doctype html><h1>Sorry, you have been blocked</h1><p>Ray ID: 8f</p>',
    ],
  ])('prints what came, %s too, and again', async (_, headers, page) => {
    await using gated = await startHttpServer((_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html', ...headers }).end(page)
    })
    expect((await home.spawn('curl', ['-s', gated.origin]).ended).out).toBe(page)
    for (let time = 0; time < 2; time++) {
      const plain = await home.run(['fetch', '--session', 'plain', '--no-escalate', gated.origin])
      expect([plain.code, plain.out, plain.err]).toEqual([0, page, ''])
    }
    const failed = await home.run(['fetch', '--no-escalate', '-f', gated.origin])
    expect([failed.code, failed.out]).toEqual([22, ''])
  })
})

it('writes jars and heads for their owner only', async () => {
  const [jar, heads] = [home.file('jar'), home.file('heads')]
  await home.run(['fetch', '-c', jar, '-D', heads, `${site.origin}/cookies`])
  for (const file of [jar, heads]) expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600])
})
