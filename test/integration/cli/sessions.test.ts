import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBroker } from '../../../src/index.ts'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { RedisServer } from '../../support/redis-server.ts'
import { CliHome } from './run-cli.ts'

const CANARY = 'canary-7f3a'
const home = new CliHome()
let server: TestServer

beforeAll(async () => {
  server = await startHttpServer((request, response) => {
    if (request.url === '/login')
      response.setHeader('set-cookie', [`sid=${CANARY}; Path=/; HttpOnly`, 'theme=dark'])
    response.end(request.headers.cookie ?? 'no cookies')
  })
  await home.run(['fetch', '--session', 'alice', `${server.origin}/login`])
})
afterAll(async () => {
  await server.close()
  home.remove()
})

describe('a named session', () => {
  it('is there in the next run, and nobody else has it', async () => {
    const fetched = await home.run(['fetch', '--session', 'alice', server.origin])
    expect(fetched).toMatchObject({ code: 0, out: `sid=${CANARY}; theme=dark` })
    expect((await home.run(['fetch', '--session', 'bob', server.origin])).out).toBe('no cookies')
    expect((await home.run(['fetch', server.origin])).out).toBe('no cookies')
    const other = await home.run(['fetch', '--session', 'alice', '--tenant', 'other', server.origin])
    expect(other.out).toBe('no cookies')
  })

  it('is listed and shown, its values masked unless --reveal', async () => {
    const listed = await home.run(['sessions', 'ls'])
    expect(listed.out).toMatch(/^SESSION +TENANT .*\n(.*\n)*alice +default +\d{4}-/)
    const json = JSON.parse((await home.run(['sessions', 'ls', '--json', '--tenant', 'default'])).out)
    expect(json).toContainEqual(expect.objectContaining({ id: 'alice', tenant: 'default' }))

    const shown = await home.run(['sessions', 'show', 'alice'])
    expect(shown.out).toMatch(/^sid +… +127\.0\.0\.1 +\/ +session +HttpOnly$/m)
    const masked = await home.run(['sessions', 'show', 'alice', '--json'])
    const { pseudonym } = JSON.parse(masked.out)
    expect(pseudonym).toMatch(/^[\w-]{22}$/)
    expect(shown.out).toContain(`pseudonym  ${pseudonym}\n`)
    expect(JSON.parse(masked.out).cookies[0]).toMatchObject({ name: 'sid', value: '…', httpOnly: true })
    expect(shown.out + masked.out + listed.out).not.toContain(CANARY)
    expect((await home.run(['sessions', 'show', 'alice', '--reveal'])).out).toContain(CANARY)
  })

  it('is shown where it is halted, and goes on there when it is told to', async () => {
    let status = 403
    await using site = await startHttpServer((_request, response) => {
      const page =
        '<!doctype html><p>Please solve the captcha to go on</p><form><input name="captcha"></form>'
      response.writeHead(status, { 'content-type': 'text/html' }).end(status === 403 ? page : 'content')
    })
    const fetched = () => home.run(['fetch', '--session', 'halted', '--no-escalate', site.origin])
    // What came is printed, and blocks nothing.
    expect(await fetched()).toMatchObject({ code: 0, out: expect.stringContaining('captcha'), err: '' })
    const store = home.file('onejar.db')
    const broker = await openBroker({
      store,
      robots: false,
      identity: null,
      browser: { executablePath: '/none' },
    })
    const halted = await broker.session('halted')
    await expect(halted.fetch(site.origin, { escalate: false })).rejects.toMatchObject({
      code: 'ONEJAR_CAPTCHA',
    })
    await broker.close()
    status = 200
    expect((await fetched()).err).toContain('ONEJAR_CAPTCHA')
    expect((await home.run(['sessions', 'show', 'halted'])).out).toMatch(
      /^http:\S+ +\d{4}-\S+ \S+ +captcha /m,
    )
    const json = JSON.parse((await home.run(['sessions', 'show', 'halted', '--json'])).out)
    expect(json.blocked).toMatchObject([{ origin: site.origin, verdict: 'captcha' }])
    const insecure = await home.run(['fetch', '-k', '--session', 'halted', '--no-escalate', site.origin])
    expect(insecure.err).toContain('ONEJAR_CAPTCHA')
    expect((await home.run(['sessions', 'unblock', 'halted'])).code).toBe(2)
    expect((await home.run(['sessions', 'unblock', 'nobody', site.origin])).code).toBe(1)
    const unblock = ['sessions', 'unblock', 'halted', `${site.origin}/any`]
    expect(await home.run(unblock)).toMatchObject({
      code: 0,
      out: `halted goes on at ${site.origin}\n`,
      err: '',
    })
    expect((await home.run(unblock)).out).toBe(`halted was not blocked at ${site.origin}\n`)
    expect((await fetched()).out).toBe('content')
  })

  it('is forgotten with rm; one that is not there is said, with the nearest', async () => {
    await home.run(['fetch', '--session', 'gone', `${server.origin}/login`])
    expect(await home.run(['sessions', 'rm', 'gone'])).toMatchObject({ code: 0, out: '', err: '' })
    expect((await home.run(['sessions', 'ls'])).out).not.toMatch(/^gone /m)
    expect(await home.run(['sessions', 'show', 'alcie'])).toMatchObject({
      code: 1,
      out: '',
      err: 'onejar: There is no session alcie in the store; did you mean alice?\n',
    })
    expect((await home.run(['sessions', 'purge'])).out).toBe('0 sessions and 0 entries dropped\n')
    // A tenant would be left out of account.
    expect(await home.run(['sessions', 'purge', '--tenant', 'a'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('leave --tenant out'),
    })
  })

  it('is forgotten with rm although others are not there, and all of those are said', async () => {
    await home.run(['fetch', '--session', 'gone', `${server.origin}/login`])
    const removed = await home.run(['sessions', 'rm', 'nobody', 'gone', 'noone'])
    expect(removed).toMatchObject({ code: 1, err: expect.stringMatching(/noone(.*\n)+.*nobody/) })
    expect((await home.run(['sessions', 'ls'])).out).not.toMatch(/^gone /m)
  })

  it('is kept in Redis as well', async () => {
    const redis = await RedisServer.start()
    try {
      const store = ['--store', redis.url]
      await home.run(['fetch', '--session', 'shared', ...store, `${server.origin}/login`])
      const { out } = await home.run(['fetch', '--session', 'shared', ...store, server.origin])
      expect(out).toBe(`sid=${CANARY}; theme=dark`)
      expect((await home.run(['sessions', 'ls', ...store])).out).toMatch(/^shared +default /m)
    } finally {
      await redis.stop()
    }
  })

  it('cannot be kept where nothing can be written: 107', async () => {
    const file = home.file('a-file')
    writeFileSync(file, '')
    const { code, out, err } = await home.run(['sessions', 'ls', '--store', `${file}/onejar.db`])
    expect({ code, out }).toEqual({ code: 107, out: '' })
    expect(err).toMatch(
      /^onejar: The store .*a-file\/onejar\.db cannot be used .*\[ONEJAR_STORE_UNAVAILABLE\]\n$/,
    )
  })
})

// Several processes each, which take their time on a machine that is busy.
describe('export and import', () => {
  it.each(['playwright', 'netscape', 'json', 'cdp'])('bring a session over as %s', async (format) => {
    const file = home.file(`alice.${format}`)
    const exported = await home.run(['export', 'alice', '--format', format, '-o', file])
    expect(exported).toMatchObject({ code: 0, out: '' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const imported = await home.run(['import', `from-${format}`, file])
    expect(imported).toMatchObject({ code: 0, out: '' })
    expect(imported.err).toContain(`onejar: 2 cookies and 0 origins taken (${format})\n`)
    const fetched = await home.run(['fetch', '--session', `from-${format}`, server.origin])
    expect(fetched.out).toBe(`sid=${CANARY}; theme=dark`)
    expect(exported.err + imported.err).not.toContain(CANARY)
  })

  it('work through a pipe', async () => {
    const { out, err } = await home.shell('onejar export alice --format json -s | onejar import piped -')
    expect({ out, err }).toEqual({ out: '', err: 'onejar: 2 cookies and 0 origins taken (json)\n' })
  })

  it('say what a form cannot carry', async () => {
    const { out, err } = await home.run(['export', 'alice', '--format', 'netscape'])
    expect(out).toMatch(/^# Netscape HTTP Cookie File\n#HttpOnly_127\.0\.0\.1\tFALSE\t/)
    expect(err).toMatch(/^onejar: lost: source of 2 \(sid, theme\): /m)
    expect((await home.run(['export', 'alice', '--format', 'netscape', '-s'])).err).toBe('')
    expect((await home.run(['export', 'alice', '--format', 'json'])).err).toBe('')
  })

  it('say what is not taken, and refuse a file of no known form', async () => {
    const file = home.file('state.json')
    const cookie = { name: 'bad', value: CANARY, domain: 'not a host', path: '/', expires: -1 }
    writeFileSync(file, JSON.stringify({ cookies: [cookie], origins: [] }))
    const partly = await home.run(['import', 'partly', file])
    expect(partly).toMatchObject({ code: 108 })
    expect(partly.err).toContain(
      'onejar: cookies[0]: its domain is no host name\nonejar: 0 cookies and 0 origins taken (playwright); 1 left out\n',
    )
    writeFileSync(file, `{"secret":"${CANARY}"}`)
    const refused = await home.run(['import', 'refused', file])
    expect(refused).toMatchObject({ code: 108, out: '' })
    expect(refused.err).toMatch(/^onejar: The file is neither a Playwright .*\[ONEJAR_BAD_INPUT\]\n$/)
    expect(partly.err + refused.err).not.toContain(CANARY)
    expect(await home.run(['import', 'x', '/nowhere'])).toMatchObject({ code: 26 })
  })
})

describe('keys', () => {
  it('are generated: 32 bytes each, never the same', async () => {
    const [one, other] = await Promise.all([home.run(['keys', 'generate']), home.run(['keys', 'generate'])])
    expect(Buffer.from(one.out.trim(), 'base64url')).toHaveLength(32)
    expect(one.out).not.toBe(other.out)
  })

  it('are rotated while the sessions stay, and the old ones can go', async () => {
    const file = home.file('onejar.db.key')
    const before = readFileSync(file, 'utf8').trim()
    const rotated = await home.run(['keys', 'rotate'])
    expect(rotated.out).toMatch(/^[1-9]\d* entries sealed anew\n$/)
    expect(readFileSync(file, 'utf8').trim().split('\n').slice(1)).toEqual([before])
    expect((await home.run(['fetch', '--session', 'alice', server.origin])).out).toContain(CANARY)

    expect(await home.run(['keys', 'rotate', '--drop-old'])).toMatchObject({ code: 0, err: '' })
    const after = readFileSync(file, 'utf8').trim().split('\n')
    expect(after).toHaveLength(1)
    expect(after[0]).not.toBe(before)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await home.run(['fetch', '--session', 'alice', server.origin])).out).toContain(CANARY)
    expect(rotated.out + rotated.err).not.toContain(before)
  })

  it('are not changed by two at once', async () => {
    const file = home.file('onejar.db.key')
    const before = readFileSync(file, 'utf8')
    writeFileSync(`${file}.new`, '')
    const { code, err } = await home.run(['keys', 'rotate'])
    expect(code).toBe(107)
    expect(err).toContain('being changed by another process')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('from ONEJAR_KEYS are left to their owner', async () => {
    const key = Buffer.alloc(32, 7).toString('base64')
    const { code, err } = await home.run(['keys', 'rotate', '--drop-old'], { env: { ONEJAR_KEYS: key } })
    expect(code).toBe(2)
    expect(err).toContain('ONEJAR_KEYS')
    expect(err).not.toContain(key)
  })
})
