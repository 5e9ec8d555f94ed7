import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHttpServer, type TestServer } from '../../support/http-server.ts'
import { CliHome } from './run-cli.ts'

const CANARY = 'canary-7f3a'
const home = new CliHome()
let server: TestServer

beforeAll(async () => {
  server = await startHttpServer((request, response) => {
    if (request.url?.startsWith('/moved')) {
      const location = `/landed?code=${CANARY}`
      response.writeHead(302, { location, 'set-cookie': `sid=${CANARY}; Path=/; HttpOnly` }).end()
    } else response.setHeader('x-csrf-token', CANARY).end('ok')
  })
  await home.run(['fetch', server.origin])
})
afterAll(async () => {
  await server.close()
  home.remove()
})

describe('what onejar fetch says', () => {
  const secrets = [
    '-H',
    `Authorization: Bearer ${CANARY}`,
    '-H',
    `X-Api-Key: ${CANARY}`,
    '-b',
    `mine=${CANARY}`,
  ]

  it('shows headers with -v on stderr, and masks what is secret', async () => {
    const { out, err } = await home.run(['fetch', '-v', ...secrets, `${server.origin}/moved?token=${CANARY}`])
    expect(out).toBe('ok')
    expect(err).toMatch(/^> GET \/moved\?token=… HTTP\/1\.1$/m)
    expect(err).toMatch(/^> Authorization: Bearer …$/m)
    expect(err).toMatch(/^> X-Api-Key: …$/m)
    expect(err).toMatch(/^< 302 Found$/m)
    expect(err).toMatch(/^< set-cookie: sid=…; Path=\/; HttpOnly$/m)
    expect(err).toMatch(/^< location: \/landed\?code=…$/m)
    expect(err).toMatch(/^> Cookie: sid=…; mine=…$/im)
    expect(err).toMatch(/^< x-csrf-token: …$/m)
    expect(err).toMatch(/^\* http: GET .*\/landed 200 \(ok\) in \d+ ms$/m)
    expect(err).not.toContain(CANARY)
  })

  it('shows them with --reveal', async () => {
    const { err } = await home.run(['fetch', '-v', '--reveal', ...secrets, server.origin])
    expect(err).toContain(`Authorization: Bearer ${CANARY}`)
  })

  it('keeps what a site sends from steering the terminal', async () => {
    await using hostile = await startHttpServer((_, response) => {
      response.setHeader('x-evil', 'a\x9b31mred').end('ok')
    })
    const { err } = await home.run(['fetch', '-v', hostile.origin])
    expect(err).toMatch(/^< x-evil: a.?\?31mred$/m)
  })

  it('gives an error one line, and with -v its stack and causes', async () => {
    const url = `http://127.0.0.1:1/path?token=${CANARY}`
    const brief = await home.run(['fetch', url])
    expect(brief.err.trimEnd().split('\n')).toHaveLength(1)
    const full = await home.run(['fetch', '-v', url])
    expect(full.err).toMatch(/^ {4}at .*\(?\S+\.ts:\d+/m)
    expect(full.err).toMatch(/^caused by: .*ECONNREFUSED/m)
    expect(brief.err + full.err).not.toContain(CANARY)
  })

  it('keeps quiet with -s, and lets errors through with -S', async () => {
    expect(await home.run(['fetch', '-s', 'http://127.0.0.1:1/'])).toMatchObject({ code: 7, err: '' })
    expect((await home.run(['fetch', '-sS', 'http://127.0.0.1:1/'])).err).toContain('ECONNREFUSED')
  })
})

describe('a command line held wrong', () => {
  it('ends with 2 and one line', async () => {
    expect(await home.run(['fethc'])).toMatchObject({
      code: 2,
      out: '',
      err: 'onejar: there is no command fethc; did you mean fetch? (see onejar --help)\n',
    })
  })
})

describe('a refusal by robots.txt', () => {
  it('gives its advice once, in flags', async () => {
    await using site = await startHttpServer((request, response) => {
      response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /\n' : 'content')
    })
    const { code, err } = await home.run(['fetch', '--robots', `${site.origin}/private`])
    expect(code).toBe(109)
    expect(err).toBe(
      `onejar: ${site.origin}/private: robots.txt says "Disallow: /" (line 2). Respect it, or ask the site’s owner. Without --robots and --purpose a request is one that a person typed, as with curl. [ONEJAR_ROBOTS_DISALLOWED]\n`,
    )
  })
})
