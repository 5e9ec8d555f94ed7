import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBody, startHttpServer, startHttpsServer, type TestServer } from '../../support/http-server.ts'
import { CliHome } from './run-cli.ts'

const BYTES = randomBytes(1_000_000)
const home = new CliHome()
let server: TestServer

/** Tells what it was asked, as JSON. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request
  const body = (await readBody(request)).toString('latin1')
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ method, url, headers, body }))
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '/'
  if (url === '/bytes') response.end(BYTES)
  else if (url === '/moved') response.writeHead(302, { location: '/landed', 'x-hop': '1' }).end('moved')
  else if (url === '/missing') response.writeHead(404).end('there is nothing')
  else if (url === '/cookies') {
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.end('two cookies')
  } else if (url === '/endless') {
    const more = () => {
      while (response.write(BYTES));
    }
    response.on('drain', more)
    more()
  } else if (url === '/never') return
  else void echo(request, response)
}

async function asked(...args: string[]) {
  const { code, out, err } = await home.run(['fetch', ...args])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as { method: string; url: string; headers: Record<string, string>; body: string }
}

beforeAll(async () => {
  server = await startHttpServer(answer)
  // The first run asks the browser what it shows of itself; the others read it.
  await home.run(['fetch', server.origin])
})
afterAll(async () => {
  await server.close()
  home.remove()
})

describe('what onejar fetch sends', () => {
  it('joins -d values with & and posts them as a form', async () => {
    const { method, headers, body } = await asked('-d', 'a=1', '-d', 'b=x y', `${server.origin}/form`)
    expect({ method, type: headers['content-type'], body }).toEqual({
      method: 'POST',
      type: 'application/x-www-form-urlencoded',
      body: 'a=1&b=x y',
    })
  })

  it('takes headers away, as curl does', async () => {
    const { headers } = await asked(
      '-H',
      'Accept-Language:',
      '-H',
      'user-agent:',
      '-H',
      'X-Empty;',
      server.origin,
    )
    expect([headers['accept-language'], headers['user-agent'], headers['x-empty']]).toEqual([
      undefined,
      undefined,
      '',
    ])
    expect(headers['accept']).toContain('text/html')
  })

  it('puts -G data into the query, and sends -u and -e', async () => {
    const got = await asked(
      '-G',
      '-d',
      'q=a b',
      '-d',
      'n=1',
      '-u',
      'al:pä',
      '-e',
      'http://from.test/',
      `${server.origin}/s?x=0`,
    )
    const { authorization, referer } = got.headers
    expect([got.method, got.url, authorization, referer]).toEqual([
      'GET',
      '/s?x=0&q=a%20b&n=1',
      `Basic ${Buffer.from('al:pä').toString('base64')}`,
      'http://from.test/',
    ])
  })

  it('sends -F as a form with files', async () => {
    const file = home.file('part.bin')
    writeFileSync(file, 'file content')
    const parts = ['-F', 'a=1', '-F', `up=@${file};type=text/css;filename=x.css`, '-F', `b=<${file}`]
    const { method, headers, body } = await asked(...parts, server.origin)
    const type = headers['content-type'] ?? ''
    const form = await new Response(Buffer.from(body), { headers: { 'content-type': type } }).formData()
    const up = form.get('up') as File
    expect([method, form.get('a'), form.get('b')]).toEqual(['POST', '1', 'file content'])
    expect([up.name, up.type, await up.text()]).toEqual(['x.css', 'text/css', 'file content'])
  })

  it('reads -d @FILE without its line ends, and --data-binary @FILE as it is', async () => {
    const file = home.file('data.txt')
    writeFileSync(file, 'a=1\r\nb=2\n')
    expect((await asked('-d', `@${file}`, server.origin)).body).toBe('a=1b=2')
    expect((await asked('--data-binary', `@${file}`, server.origin)).body).toBe('a=1\r\nb=2\n')
    expect((await asked('--data-raw', `@${file}`, server.origin)).body).toBe(`@${file}`)
  })

  it('reads -d @- and --json @- from stdin', async () => {
    const form = await home.run(['fetch', '-d', '@-', server.origin], { input: 'from=stdin\n' })
    expect(JSON.parse(form.out)).toMatchObject({ method: 'POST', body: 'from=stdin' })
    const json = await home.run(['fetch', '--json', '@-', server.origin], { input: '{"a":[1]}' })
    expect(JSON.parse(json.out)).toMatchObject({
      method: 'POST',
      body: '{"a":[1]}',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    })
  })

  it('sends headers, which go before those it would send by itself', async () => {
    const { headers } = await asked(
      '-H',
      'X-One: 1',
      '-H',
      'Accept-Language:de',
      '-H',
      'X-Empty;',
      '-HContent-Type: text/x',
      '-d',
      'a',
      server.origin,
    )
    expect(headers).toMatchObject({
      'x-one': '1',
      'accept-language': 'de',
      'x-empty': '',
      'content-type': 'text/x',
    })
  })

  it('takes a method, a user agent, cookies, and a URL without a scheme', async () => {
    const host = server.origin.slice('http://'.length)
    const seen = await asked('-XPUT', '-A', 'tester/1', '-b', 'a=1; b=2', `${host}/path?q=1`)
    expect(seen).toMatchObject({
      method: 'PUT',
      url: '/path?q=1',
      headers: { 'user-agent': 'tester/1', cookie: 'a=1; b=2' },
    })
    expect(seen.headers['sec-ch-ua']).toBeUndefined()
  })

  it('takes the cookies of a cookies.txt', async () => {
    const file = home.file('cookies.txt')
    writeFileSync(file, '127.0.0.1\tFALSE\t/\tFALSE\t0\tfrom\tfile\n')
    expect((await asked('-b', file, server.origin)).headers['cookie']).toBe('from=file')
  })

  it('goes through a proxy', async () => {
    const through: string[] = []
    await using proxy = await startHttpServer((request, response) => {
      through.push(request.method ?? '', request.url ?? '')
      response.end('proxied')
    })
    const { out } = await home.run(['fetch', '-x', proxy.origin.slice(7), 'http://shop.example/x'])
    expect(out.includes('proxied') || through.includes('CONNECT')).toBe(true)
    expect(through.join(' ')).toContain('shop.example')
  })

  it('accepts any certificate with -k only', async () => {
    await using secure = await startHttpsServer((_, response) => response.end('over TLS'))
    expect(await home.run(['fetch', '-k', secure.origin])).toMatchObject({ code: 0, out: 'over TLS' })
    const refused = await home.run(['fetch', secure.origin])
    expect(refused).toMatchObject({ code: 60, out: '' })
    expect(refused.err).toContain('[ONEJAR_TLS]')
  })
})

describe('what onejar fetch gives', () => {
  it('writes the bytes as they are, to stdout and to a file', async () => {
    const file = home.file('bytes.bin')
    const [piped, saved] = await Promise.all([
      home.run(['fetch', `${server.origin}/bytes`]),
      home.run(['fetch', '-o', file, `${server.origin}/bytes`]),
    ])
    expect(piped.stdout.equals(BYTES)).toBe(true)
    expect(saved).toMatchObject({ code: 0, out: '', err: '' })
    expect(readFileSync(file).equals(BYTES)).toBe(true)
  })

  it('hands on what has come before the rest is there', async () => {
    const first = Promise.withResolvers<ServerResponse>()
    await using slow = await startHttpServer((_, response) => {
      response.write('first')
      first.resolve(response)
    })
    const { child, ended } = home.start(['fetch', slow.origin])
    const [chunk] = (await once(child.stdout!, 'data')) as [Buffer]
    expect(chunk.toString()).toBe('first')
    ;(await first.promise).end(' last')
    expect((await ended).out).toBe('first last')
  })

  it('ends quietly when the reader has had enough', async () => {
    const line = `onejar fetch ${server.origin}/endless | head -c 10 | wc -c; echo "\${PIPESTATUS[0]}"`
    expect(await home.shell(line)).toMatchObject({ out: '10\n0\n', err: '' })
  })

  it('says with 23 that a file cannot be written', async () => {
    const { code, err } = await home.run(['fetch', '-o', '/proc/none/x', server.origin])
    expect({ code, err }).toEqual({ code: 23, err: 'onejar: /proc/none/x cannot be written (ENOENT)\n' })
    const full = await home.run(['fetch', '-o', '/dev/full', `${server.origin}/bytes`])
    expect(full).toMatchObject({ code: 23, err: 'onejar: /dev/full cannot be written (ENOSPC)\n' })
  })

  it('shows the head with -i, and the head alone with -I', async () => {
    const included = await home.run(['fetch', '-i', `${server.origin}/cookies`])
    expect(included.out).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\ntwo cookies$/)
    expect(included.out).toContain('set-cookie: a=1\r\nset-cookie: b=2\r\n')
    const head = await home.run(['fetch', '-I', `${server.origin}/cookies`])
    expect(head.out).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\n$/)
  })

  it('follows redirects unless told not to', async () => {
    expect(await asked(`${server.origin}/moved`)).toMatchObject({ url: '/landed' })
    expect(await asked('-L', `${server.origin}/moved`)).toMatchObject({ url: '/landed' })
    const stayed = await home.run(['fetch', '--no-location', '-i', `${server.origin}/moved`])
    expect(stayed.out).toMatch(/^HTTP\/1\.1 302 Found\r\n/)
    expect(stayed.out).toContain('location: /landed\r\n')
  })

  it('fails with 22 and no body with -f', async () => {
    expect(await home.run(['fetch', `${server.origin}/missing`])).toMatchObject({
      code: 0,
      out: 'there is nothing',
    })
    await using site = await startHttpServer((request, response) => {
      if (request.url === '/orders')
        return void response.writeHead(302, { location: '/login?next=/orders' }).end()
      response.setHeader('content-type', 'text/html')
      response.end('<title>Sign in</title><form><input type="password"></form>')
    })
    expect(await home.run(['fetch', '-f', `${site.origin}/orders`])).toMatchObject({
      code: 22,
      out: '',
      err: 'onejar: The site answered 200 OK with something else than the page (unauthorised)\n',
    })
    expect((await home.run(['fetch', '-f', `${site.origin}/login`])).code).toBe(0)
    expect((await home.run(['fetch', `${site.origin}/orders`])).code).toBe(0)
    const failed = await home.run(['fetch', '-f', '-w', '%{http_code}', `${server.origin}/missing`])
    expect(failed).toMatchObject({ code: 22, out: '404', err: 'onejar: The site answered 404 Not Found\n' })
    expect(await home.run(['fetch', '-fs', `${server.origin}/missing`])).toMatchObject({ code: 22, err: '' })
    expect((await home.run(['fetch', '-fsS', `${server.origin}/missing`])).err).not.toBe('')
  })

  it('writes out facts', async () => {
    const format =
      '\\n%{http_code} %{via} %{url_effective} %{size_download} %{content_type} %% %{time_total}\\n'
    const { out } = await home.run(['fetch', '-o', '/dev/null', '-w', format, `${server.origin}/moved?q=1`])
    expect(out).toMatch(
      /^\n200 http http:\/\/127\.0\.0\.1:\d+\/moved\?q=1 \d+ application\/json % \d+\.\d{6}\n$/,
    )
  })

  it('gives up with 28 when the time is over, and with 7 where nobody listens', async () => {
    const late = await home.run(['fetch', '-m', '0.3', `${server.origin}/never`])
    expect(late.code).toBe(28)
    expect(late.err).toMatch(
      /^onejar: http:\/\/127\.0\.0\.1:\d+\/never took longer than .*\[ONEJAR_TIMEOUT\]\n$/,
    )
    const refused = await home.run(['fetch', 'http://127.0.0.1:1/path?token=canary'])
    expect(refused.code).toBe(7)
    expect(refused.err).toMatch(/^onejar: http:\/\/127\.0\.0\.1:1\/path: ECONNREFUSED.*\[ONEJAR_NETWORK\]\n$/)
  })
})
