import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cookie, RequestContext } from '../../src/record/cookie.ts'
import { cookieId } from '../../src/record/entry.ts'
import { JarUnderTest } from '../conformance/cookies/jar-under-test.ts'

const HOSTS = ['a.test', 'www.a.test', 'x.www.a.test', 'b.test', 'co.uk', 'localhost', '127.0.0.1']
const PATHS = ['/', '/a', '/a/b', '/ab', '/a/b/c']
const url = fc
  .tuple(fc.constantFrom('http', 'https'), fc.constantFrom(...HOSTS), fc.constantFrom(...PATHS))
  .map(([scheme, host, path]) => `${scheme}://${host}${path}`)
const attribute = fc.oneof(
  fc.constantFrom(
    'Secure',
    'HttpOnly',
    'Partitioned',
    'Path=/',
    'Path=/a',
    'Path=/a/',
    'Domain=a.test',
    'Domain=www.a.test',
  ),
  fc.constantFrom(
    'SameSite=Strict',
    'SameSite=Lax',
    'SameSite=None',
    'Max-Age=0',
    'Max-Age=60',
    'Max-Age=3600',
    'Priority=Low',
  ),
)
const line = fc
  .tuple(
    fc.constantFrom('k', 'l', '', '__Host-k', '__Secure-k'),
    fc.constantFrom('1', '2', ''),
    fc.array(attribute, { maxLength: 5 }),
  )
  .map(([name, value, attributes]) => [`${name}=${value}`, ...attributes].join('; '))
const context: fc.Arbitrary<RequestContext> = fc.record(
  {
    kind: fc.constantFrom('navigate', 'link', 'form', 'window-open', 'fetch', 'img', 'iframe'),
    method: fc.constantFrom('GET', 'POST'),
    initiator: fc.constantFrom(null, 'https://a.test', 'http://a.test', 'https://b.test', 'null', '%'),
    topLevelUrl: fc.constantFrom(null, 'https://a.test', 'https://b.test', 'data:,'),
    via: fc.constantFrom('http', 'document.cookie'),
  },
  { requiredKeys: [] },
)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ line, url, context }) },
  { weight: 3, arbitrary: fc.record({ ask: url, context: fc.option(context, { nil: undefined }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ wait: fc.constantFrom(1, 59_999, 60_000, 120_001, 4_000_000, -30_000) }),
  },
)
const history = fc.array(step, { maxLength: 40 })
const mode = fc.constantFrom('blocked' as const, 'allowed' as const)

/** The header from `matching`, which goes through the site's cookies afresh and remembers nothing. */
function slowHeader(test: JarUnderTest, address: string, asked: RequestContext): string {
  return test.jar
    .matching(new URL(address), asked)
    .map((cookie) => (cookie.name === '' ? cookie.value : `${cookie.name}=${cookie.value}`))
    .join('; ')
}

describe('CookieJar', () => {
  it('remembers headers without ever being wrong about one', () => {
    fc.assert(
      fc.property(history, mode, (steps, thirdParty) => {
        const test = new JarUnderTest(thirdParty)
        for (const each of steps) {
          if ('wait' in each) test.now += each.wait
          else if ('line' in each) test.set(each.line, each.url, each.context)
          else {
            const wanted = slowHeader(test, each.ask, each.context ?? {})
            expect(test.jar.header(new URL(each.ask), each.context)).toBe(wanted)
            expect(test.jar.header(new URL(each.ask), each.context)).toBe(wanted)
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('sends each cookie once, longer paths first, older first, and none that does not belong', () => {
    fc.assert(
      fc.property(history, url, context, (steps, address, asked) => {
        const test = new JarUnderTest()
        for (const each of steps) if ('line' in each) test.set(each.line, each.url, each.context)
        const sent = test.jar.matching(new URL(address), asked)
        expect(new Set(sent.map(cookieId)).size).toBe(sent.length)
        for (const [i, cookie] of sent.entries()) {
          expect(belongs(cookie, new URL(address))).toBe(true)
          const next = sent[i + 1]
          if (!next) continue
          const [here, there] = [cookie.path.length, next.path.length]
          expect(here > there || (here === there && cookie.created < next.created)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('plans without changing anything, and plans the same twice', () => {
    fc.assert(
      fc.property(history, line, url, context, (steps, last, address, asked) => {
        const test = new JarUnderTest()
        for (const each of steps) if ('line' in each) test.set(each.line, each.url, each.context)
        const before = test.jar.all()
        const [one, two] = [
          test.jar.plan(last, new URL(address), asked),
          test.jar.plan(last, new URL(address), asked),
        ]
        expect(test.jar.all()).toEqual(before)
        expect(forgetCreated(two)).toEqual(forgetCreated(one))
      }),
      { numRuns: 200 },
    )
  })

  it('is the same jar when it is rebuilt from its cookies', () => {
    fc.assert(
      fc.property(history, url, context, (steps, address, asked) => {
        const test = new JarUnderTest()
        for (const each of steps) if ('line' in each) test.set(each.line, each.url, each.context)
        const again = new JarUnderTest()
        for (const cookie of test.jar.all().reverse()) again.jar.put(cookie)
        expect(again.jar.all()).toEqual(test.jar.all())
        expect(again.jar.header(new URL(address), asked)).toBe(test.jar.header(new URL(address), asked))
      }),
      { numRuns: 200 },
    )
  })
})

function belongs(cookie: Cookie, to: URL): boolean {
  const host = cookie.hostOnly
    ? to.hostname === cookie.domain
    : `.${to.hostname}`.endsWith(`.${cookie.domain}`)
  return (
    host &&
    to.pathname.startsWith(cookie.path) &&
    (!cookie.secure || to.protocol === 'https:' || !to.hostname.includes('.test'))
  )
}

function forgetCreated(change: object): unknown {
  return JSON.parse(JSON.stringify(change, (key, value) => (key === 'created' ? 0 : value)))
}
