import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fromNetscape, toNetscape } from '../../../src/record/codecs/netscape.ts'
import type { Cookie } from '../../../src/record/cookie.ts'
import { StampClock } from '../../../src/record/stamp.ts'

const run = promisify(execFile)
const clock = new StampClock('test', { now: () => Date.now() } as ConstructorParameters<typeof StampClock>[1])
const options = { tick: () => clock.tick() }

let server: Server
let port: number
let folder: string
let setCookies: string[] = []
/** The Cookie header of each request, with the path asked for. */
let asked: Record<string, string> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onejar-curl-'))
  server = createServer((request, response) => {
    asked[`${request.headers.host?.replace(/:\d+$/, '')}${request.url}`] = request.headers.cookie ?? ''
    response.setHeader('set-cookie', setCookies).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  port = address.port
})

beforeEach(() => {
  setCookies = []
  asked = {}
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

/** The real curl, with every host led to the test's server. It has to be installed: apt-get install curl. */
async function curl(url: string, ...args: string[]): Promise<void> {
  await run('curl', ['-sS', '--connect-to', `::127.0.0.1:${port}`, ...args, url])
}

function cookie(part: Partial<Cookie>): Cookie {
  return {
    name: 'n',
    value: 'v',
    domain: 'www.example.com',
    hostOnly: true,
    path: '/',
    secure: false,
    httpOnly: false,
    sameSite: 'unspecified',
    priority: 'medium',
    partitionKey: null,
    expiresAt: null,
    sourceScheme: 'unset',
    sourcePort: -1,
    created: clock.tick(),
    ...part,
  }
}

describe('cookies.txt', () => {
  it('is read from what curl writes', async () => {
    setCookies = [
      'plain=1',
      'wide=2; Domain=example.com; Path=/; Max-Age=1000; HttpOnly',
      'empty=; Path=/',
      'spaced="a b"=c; Path=/p',
    ]
    const file = join(folder, 'written')
    await curl('http://www.example.com/x/y', '-c', file)
    const got = fromNetscape(await readFile(file), options)
    expect(got.problems).toEqual([])
    const short = got.cookies.map(({ name, value, domain, hostOnly, path, httpOnly, expiresAt }) =>
      [name, value, domain, hostOnly, path.replace(/(.)\/$/, '$1'), httpOnly, expiresAt !== null].join(' '),
    )
    expect(short.sort()).toEqual([
      'empty  www.example.com true / false false',
      'plain 1 www.example.com true /x false false',
      'spaced "a b"=c www.example.com true /p false false',
      'wide 2 example.com false / true true',
    ])
  })

  it('is sent by curl as the cookies say', async () => {
    const cookies = [
      cookie({ name: 'host', value: '"a b"=c' }),
      cookie({
        name: 'wide',
        domain: 'example.com',
        hostOnly: false,
        httpOnly: true,
        expiresAt: Date.now() + 60_000,
      }),
      cookie({ name: 'below', path: '/p' }),
      cookie({ name: 'secure', secure: true }),
      cookie({ name: 'utf', value: '\xc3\xbc' }),
      cookie({ name: 'over', expiresAt: Date.now() - 60_000 }),
      cookie({ name: 'empty', value: '' }),
    ]
    const { text } = toNetscape({ cookies, origins: [] })
    const file = join(folder, 'read')
    await writeFile(file, text)
    await curl('http://www.example.com/', '-b', file)
    await curl('http://www.example.com/p/q', '-b', file)
    await curl('http://other.example.com/', '-b', file)
    const sorted = Object.fromEntries(
      Object.entries(asked).map(([url, header]) => [url, header.split('; ').sort().join('; ')]),
    )
    expect(sorted).toEqual({
      'www.example.com/': 'empty=; host="a b"=c; utf=\xc3\xbc; wide=v',
      'www.example.com/p/q': 'below=v; empty=; host="a b"=c; utf=\xc3\xbc; wide=v',
      'other.example.com/': 'wide=v',
    })
  })

  it('comes back from curl unchanged', async () => {
    const cookies = [
      cookie({
        name: 'a',
        httpOnly: true,
        secure: true,
        path: '/p',
        expiresAt: (Math.floor(Date.now() / 1000) + 500) * 1000,
      }),
      cookie({ name: 'b', domain: 'example.com', hostOnly: false, value: 'x=y z' }),
      cookie({ name: 'c', domain: '127.0.0.1', value: '' }),
      cookie({ name: 'd', domain: '[::1]' }),
    ]
    const [before, after] = [join(folder, 'before'), join(folder, 'after')]
    await writeFile(before, toNetscape({ cookies, origins: [] }).text)
    await curl('http://unrelated.example.org/', '-b', before, '-c', after)
    const got = fromNetscape(await readFile(after), options)
    expect(got.problems).toEqual([])
    const back = [...got.cookies].sort((a, b) => (a.name < b.name ? -1 : 1))
    expect(back).toEqual(cookies.map((one, at) => ({ ...one, created: back[at]?.created })))
  })
})
