import { createServer, type Server } from 'node:net'
import fc from 'fast-check'
import type { Browser, CDPSession } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CdpCookie,
  type CdpCookieParam,
  cdpFingerprint,
  cdpObstacle,
  cdpReadObstacle,
  fromCdpCookie,
  toCdpCookieParam,
} from '../../../src/record/codecs/cdp-cookie.ts'
import type { Cookie } from '../../../src/record/cookie.ts'
import { cookieId } from '../../../src/record/entry.ts'
import { arbitraryCookie } from '../../property/arbitrary-cookie.ts'
import { launchChromium } from '../../support/launch-chromium.ts'

const NOW = Date.now()
const DAY_MS = 24 * 60 * 60_000

const plain: Cookie = {
  name: 'n',
  value: 'v',
  domain: 'example.com',
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
  created: NOW * 1024,
}

let browser: Browser
let cdp: CDPSession

beforeAll(async () => {
  browser = await launchChromium()
  cdp = await browser.newBrowserCDPSession()
})

afterAll(async () => {
  await browser?.close()
})

/** A jar of its own in the browser. */
async function withJar<Result>(use: (jar: Jar) => Promise<Result>): Promise<Result> {
  const { browserContextId } = await cdp.send('Target.createBrowserContext')
  try {
    return await use({
      push: async (params) => {
        await cdp.send('Storage.setCookies', { cookies: params as CdpCookieParam[], browserContextId })
      },
      read: async () => (await cdp.send('Storage.getCookies', { browserContextId })).cookies as CdpCookie[],
    })
  } finally {
    await cdp.send('Target.disposeBrowserContext', { browserContextId })
  }
}

interface Jar {
  push(params: readonly CdpCookieParam[]): Promise<void>
  read(): Promise<CdpCookie[]>
}

/** What Chromium holds of a cookie after it was pushed; `refused` when it takes none of it. */
function pushed(cookie: Cookie): Promise<CdpCookie[] | 'refused'> {
  return withJar(async (jar) => {
    try {
      await jar.push([toCdpCookieParam(cookie, NOW)])
    } catch {
      return 'refused'
    }
    return jar.read()
  })
}

describe('a cookie pushed into Chromium and read back', () => {
  const table: Record<string, Partial<Cookie>> = {
    'host-only': {},
    'domain cookie': { hostOnly: false },
    'path below': { path: '/a/b' },
    'escaped path': { path: '/%C3%BC%2f%zz' },
    'path with everything a URL leaves alone': { path: "/!$%&'()*+,-./:=@[]_~" },
    'path as long as an attribute may be': { path: `/${'p'.repeat(1023)}` },
    'Secure from TLS': { secure: true, sourceScheme: 'secure', sourcePort: 443 },
    'Secure from TLS on a port': { secure: true, sourceScheme: 'secure', sourcePort: 8443 },
    'not Secure, from TLS': { sourceScheme: 'secure', sourcePort: 443 },
    'from clear HTTP on a port': { sourceScheme: 'non-secure', sourcePort: 8080 },
    'scheme unset': { secure: true },
    HttpOnly: { httpOnly: true },
    'SameSite=Strict': { sameSite: 'strict' },
    'SameSite=Lax': { sameSite: 'lax' },
    'SameSite=None': { sameSite: 'none', secure: true },
    'priority low': { priority: 'low' },
    'priority high': { priority: 'high' },
    nameless: { name: '' },
    valueless: { value: '' },
    'equals signs in the value': { value: '=a==' },
    'quotes, spaces, commas': { name: 'n m', value: '"a b", c' },
    'UTF-8': { name: 'n\xc3\xa9', value: '\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80' },
    'as long as may be': { value: 'v'.repeat(4095) },
    '__Secure-': { name: '__Secure-n', secure: true, hostOnly: false },
    '__Host-': { name: '__Host-n', secure: true },
    '__Http-': { name: '__Http-n', secure: true, httpOnly: true, path: '/x' },
    '__Host-Http-': { name: '__Host-Http-n', secure: true, httpOnly: true },
    'expiry with microseconds': { expiresAt: (NOW * 1000 + 123_457) / 1000 + DAY_MS },
    'expiry in almost 400 days': { expiresAt: NOW + 400 * DAY_MS - 1 },
    partitioned: {
      secure: true,
      partitionKey: { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true },
    },
    'partitioned, first party': {
      secure: true,
      partitionKey: { topLevelSite: 'https://example.com', hasCrossSiteAncestor: false },
    },
    'partitioned, SameSite=None, domain': {
      secure: true,
      hostOnly: false,
      sameSite: 'none',
      partitionKey: { topLevelSite: 'http://localhost', hasCrossSiteAncestor: true },
    },
    IPv4: { domain: '127.0.0.1' },
    IPv6: { domain: '[::1]' },
    localhost: { domain: 'localhost' },
    'single label': { domain: 'intranet' },
    'public suffix': { domain: 'github.io' },
    'trailing dot': { domain: 'example.com.' },
    'trailing dot, domain cookie': { domain: 'example.com.', hostOnly: false },
    punycode: { domain: 'xn--bcher-kva.de', hostOnly: false },
    underscore: { domain: 'a_b.example.com', hostOnly: false },
  }

  for (const [what, part] of Object.entries(table)) {
    it(`keeps every attribute: ${what}`, async () => {
      const cookie = { ...plain, ...part }
      expect(cdpObstacle(cookie)).toBeNull()
      const got = await pushed(cookie)
      if (got === 'refused') throw new Error('refused')
      expect(got).toHaveLength(1)
      expect(cdpReadObstacle(got[0]!)).toBeNull()
      expect(fromCdpCookie(got[0]!, { created: cookie.created })).toEqual(cookie)
      expect(cdpFingerprint(got[0]!)).toBe(cdpFingerprint(cookie))
      expect(cdpFingerprint(toCdpCookieParam(cookie))).toBe(cdpFingerprint(cookie))
    })
  }

  it('levels what Chromium levels: scheme of a Secure cookie from this machine, expiry beyond 400 days', async () => {
    const local = {
      ...plain,
      domain: 'localhost',
      secure: true,
      sourceScheme: 'non-secure' as const,
      sourcePort: 80,
    }
    const [read] = (await pushed(local)) as CdpCookie[]
    expect(read?.sourceScheme).toBe('Secure')
    expect(cdpFingerprint(read!)).toBe(cdpFingerprint(local))
    expect(fromCdpCookie(read!, { created: 1, known: local })).toBe(local)

    const late = { ...plain, expiresAt: NOW + 500 * DAY_MS }
    const [cut] = (await pushed(late)) as CdpCookie[]
    expect(cdpFingerprint(cut!)).toBe(cdpFingerprint(toCdpCookieParam(late, NOW)))
    expect(fromCdpCookie(cut!, { created: 1 }).expiresAt).toBe(NOW + 400 * DAY_MS)
  })

  it('is deleted when it has expired, even before the epoch', async () => {
    for (const expiresAt of [NOW - 1000, 0, -5000, Number.NEGATIVE_INFINITY]) {
      await withJar(async (jar) => {
        await jar.push([toCdpCookieParam(plain)])
        expect(await jar.read()).toHaveLength(1)
        await jar.push([toCdpCookieParam({ ...plain, expiresAt })])
        expect(await jar.read()).toEqual([])
      })
    }
  })

  it('is the same for any set of generated cookies, taken in one call', async () => {
    const cookies = fc.uniqueArray(arbitraryCookie({ now: NOW }), {
      selector: cookieId,
      minLength: 40,
      maxLength: 100,
      size: 'max',
    })
    await fc.assert(
      fc.asyncProperty(cookies, async (all) => {
        const carried = all.filter((cookie) => cdpObstacle(cookie) === null)
        expect(carried.length).toBeGreaterThan(all.length / 3)
        const read = await withJar(async (jar) => {
          await jar.push(carried.map((cookie) => toCdpCookieParam(cookie, NOW)))
          return jar.read()
        })
        expect(read.map(cdpFingerprint).sort()).toEqual(carried.map(cdpFingerprint).sort())
        const known = new Map(carried.map((cookie) => [cookieId(cookie), cookie]))
        for (const one of read) {
          const fresh = fromCdpCookie(one, { created: 1 })
          expect(fromCdpCookie(one, { created: 1, known: known.get(cookieId(fresh)) })).toBe(
            known.get(cookieId(fresh)),
          )
        }
      }),
      { numRuns: 20 },
    )
  })
})

describe('cdpObstacle', () => {
  const refused: Record<string, Partial<Cookie>> = {
    'neither name nor value': { name: '', value: '' },
    'nameless with an equals sign': { name: '', value: 'a=b' },
    'nameless with a prefix as value': { name: '', value: '__Host-a', secure: true },
    'space before the value': { value: ' v' },
    'space after the name': { name: 'n ' },
    'SameSite=None without Secure': { sameSite: 'none' },
    'Partitioned without Secure': {
      partitionKey: { topLevelSite: 'https://top.com', hasCrossSiteAncestor: true },
    },
    '__Secure- without Secure': { name: '__sEcure-n' },
    '__Host- with a path': { name: '__Host-n', secure: true, path: '/x' },
    '__Host- with a domain': { name: '__Host-n', secure: true, hostOnly: false },
    '__Http- without HttpOnly': { name: '__Http-n', secure: true },
    '__Host-Http- without HttpOnly': { name: '__Host-Http-n', secure: true },
    'a partition that is an origin': {
      secure: true,
      partitionKey: { topLevelSite: 'https://www.top.com:8443', hasCrossSiteAncestor: true },
    },
    'a partition that is nothing': {
      secure: true,
      partitionKey: { topLevelSite: 'nonsense', hasCrossSiteAncestor: true },
    },
    'a partition that is empty': {
      secure: true,
      partitionKey: { topLevelSite: '', hasCrossSiteAncestor: true },
    },
    'bytes that are not UTF-8': { value: 'a\xe9b' },
    'half a surrogate pair': { value: '\xed\xa0\x80' },
    'path longer than an attribute may be': { path: `/${'p'.repeat(1024)}` },
    'path with a space': { path: '/a b' },
    'path with a semicolon': { path: '/a;b' },
    'path with a quote': { path: '/"' },
    'path with a bar': { path: '/a|b' },
    'path with a backslash': { path: '/a\\b' },
    'path with a question mark': { path: '/a?b' },
    'path in UTF-8': { path: '/\xc3\xbc' },
    'path with a dot segment': { path: '/a/../b' },
    'path with an escaped dot segment': { path: '/a/%2E.' },
    'a public suffix shared by its subdomains': { domain: 'github.io', hostOnly: false },
    'an IP address shared by its subdomains': { domain: '127.0.0.1', hostOnly: false },
  }

  for (const [what, part] of Object.entries(refused)) {
    it(`tells what Chromium refuses or changes: ${what}`, async () => {
      const cookie = { ...plain, ...part }
      expect(cdpObstacle(cookie)).toMatch(/\w \w/)
      const got = await pushed(cookie)
      if (got === 'refused' || got.length === 0) return
      expect(fromCdpCookie(got[0]!, { created: cookie.created })).not.toEqual(cookie)
    })
  }
})

describe('a cookie that a server set in Chromium', () => {
  let server: Server
  let lines: string[] = []

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        const head = ['HTTP/1.1 200 OK', 'Content-Type: text/html', 'Content-Length: 0', 'Connection: close']
        const all = [...head, ...lines.map((line) => `Set-Cookie: ${line}`)]
        socket.end(Buffer.from(`${all.join('\r\n')}\r\n\r\n`, 'latin1'))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterAll(() => new Promise((resolve) => server.close(resolve)))

  /** Visits the server with these Set-Cookie lines and gives what the context holds then. */
  async function visited(setCookies: readonly string[], script = ''): Promise<CdpCookie[]> {
    lines = [...setCookies]
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      const session = await context.newCDPSession(page)
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      await page.goto(`http://localhost:${address.port}/`)
      lines = []
      if (script) await page.evaluate(script)
      return (await session.send('Network.getCookies')).cookies as CdpCookie[]
    } finally {
      await context.close()
    }
  }

  it('is read in full, and taken by another jar, with the same fingerprint', async () => {
    const read = await visited(
      [
        'plain=1',
        'sec=1; Secure',
        '__Host-h=1; Secure; Path=/',
        'utf=\xc3\xbc',
        'sp=a b; HttpOnly',
        'q="a b"',
        'part=1; Secure; SameSite=None; Partitioned',
        'dom=1; Domain=localhost',
        'age=1; Max-Age=1000',
        'long=1; Max-Age=99999999',
        'nameless',
        'prio=1; Priority=High; SameSite=Strict',
      ],
      'document.cookie = "js=1; Secure"; document.cookie = "ms=1; Max-Age=500"; document.cookie',
    )
    expect(read).toHaveLength(14)
    const cookies = read.map((one) => {
      expect(cdpReadObstacle(one)).toBeNull()
      return fromCdpCookie(one, { created: NOW * 1024 })
    })
    expect(cookies.map(cdpFingerprint)).toEqual(read.map(cdpFingerprint))
    expect(cookies.map(cdpObstacle).filter((why) => why !== null)).toEqual([])
    const again = await withJar(async (jar) => {
      await jar.push(cookies.map((cookie) => toCdpCookieParam(cookie)))
      return jar.read()
    })
    expect(again.map(cdpFingerprint).sort()).toEqual(read.map(cdpFingerprint).sort())
  })

  it('is recognised by its lossy text when its bytes are not UTF-8', async () => {
    const bytes = fc.string({
      unit: fc.oneof(
        fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
        fc.constantFrom(
          'a',
          '\xc3\xa9',
          '\xe2\x82\xac',
          '\xf0\x9f\x98\x80',
          '\xed\xa0\xbd',
          '\xe0\x82',
          '\xf4\x90',
        ),
      ),
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 60, maxLength: 60, size: 'max' }), async (values) => {
        const known = values.map(
          (value, at): Cookie => ({ ...plain, name: `n${at}`, value: `${value}.`, domain: 'localhost' }),
        )
        const read = await visited(known.map((cookie) => `${cookie.name}=${cookie.value}`))
        expect(read).toHaveLength(known.length)
        for (const one of read) {
          const cookie = known[Number(one.name.slice(1))]!
          const { sourcePort } = one
          const held = { ...cookie, sourceScheme: 'non-secure' as const, sourcePort }
          expect(cdpFingerprint(one)).toBe(cdpFingerprint(held))
          expect(fromCdpCookie(one, { created: 1, known: held })).toBe(held)
          expect(cdpReadObstacle(one) === null).toBe(cdpObstacle(held) === null)
          expect(fromCdpCookie(one, { created: 1, known: cookie }).value).toBe(cookie.value)
        }
      }),
      { numRuns: 5 },
    )
  })
})
