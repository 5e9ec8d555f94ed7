import { describe, expect, it } from 'vitest'
import type { RequestContext, SameSite } from '../../../../src/record/cookie.ts'
import { partitionOf, samePartition } from '../../../../src/record/cookies/partition.ts'
import {
  isFirstParty,
  isTypedIn,
  sameSiteLevel,
  sameSiteSends,
  siteOfText,
} from '../../../../src/record/cookies/same-site.ts'
import { msToTime } from '../../../../src/record/stamp.ts'
import { aCookie, NOW_MS } from '../codecs/a-cookie.ts'

const URL_ = new URL('https://www.a.test/x')

describe('sameSiteLevel', () => {
  it.each<[RequestContext, string]>([
    [{}, 'strict'],
    [{ kind: 'link', initiator: 'https://b.a.test' }, 'strict'],
    [{ kind: 'link', initiator: 'http://www.a.test' }, 'lax'],
    [{ kind: 'link', initiator: 'null' }, 'lax'],
    [{ kind: 'form', method: 'post', initiator: 'https://b.test' }, 'lax-unsafe'],
    [{ kind: 'form', method: 'HEAD', initiator: 'https://b.test' }, 'lax'],
    [{ kind: 'window-open', initiator: 'https://b.test' }, 'lax'],
    ...['OPTIONS', 'trace', 'get'].map(
      (method) => [{ kind: 'form', method, initiator: 'https://b.test' }, 'lax'] as [RequestContext, string],
    ),
    ...['PUT', 'DELETE', 'x'].map(
      (method) =>
        [{ kind: 'form', method, initiator: 'https://b.test' }, 'lax-unsafe'] as [RequestContext, string],
    ),
    [{ kind: 'fetch' }, 'strict'],
    [{ kind: 'fetch', topLevelUrl: 'https://a.test' }, 'strict'],
    [{ kind: 'fetch', initiator: 'https://b.test' }, 'cross'],
    [{ kind: 'fetch', initiator: 'data:text/html,x' }, 'cross'],
    [{ kind: 'fetch', topLevelUrl: 'https://a.test', initiator: 'https://b.test' }, 'cross'],
    [{ kind: 'link', initiator: 'https://b.test', via: 'document.cookie' }, 'strict'],
  ])('%j: %s', (context, level) => {
    expect(sameSiteLevel(URL_, context)).toBe(level)
  })

  it('counts ws as http and leaves the port out', () => {
    expect(siteOfText('wss://x.a.test:9000/y')).toBe('https://a.test')
  })
})

describe('siteOfText', () => {
  let nth = 0
  // Another name each time: sites are remembered.
  const fresh = () => `n${++nth}-${Date.now()}`
  it.each<[string, string | null]>([
    ['http://NAME.a.test/x', 'http://a.test'],
    ['ws://NAME.a.test', 'http://a.test'],
    ['wss://NAME.a.test', 'https://a.test'],
    ['https://NAME.a.test:8443/?q#f', 'https://a.test'],
    ['ftp://NAME.a.test', null],
    ['xhttps://NAME.a.test', null],
    ['httpsx://NAME.a.test', null],
    ['NAME', null],
    ['null NAME', null],
  ])('of %s is %s', (text, site) => {
    const asked = text.replace('NAME', fresh())
    expect([siteOfText(asked), siteOfText(asked)]).toEqual([site, site])
  })
})

describe('isTypedIn', () => {
  it.each<[RequestContext, boolean]>([
    [{}, true],
    [{ kind: 'navigate' }, true],
    [{ kind: 'window-open' }, true],
    [{ kind: 'form', method: 'POST' }, true],
    [{ kind: 'link', initiator: null }, true],
    [{ kind: 'link', initiator: 'https://a.test' }, false],
    [{ via: 'http' }, true],
    [{ via: 'document.cookie' }, false],
    [{ kind: 'fetch' }, false],
    [{ kind: 'img' }, false],
    [{ kind: 'iframe' }, false],
  ])('%j: %s', (context, wanted) => {
    expect(isTypedIn(context)).toBe(wanted)
  })
})

describe('isFirstParty', () => {
  it.each<[RequestContext, boolean]>([
    [{ kind: 'link', initiator: 'https://b.test' }, true],
    [{ kind: 'window-open', initiator: 'https://b.test' }, true],
    [{ kind: 'fetch' }, true],
    [{ kind: 'fetch', initiator: 'https://a.test' }, true],
    [{ kind: 'fetch', initiator: 'http://a.test' }, false],
    [{ kind: 'fetch', topLevelUrl: 'https://b.test' }, false],
    [{ kind: 'fetch', topLevelUrl: 'https://a.test' }, true],
    [{ kind: 'fetch', topLevelUrl: 'https://b.test', initiator: 'https://a.test' }, false],
    [{ kind: 'fetch', topLevelUrl: 'https://a.test', initiator: 'https://b.test' }, false],
  ])('%j: %s', (context, wanted) => {
    expect(isFirstParty(URL_, context)).toBe(wanted)
  })
})

describe('sameSiteSends', () => {
  const LEVELS = ['strict', 'lax', 'lax-unsafe', 'cross'] as const
  it.each<[SameSite, number, readonly boolean[]]>([
    ['strict', 0, [true, false, false, false]],
    ['lax', 0, [true, true, false, false]],
    ['none', 0, [true, true, true, true]],
    ['unspecified', 0, [true, true, true, false]],
    // Two minutes after it was made
    ['unspecified', 120_000, [true, true, true, false]],
    ['unspecified', 120_001, [true, true, false, false]],
    ['lax', 1, [true, true, false, false]],
  ])('%s, %s ms after it was made: %j', (sameSite, age, wanted) => {
    const cookie = aCookie({ sameSite, created: msToTime(NOW_MS) })
    expect(LEVELS.map((level) => sameSiteSends(cookie, level, NOW_MS + age))).toEqual(wanted)
  })
})

describe('samePartition', () => {
  it('compares site and ancestor, and none with none', () => {
    const of = (topLevelSite: string, hasCrossSiteAncestor: boolean) => ({
      topLevelSite,
      hasCrossSiteAncestor,
    })
    const all = [null, of('https://a.test', true), of('https://a.test', false), of('https://b.test', true)]
    for (const [i, one] of all.entries())
      for (const [j, other] of all.entries())
        expect(samePartition(one && { ...one }, other && { ...other })).toBe(i === j)
  })
})

describe('partitionOf', () => {
  it('is of the address bar, whoever asks', () => {
    const of = (context: RequestContext) => partitionOf(URL_, context)
    expect(of({ kind: 'link', topLevelUrl: 'https://b.test', initiator: 'https://b.test' })).toEqual({
      topLevelSite: 'https://a.test',
      hasCrossSiteAncestor: false,
    })
    expect(of({ kind: 'fetch' })).toEqual({ topLevelSite: 'https://a.test', hasCrossSiteAncestor: false })
    expect(of({ kind: 'fetch', topLevelUrl: 'https://b.test', initiator: 'https://a.test' })).toEqual({
      topLevelSite: 'https://b.test',
      hasCrossSiteAncestor: true,
    })
    expect(of({ kind: 'fetch', topLevelUrl: 'data:,x', initiator: 'https://a.test' })).toBeNull()
  })

  it('is the site in the address bar, and whether another site stands between', () => {
    const between: RequestContext = {
      kind: 'fetch',
      topLevelUrl: 'https://a.test',
      initiator: 'https://b.test',
    }
    expect(partitionOf(URL_, {})).toEqual({ topLevelSite: 'https://a.test', hasCrossSiteAncestor: false })
    expect(partitionOf(URL_, between)).toEqual({ topLevelSite: 'https://a.test', hasCrossSiteAncestor: true })
    expect(partitionOf(URL_, { kind: 'fetch', initiator: 'https://b.test:99/q' })).toEqual({
      topLevelSite: 'https://b.test',
      hasCrossSiteAncestor: true,
    })
    expect(partitionOf(URL_, { kind: 'fetch', initiator: 'null' })).toBeNull()
    expect(isFirstParty(URL_, between)).toBe(false)
  })
})
