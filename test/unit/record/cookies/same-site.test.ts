import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../../../src/record/cookie.ts'
import { partitionOf } from '../../../../src/record/cookies/partition.ts'
import { isFirstParty, sameSiteLevel, siteOfText } from '../../../../src/record/cookies/same-site.ts'

const URL_ = new URL('https://www.a.test/x')

describe('sameSiteLevel', () => {
  it.each<[RequestContext, string]>([
    [{}, 'strict'],
    [{ kind: 'link', initiator: 'https://b.a.test' }, 'strict'],
    [{ kind: 'link', initiator: 'http://www.a.test' }, 'lax'],
    [{ kind: 'link', initiator: 'null' }, 'lax'],
    [{ kind: 'form', method: 'post', initiator: 'https://b.test' }, 'lax-unsafe'],
    [{ kind: 'form', method: 'HEAD', initiator: 'https://b.test' }, 'lax'],
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

describe('partitionOf', () => {
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
