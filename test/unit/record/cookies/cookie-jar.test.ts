import { describe, expect, it } from 'vitest'
import type { Cookie, RequestContext } from '../../../../src/record/cookie.ts'
import { cookieId } from '../../../../src/record/entry.ts'
import { msToTime } from '../../../../src/record/stamp.ts'
import { JarUnderTest } from '../../../conformance/cookies/jar-under-test.ts'
import { aCookie, NOW_MS } from '../codecs/a-cookie.ts'

const A = new URL('https://www.a.test/x/y')

describe('CookieJar.plan', () => {
  it('changes nothing by itself', () => {
    const { jar } = new JarUnderTest()
    expect(jar.plan('k=1', A)).toMatchObject({ accepted: true, put: { name: 'k', value: '1', path: '/x' } })
    expect(jar.size).toBe(0)
    expect(jar.header(A)).toBe('')
  })

  it('says when nothing changes, and keeps the time of creation for an equal value', () => {
    const test = new JarUnderTest()
    test.set('k=1', A.href)
    const [held] = test.jar.all()
    test.now += 1000
    expect(test.jar.plan('k=1', A)).toMatchObject({ accepted: true, put: held, remove: [], unchanged: true })
    expect(test.jar.plan('k=1; HttpOnly', A)).toMatchObject({
      put: { created: held!.created },
      unchanged: false,
    })
    const young = test.jar.plan('k=2', A)
    expect(young.accepted && young.put!.created).toBeGreaterThan(held!.created)
  })

  it('names what a deletion takes', () => {
    const test = new JarUnderTest()
    test.set('k=1', A.href)
    expect(test.jar.plan('k=; Max-Age=0', A)).toMatchObject({
      accepted: true,
      put: null,
      remove: test.jar.all(),
      unchanged: false,
    })
    expect(test.jar.plan('l=; Max-Age=0', A)).toMatchObject({ put: null, remove: [] })
  })

  it('refuses by rule, without a word of the cookie', () => {
    const { jar } = new JarUnderTest()
    const change = jar.plan('canary=canary; Domain=canary.example', A)
    expect(change).toMatchObject({ accepted: false, reason: 'domain' })
    expect(JSON.stringify(change)).not.toContain('canary')
  })

  it('blocks third-party cookies unless they are allowed', () => {
    const line = 'k=1; SameSite=None; Secure'
    const context = { kind: 'fetch', initiator: 'https://b.test' } as const
    expect(new JarUnderTest('blocked').jar.plan(line, A, context)).toMatchObject({ reason: 'third-party' })
    const allowed = new JarUnderTest('allowed')
    allowed.set(line, A.href, context)
    expect(allowed.jar.header(A, context)).toBe('k=1')
  })

  it('looks at what is there in the same partition only', () => {
    const test = new JarUnderTest()
    test.set('k=1; Secure; Path=/', 'https://a.test/')
    const apart: RequestContext = { kind: 'fetch', initiator: 'https://b.test' }
    expect(test.jar.plan('k=2', new URL('http://a.test/'))).toMatchObject({ reason: 'shadows-secure' })
    test.set('p=1; SameSite=None; Secure; Partitioned', 'https://a.test/', apart)
    expect(test.jar.plan('p=2', new URL('http://a.test/'))).toMatchObject({ accepted: true })
  })

  it('lets answers overwrite what scripts may not, and plain answers what is over', () => {
    const test = new JarUnderTest()
    const plain = new URL('http://a.test/')
    test.set('k=1; HttpOnly', A.href)
    expect(test.jar.plan('k=2', A)).toMatchObject({ accepted: true, put: { httpOnly: false } })
    // Neither one that is not Secure nor one that has ended stands in the way; of several one does.
    test.set('s=1; Path=/; Max-Age=10', 'https://a.test/')
    expect(test.jar.plan('s=2; Path=/', plain)).toMatchObject({ accepted: true })
    test.set('s=1; Secure; Path=/; Max-Age=10', 'https://a.test/')
    expect(test.jar.plan('s=2; Path=/', plain)).toMatchObject({ reason: 'shadows-secure' })
    test.now += 10_000
    expect(test.jar.plan('s=2; Path=/', plain)).toMatchObject({ accepted: true })
  })

  it('does not keep one that would be the first to go', () => {
    const test = new JarUnderTest()
    for (let i = 0; i < 180; i++) test.set(`s${i}=1; Secure; Path=/`, A.href)
    const change = test.jar.plan('k=1; Path=/', A)
    expect(change).toMatchObject({ accepted: true, put: null })
    expect(change.accepted && change.remove).toHaveLength(30)
    // It does not stay in its older form either.
    test.jar.put({ ...test.jar.all()[0]!, name: 'k', secure: false })
    const again = test.jar.plan('k=2; Path=/', A)
    expect(again.accepted && again.remove.map(({ name }) => name)).toContain('k')
  })

  it('protects HttpOnly cookies from scripts while they last', () => {
    const test = new JarUnderTest()
    const script: RequestContext = { via: 'document.cookie' }
    test.set('k=1; HttpOnly; Max-Age=10', A.href)
    const [held] = test.jar.all()
    expect(test.jar.plan('k=2', A, script)).toMatchObject({ reason: 'http-only-from-script' })
    test.now += 10_000
    const change = test.jar.plan('k=1', A, script)
    expect(change).toMatchObject({ accepted: true, put: { httpOnly: false } })
    // It is a new one.
    expect(change.accepted && change.put!.created).toBeGreaterThan(held!.created)
  })

  it('counts Max-Age from receipt', () => {
    const { jar } = new JarUnderTest()
    expect(jar.plan('k=1; Max-Age=10', A, {}, { receivedAt: 5000 })).toMatchObject({
      put: { expiresAt: 15_000 },
    })
  })
})

describe('CookieJar.header', () => {
  it('follows every change of the site', () => {
    const test = new JarUnderTest()
    test.set('a=1; Path=/', A.href)
    expect(test.jar.header(A)).toBe('a=1')
    test.set('b=1; Path=/', A.href)
    expect(test.jar.header(A)).toBe('a=1; b=1')
    test.set('c=1; Domain=a.test; Path=/', 'https://other.a.test/')
    expect(test.jar.header(A)).toBe('a=1; b=1; c=1')
    test.jar.delete(cookieId(test.jar.all()[0]!))
    expect(test.jar.header(A)).toBe('b=1; c=1')
  })

  it('tells schemes and paths apart though it remembers', () => {
    const test = new JarUnderTest()
    test.set('a=1; Path=/; Secure', A.href)
    test.set('b=1; Path=/x', A.href)
    for (let round = 0; round < 2; round++) {
      expect(test.jar.header(A)).toBe('b=1; a=1')
      expect(test.jar.header(new URL('http://www.a.test/x'))).toBe('b=1')
      expect(test.jar.header(new URL('https://www.a.test/z'))).toBe('a=1')
    }
  })

  it('tells apart which of several paths a request is within', () => {
    const test = new JarUnderTest()
    for (const line of ['r=1; Path=/', 'a=1; Path=/a', 'b=1; Path=/a/b', 's=1; Path=/a/'])
      test.set(line, A.href)
    const wanted = {
      '/': 'r=1',
      '/ab': 'r=1',
      '/a': 'a=1; r=1',
      '/a/': 's=1; a=1; r=1',
      '/a/b': 'b=1; s=1; a=1; r=1',
    }
    for (let round = 0; round < 2; round++) {
      for (const [path, header] of Object.entries(wanted)) {
        expect(test.jar.header(new URL(path, A))).toBe(header)
        expect(test.jar.header(new URL(path, A), { kind: 'link', initiator: 'https://b.test' })).toBe(header)
      }
    }
  })

  it('tells schemes apart for third parties, too', () => {
    const test = new JarUnderTest('allowed')
    test.set('k=1; SameSite=None; Secure; Path=/', A.href)
    const context = { kind: 'fetch', initiator: 'https://b.test' } as const
    expect(test.jar.header(A, context)).toBe('k=1')
    expect(test.jar.header(new URL('http://www.a.test/'), context)).toBe('')
  })

  it('never sends a SameSite=None cookie without Secure, wherever it came from', () => {
    const test = new JarUnderTest()
    test.set('k=1; SameSite=None; Secure; Path=/', A.href)
    test.jar.put({ ...test.jar.all()[0]!, secure: false })
    expect(test.jar.header(A)).toBe('')
  })

  it.each<RequestContext | undefined>([undefined, { kind: 'link', initiator: 'https://b.test' }])(
    'does not serve what has expired, nor forget it when the clock is put back, to %j',
    (context) => {
      const test = new JarUnderTest()
      test.set('a=1; Path=/; Max-Age=10', A.href)
      expect(test.jar.header(A, context)).toBe('a=1')
      test.now += 10_000
      expect(test.jar.header(A, context)).toBe('')
      expect([test.jar.all().length, test.jar.size]).toEqual([0, 1])
      test.now -= 1
      expect(test.jar.header(A, context)).toBe('a=1')
    },
  )

  it('does not let one site see another', () => {
    const test = new JarUnderTest()
    test.set('a=1; Path=/', 'https://alice.github.io/')
    expect(test.jar.header(new URL('https://bob.github.io/'))).toBe('')
    expect(test.jar.header(new URL('https://alice.github.io/'))).toBe('a=1')
  })

  it('holds its own when hosts come and go by the thousand', () => {
    const test = new JarUnderTest()
    test.set('a=1; Domain=a.test; Path=/', A.href)
    for (let i = 0; i < 2000; i++) expect(test.jar.header(new URL(`https://h${i}.a.test/`))).toBe('a=1')
    test.set('a=2; Domain=a.test; Path=/', A.href)
    for (let i = 0; i < 2000; i++) expect(test.jar.header(new URL(`https://h${i}.a.test/`))).toBe('a=2')
  })
})

describe('CookieJar.header and CookieJar.matching', () => {
  const CROSS = 'https://b.test'
  const CONTEXTS: readonly (RequestContext | undefined)[] = [
    undefined,
    {},
    { kind: 'link' },
    { kind: 'link', initiator: 'https://a.test' },
    { kind: 'link', initiator: CROSS },
    { kind: 'link', initiator: CROSS, method: 'POST' },
    { kind: 'form', initiator: CROSS, method: 'POST' },
    { kind: 'fetch', initiator: CROSS },
    { kind: 'fetch', initiator: 'https://a.test' },
    { kind: 'fetch', initiator: 'https://a.test', topLevelUrl: CROSS },
    { kind: 'fetch', initiator: 'https://a.test', topLevelUrl: 'https://a.test' },
    { kind: 'fetch', initiator: 'https://a.test', via: 'document.cookie' },
    { kind: 'fetch', initiator: CROSS, topLevelUrl: 'https://a.test' },
    { kind: 'fetch', topLevelUrl: CROSS },
    { via: 'document.cookie' },
  ]
  const URLS = [
    'https://www.a.test/',
    'https://www.a.test/x/y',
    'http://www.a.test/x',
    'https://a.test/x',
    'https://other.test/',
  ]
  const REQUESTS = URLS.flatMap((url) => CONTEXTS.map((context) => ({ url: new URL(url), context })))

  /** A jar with a cookie for whatever can decide. */
  function rich(thirdParty: 'blocked' | 'allowed'): JarUnderTest {
    const test = new JarUnderTest(thirdParty)
    const secure = [
      'plain=1; Path=/',
      'deep=1; Path=/x',
      'deeper=1; Path=/x/y',
      'tls=1; Path=/; Secure',
      'script=1; Path=/; HttpOnly',
      'strict=1; Path=/; SameSite=Strict',
      'lax=1; Path=/; SameSite=Lax',
      'none=1; Path=/; SameSite=None; Secure',
      'domain=1; Path=/; Domain=a.test',
      'apart=1; Path=/; SameSite=None; Secure; Partitioned',
      'short=1; Path=/; Max-Age=60',
    ]
    for (const line of secure) test.set(line, 'https://www.a.test/')
    const partitions: RequestContext[] = [
      { kind: 'fetch', initiator: CROSS },
      { kind: 'fetch', initiator: CROSS, topLevelUrl: 'https://a.test' },
    ]
    for (const [at, context] of partitions.entries())
      test.set(`apart=${at + 2}; Path=/; SameSite=None; Secure; Partitioned`, 'https://www.a.test/', context)
    return test
  }
  const afresh = ({ jar }: JarUnderTest, { url, context }: (typeof REQUESTS)[number]) =>
    jar
      .matching(url, context)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')

  it('go by path, host, scheme, script and site', () => {
    const { jar } = rich('blocked')
    const names = (url: string, context?: RequestContext) =>
      jar
        .matching(new URL(url), context)
        .map(({ name }) => name)
        .join(' ')
    const common = 'plain tls script strict lax none domain'
    expect(names('https://www.a.test/')).toBe(`${common} apart short`)
    expect(names('https://www.a.test/x/y')).toBe(`deeper deep ${common} apart short`)
    expect(names('http://www.a.test/x')).toBe('deep plain script strict lax domain short')
    expect(names('https://a.test/')).toBe('domain')
    expect(names('https://other.test/')).toBe('')
    expect(names('https://www.a.test/', { kind: 'fetch', initiator: CROSS })).toBe('apart')
    expect(names('https://www.a.test/', { kind: 'link', initiator: CROSS })).toBe(
      'plain tls script lax none domain apart short',
    )
    expect(names('https://www.a.test/', { via: 'document.cookie' })).toBe(
      'plain tls strict lax none domain apart short',
    )
  })

  it.each(['blocked', 'allowed'] as const)(
    'say the same, whatever was asked before, and when (third-party cookies %s)',
    (thirdParty) => {
      const test = rich(thirdParty)
      const start = test.now
      // Before the short one ends, once it has ended, once the allowance for POST is over, and with the clock put back.
      for (const ms of [0, 60_000, 120_001, -1]) {
        test.now = start + ms
        const wanted = REQUESTS.map((request) => afresh(test, request))
        expect(new Set(wanted).size).toBeGreaterThan(10)
        for (const first of REQUESTS) {
          const got = REQUESTS.map(({ url, context }) => {
            test.jar.header(first.url, first.context)
            return test.jar.header(url, context && { ...context })
          })
          expect(got).toEqual(wanted)
        }
      }
    },
  )

  it('have an order of their own for cookies that were made at one moment', () => {
    const test = new JarUnderTest()
    test.set('k=1; Path=/', A.href)
    const [held] = test.jar.all()
    for (const names of ['abc', 'bca', 'cab']) {
      const { jar } = new JarUnderTest()
      for (const name of names) jar.put({ ...held!, name })
      expect(jar.header(A)).toBe('a=1; b=1; c=1')
      expect(
        jar
          .all()
          .map(({ name }) => name)
          .join(''),
      ).toBe('abc')
    }
  })
})

describe('what is used of late', () => {
  /** 180 cookies of a site, each for a path of its own, and which are there after one more. */
  function leftAfter(uses: (test: JarUnderTest, start: number) => void): (name: string) => boolean {
    const test = new JarUnderTest()
    const start = test.now
    for (let i = 0; i < 180; i++) test.set(`k${i}=1; Path=/k${i}`, A.href)
    uses(test, start)
    test.now = start + 200_000
    test.set('more=1; Path=/', A.href)
    const names = new Set(test.jar.all().map(({ name }) => name))
    expect(names.size).toBe(150)
    return (name) => names.has(name)
  }
  const ask = (test: JarUnderTest, name: string) => test.jar.header(new URL(`/${name}`, A))

  it('stays when cookies have to go: sent, or set to the same', () => {
    const stays = leftAfter((test, start) => {
      test.now = start + 60_000
      ask(test, 'k0')
      test.jar.put(test.jar.all().find(({ name }) => name === 'k1')!)
    })
    expect(['k0', 'k1', 'k2', 'k31', 'k32', 'k33'].map(stays)).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
    ])
  })

  it('counts once a minute', () => {
    const stays = leftAfter((test, start) => {
      test.now = start + 59_999
      ask(test, 'k0')
      test.now = start + 100_000
      for (let i = 1; i < 160; i++) ask(test, `k${i}`)
      // Within a minute of the last use: of no account, so that the order is that of the first.
      test.now = start + 100_001
      for (let i = 1; i < 20; i++) ask(test, `k${i}`)
    })
    expect(['k0', 'k10', 'k11', 'k159', 'k160'].map(stays)).toEqual([false, false, true, true, false])
  })
})

describe('a jar with as many cookies as a browser holds', () => {
  const MONTH_MS = 31 * 86_400_000
  /** 3,300 cookies of 33 sites that were made a month ago. */
  function full(): JarUnderTest {
    const test = new JarUnderTest()
    for (let i = 0; i < 3_300; i++) test.set(`k${i}=1; Path=/`, `https://s${i % 33}.test/`)
    test.now += MONTH_MS
    return test
  }

  it('loses 301 old ones for one that is new, and none for one that changes', () => {
    const test = full()
    test.set('k0=2; Path=/', 'https://s0.test/')
    expect(test.jar.size).toBe(3_300)
    test.set('new=1', A.href)
    const names = test.jar.all().map(({ name }) => name)
    expect(names).toHaveLength(3_000)
    expect([
      names.includes('new'),
      names.includes('k0'),
      names.includes('k1'),
      names.includes('k301'),
      names.includes('k302'),
    ]).toEqual([true, true, false, false, true])
  })

  it('does not count those in partitions, nor what was deleted', () => {
    const test = full()
    const context = { kind: 'fetch', initiator: 'https://b.test' } as const
    const apart = 'apart=1; SameSite=None; Secure; Partitioned; Path=/'
    test.set(apart, A.href, context)
    expect(test.jar.size).toBe(3_301)
    test.set('k5=; Max-Age=0; Path=/', 'https://s5.test/')
    test.set('new=1', A.href)
    expect(test.jar.size).toBe(3_301)
    test.set(`${apart}; Max-Age=0`, A.href, context)
    expect(test.jar.size).toBe(3_300)
    test.set('newer=1', A.href)
    expect(test.jar.size).toBe(3_000)
  })

  it('leaves those in partitions aside when it makes room', () => {
    const test = full()
    const context = { kind: 'fetch', initiator: 'https://b.test' } as const
    test.set('apart=1; SameSite=None; Secure; Partitioned; Path=/', A.href, context)
    test.now += MONTH_MS
    test.set('new=1', A.href)
    expect(test.jar.size).toBe(3_001)
    expect(test.jar.header(A, context)).toBe('apart=1')
  })

  it('counts those that a full site loses', () => {
    const test = full()
    for (let i = 0; i < 80; i++) test.set(`k${33 * i}=; Max-Age=0; Path=/`, 'https://s0.test/')
    for (let i = 0; i < 80; i++) test.set(`new${i}=1; Path=/`, 'https://s1.test/')
    expect(test.jar.size).toBe(3_300)
    // Site 1 has 180: one more takes 31 of its own, and the sum is no longer too large.
    test.set('more=1; Path=/', 'https://s1.test/')
    expect(test.jar.size).toBe(3_270)
    expect(test.jar.matching(new URL('https://s2.test/'))).toHaveLength(100)
  })
})

describe('CookieJar as an index', () => {
  const cookie = aCookie({ domain: 'www.a.test', name: 'k', value: '1', created: msToTime(NOW_MS) })
  const apart = { topLevelSite: 'https://b.test', hasCrossSiteAncestor: true }

  it.each<Partial<Cookie>>([
    { value: '2' },
    { secure: true },
    { httpOnly: true },
    { sameSite: 'lax' },
    { priority: 'high' },
    { expiresAt: NOW_MS * 2 },
    { sourceScheme: 'secure' },
    { sourcePort: 443 },
    { created: cookie.created + 1 },
  ])('holds what was put last: %j', (part) => {
    const { jar } = new JarUnderTest()
    jar.put(cookie, { time: 1, writer: 'a' })
    jar.put({ ...cookie, ...part })
    expect([jar.size, jar.get(cookieId(cookie))]).toEqual([1, { ...cookie, ...part }])
    // The stamp stays where none is given.
    expect(jar.find(cookieId(cookie))?.stamp).toEqual({ time: 1, writer: 'a' })
  })

  it.each<Partial<Cookie>>([
    { name: 'l' },
    { path: '/x' },
    { domain: 'w.a.test' },
    { hostOnly: false },
    { partitionKey: apart },
    { partitionKey: { ...apart, hasCrossSiteAncestor: false } },
  ])('holds side by side what has another id: %j', (part) => {
    const { jar } = new JarUnderTest()
    const other = { ...cookie, ...part }
    for (const each of [cookie, other]) jar.put(each)
    for (const each of [cookie, other]) expect(jar.get(cookieId(each))).toEqual(each)
    jar.delete(cookieId(cookie))
    expect([...jar.held()].map(({ id }) => id)).toEqual([cookieId(other)])
  })

  it('has the stamp that it was given last', () => {
    const { jar } = new JarUnderTest()
    const stamps = [1, 5, 3].map((time) => ({ time, writer: `w${time}` }))
    for (const stamp of stamps) {
      jar.put(cookie, stamp)
      expect(jar.find(cookieId(cookie))?.stamp).toEqual(stamp)
    }
    jar.put({ ...cookie, value: '2' }, { time: 7, writer: 'w7' })
    expect(jar.find(cookieId(cookie))?.stamp).toEqual({ time: 7, writer: 'w7' })
  })

  it('lists by age, across sites', () => {
    const { jar } = new JarUnderTest()
    const made = ['b.test', 'a.test', 'c.test', 'a.test'].map((domain, at) => ({
      ...cookie,
      domain,
      name: `k${at}`,
      created: cookie.created + at,
    }))
    for (const each of [...made].reverse()) jar.put(each)
    expect(jar.all()).toEqual(made)
  })

  it('finds by id and lists in the order of creation', () => {
    const test = new JarUnderTest()
    test.set('b=1', 'https://b.test/')
    test.set('a=1', 'https://a.test/')
    const [first, second] = test.jar.all()
    expect([first!.name, second!.name]).toEqual(['b', 'a'])
    expect(test.jar.get(cookieId(first!))).toEqual(first)
    expect(test.jar.get('nobody')).toBeUndefined()
    test.jar.delete('nobody')
    test.jar.delete(cookieId(first!))
    expect(test.jar.size).toBe(1)
  })
})
