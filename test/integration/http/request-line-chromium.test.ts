import type { Browser, Page } from 'playwright'
import { request as undiciRequest } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, memoryBroker } from '../../support/broker.ts'
import { startHttpServer, startTcpServer, type TestServer } from '../../support/http-server.ts'
import { launchChromium } from '../../support/launch-chromium.ts'
import { CliHome } from '../cli/run-cli.ts'

/** Every character of ASCII in a path and in a query, and what else URLs are written with. */
const TARGETS: readonly string[] = [
  ...Array.from({ length: 127 }, (_, at) => String.fromCharCode(at + 1)).flatMap((c) => [
    `/p${c}x`,
    `/q?a${c}x`,
  ]),
  ...[
    '',
    '/',
    '?',
    '/?',
    '/??',
    '/a?#f',
    '/a#',
    '/a#?x',
    '/feeds?',
    '/feeds?&',
    '/a??b',
    '/a?b?',
    '/a?b#c?d',
  ],
  ...[
    '/é/ü?é=ü',
    '/日本?日本',
    '/😀?😀',
    '/\ud800',
    '/a?\ud800',
    '/a\u200bb',
    '/a\u00adb',
    '/a?\u00ff',
    '/\u00a0',
  ],
  ...['/a%zz%2', '/%41%7e%7E', '/%E9', '/?%e9', '/a%00b', '/a?%00', '/a%', '/?%', '/%7c|%7C'],
  ...[
    '/%2e/a/%2E%2e/b',
    '/a/./b/../c',
    '/a/..',
    '/a//b',
    '/..//x',
    '/a/%2e|',
    '\\a\\b',
    '/a\\..\\b',
    '/|/../|/x',
  ],
  ...['/x ', '/x\t', '/x\n', '/x?y\n', '/a;b=c', "/'a'?'a'", '/"a"?"a"', '/<a>?<a>', '/{a}?{a}', '/[a]?[a]'],
  ...['/a^b`c|d?a^b`c|d#a^b`c|d', '/||?||', '/?|', '/#|'],
]

/** As bytes of a `Location`; `{}` is where the server is. */
const LOCATIONS: readonly string[] = [
  ...[
    '/t?',
    't?',
    '?',
    '?x',
    './../t',
    '/t#a?b',
    '/t?#a',
    '{}/abs?',
    '{}',
    '{}?',
    'http:t',
    'http:/t?',
    'http:?q',
  ],
  ...[
    '//127.0.0.1:{port}/z?',
    '\\\\127.0.0.1:{port}\\z',
    'http://@127.0.0.1:{port}/x',
    'HTTP://127.0.0.1:{port}/A',
  ],
  ...[
    '/t|x',
    '/t x?y z',
    '/t"<>`^{}|\\x?"<>`^{}|\\',
    '/t\ty',
    ' /t ',
    '/%zz',
    '/%E9?%e9',
    '/||?||',
    '/t?a&b?c',
  ],
  ...[
    utf8('/é'),
    utf8('/a?é'),
    utf8('/日本?日本#日本'),
    utf8('/\u00a0x'),
    '/\xe9',
    '/a?\xe9',
    '/\xff\xfe',
    '/\xc3\xa9\xff',
  ],
]

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** Says what it was asked for: the request line's own words. */
class Echo {
  readonly seen: string[] = []
  location = ''
  server!: TestServer

  static async start(): Promise<Echo> {
    const echo = new Echo()
    echo.server = await startTcpServer((socket) => {
      let received = ''
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1')
        if (!received.includes('\r\n\r\n')) return
        const target = received.slice(received.indexOf(' ') + 1, received.indexOf(' HTTP/1.1'))
        received = ''
        if (target !== '/favicon.ico') echo.seen.push(target)
        const head =
          target === '/from' ? `302 Found\r\nLocation: ${echo.location}` : '200 OK\r\nContent-Type: text/html'
        socket.end(
          Buffer.from(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, 'latin1'),
        )
      })
    })
    return echo
  }

  /** What was asked for meanwhile. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    this.seen.length = 0
    await work()
    return [...this.seen]
  }
}

describe('the request line is Chromium’s', () => {
  let browser: Browser
  let page: Page
  let echo: Echo

  beforeAll(async () => {
    browser = await launchChromium()
    echo = await Echo.start()
    page = await browser.newPage()
    await page.goto(`${echo.server.origin}/start`)
  })
  afterAll(async () => {
    await browser.close()
    await echo.server.close()
  })

  const inPage = (url: string) => page.evaluate((to) => fetch(to).then((response) => response.url), url)

  it('for each URL, in response.url too', async () => {
    await using broker = await memoryBroker({ retry: false })
    const session = await broker.session('a')
    for (const target of TARGETS) {
      const url = echo.server.origin + target
      let shown = ''
      const wanted = await echo.during(async () => {
        shown = await inPage(url)
      })
      let told = ''
      const got = await echo.during(async () => {
        const response = await session.fetch(url)
        told = response.url
      })
      expect([target, got, told.split('#')[0]]).toEqual([target, wanted, shown])
    }
  })

  it('for each method, and through a dispatcher', async () => {
    await using broker = await memoryBroker({ retry: false })
    const session = await broker.session('a')
    for (const target of ['/feeds?', '/a|b?|', '/a^?#x', '/é?']) {
      const url = echo.server.origin + target
      const wanted = await echo.during(() => inPage(url))
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
        const got = await echo.during(() => session.request(url, { method }).then(({ body }) => body.dump()))
        expect([method, target, got]).toEqual([method, target, wanted])
      }
    }
    const { dispatcher } = session
    const sent = await echo.during(async () => {
      await undiciRequest(`${echo.server.origin}/a|b?|`, { dispatcher })
      await undiciRequest({ origin: echo.server.origin, path: '//other.example/x?y' } as never, {
        dispatcher,
      })
    })
    expect(sent).toEqual(['/a%7Cb?|', '//other.example/x?y'])
  })

  it('for each Location', async () => {
    await using broker = await memoryBroker({ retry: false })
    const session = await broker.session('a')
    const { port, origin } = echo.server
    for (const location of LOCATIONS) {
      echo.location = location.replaceAll('{port}', String(port)).replaceAll('{}', origin)
      let shown = ''
      const wanted = await echo.during(async () => {
        shown = await inPage(`${origin}/from`)
      })
      let told = ''
      const got = await echo.during(async () => {
        told = (await session.fetch(`${origin}/from`)).url
      })
      expect([location, got, told.split('#')[0]]).toEqual([location, wanted, shown])
    }
  })

  it('on the command line', async () => {
    const home = new CliHome()
    try {
      for (const target of ['/feeds?', '/a|b^c`d?a|b', '/é?ü#x', '?', '/a/../b?']) {
        const url = echo.server.origin + target
        let shown = ''
        const wanted = await echo.during(async () => {
          shown = await inPage(url)
        })
        const format = ['-s', '-w', '%{url_effective}']
        let out = ''
        const got = await echo.during(async () => {
          out = (await home.run(['fetch', ...format, '-A', 'test', url])).out
        })
        expect([target, got, out.split('#')[0]]).toEqual([target, wanted, shown])
      }
    } finally {
      home.remove()
    }
  })

  it('also for robots.txt, which decides on what is sent', async () => {
    const asked: string[] = []
    await using server = await startHttpServer((request, response) => {
      asked.push(request.url ?? '')
      response.end(request.url === '/robots.txt' ? 'User-agent: *\nDisallow: /*?$\nDisallow: /%7Cx' : 'in')
    })
    await using broker = await memoryBroker({ robots: {}, retry: false })
    const session = await broker.session('a')
    expect(await (await session.fetch(`${server.origin}/feeds`)).text()).toBe('in')
    for (const target of ['/feeds?', '/|x']) {
      expect((await errorOf(session.fetch(server.origin + target))).code).toBe('ONEJAR_ROBOTS_DISALLOWED')
    }
    expect(asked).toEqual(['/robots.txt', '/feeds'])
  })
})
