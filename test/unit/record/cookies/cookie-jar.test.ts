import { describe, expect, it } from 'vitest'
import { cookieId } from '../../../../src/record/entry.ts'
import { JarUnderTest } from '../../../conformance/cookies/jar-under-test.ts'

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

  it('does not serve what has expired, nor forget it when the clock is put back', () => {
    const test = new JarUnderTest()
    test.set('a=1; Path=/; Max-Age=10', A.href)
    expect(test.jar.header(A)).toBe('a=1')
    test.now += 10_000
    expect(test.jar.header(A)).toBe('')
    expect([test.jar.all().length, test.jar.size]).toEqual([0, 1])
    test.now -= 1
    expect(test.jar.header(A)).toBe('a=1')
  })

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

describe('CookieJar as an index', () => {
  it('finds by id and lists in the order of creation', () => {
    const test = new JarUnderTest()
    test.set('b=1', 'https://b.test/')
    test.set('a=1', 'https://a.test/')
    const [first, second] = test.jar.all()
    expect([first!.name, second!.name]).toEqual(['b', 'a'])
    expect(test.jar.get(cookieId(first!))).toEqual(first)
    expect(test.jar.has('nobody')).toBe(false)
    test.jar.delete('nobody')
    test.jar.delete(cookieId(first!))
    expect(test.jar.size).toBe(1)
  })
})
