import { describe, expect, it } from 'vitest'
import { IdentityHeaders } from '../../../src/http/index.ts'
import { getHeader } from '../../../src/http/request-headers.ts'
import type { RequestContext } from '../../../src/record/index.ts'

const identity = {
  userAgent: 'Mozilla/5.0 Chrome/140.0.0.0',
  clientHints: {
    'sec-ch-ua': '"x"',
    'sec-ch-ua-mobile': '?0',
    'sec-ch-ua-platform': '"Linux"',
    'sec-ch-ua-arch': '"x86"',
  },
  acceptLanguage: 'de',
}
const source = new IdentityHeaders(identity)
const headersFor = (href: string, context?: RequestContext) => source.headersFor(new URL(href), context)

describe('IdentityHeaders', () => {
  it('makes the lists once', () => {
    expect(headersFor('https://a.test/1')).toBe(headersFor('https://b.test/2'))
    expect(headersFor('https://a.test/', { kind: 'img' })).toBe(
      headersFor('https://b.test/', { kind: 'img' }),
    )
  })

  it.each([
    ['https://a.test/', true],
    ['http://localhost/', true],
    ['http://x.localhost:8080/', true],
    ['http://127.1.2.3/', true],
    ['http://[::1]/', true],
    ['http://a.test/', false],
    ['http://10.0.0.1/', false],
  ])('tells %s who asks: %s', (href, trusted) => {
    const list = headersFor(href)
    expect(getHeader(list, 'sec-ch-ua') !== undefined).toBe(trusted)
    expect(getHeader(list, 'sec-fetch-mode') !== undefined).toBe(trusted)
    expect(getHeader(list, 'accept-encoding')).toBe(trusted ? 'gzip, deflate, br, zstd' : 'gzip, deflate')
  })

  it.each([
    [{ kind: 'link', initiator: 'https://a.test/x?y#z' }, 'same-origin', 'https://a.test/x?y'],
    [{ kind: 'link', initiator: 'https://b.a.test/x' }, 'same-site', 'https://b.a.test/'],
    [{ kind: 'link', initiator: 'http://a.test/x' }, 'cross-site', 'http://a.test/'],
    [{ kind: 'link', initiator: 'https://b.test/x' }, 'cross-site', 'https://b.test/'],
    [{ kind: 'fetch', topLevelUrl: 'https://a.test/x' }, 'same-origin', 'https://a.test/x'],
    [{ kind: 'navigate', topLevelUrl: 'https://b.test/' }, 'none', undefined],
    [{ kind: 'link', initiator: null }, 'none', undefined],
    [{ kind: 'link', initiator: 'null' }, 'cross-site', undefined],
    [{ kind: 'fetch' }, 'same-origin', undefined],
  ] as const)('%j comes from %s', (context, site, referer) => {
    const list = headersFor('https://a.test/target', context)
    expect([getHeader(list, 'sec-fetch-site'), getHeader(list, 'referer')]).toEqual([site, referer])
  })

  it('sends no Referer from https to http, and no credentials in one', () => {
    const context = { kind: 'link', initiator: 'https://a.test/x?token=canary' } as const
    expect(getHeader(headersFor('http://a.test/', context), 'referer')).toBeUndefined()
    const withUser = { kind: 'link', initiator: 'https://u:canary@a.test/x' } as const
    expect(getHeader(headersFor('https://a.test/', withUser), 'referer')).toBe('https://a.test/x')
  })

  it.each([
    [{ kind: 'form', method: 'POST', initiator: 'https://b.test/x' }, 'https://b.test'],
    [{ kind: 'fetch', initiator: 'https://b.test/x' }, 'https://b.test'],
    [{ kind: 'fetch', method: 'PUT', initiator: 'https://a.test/x' }, 'https://a.test'],
    [{ kind: 'fetch', initiator: 'https://a.test/x' }, undefined],
    [{ kind: 'img', initiator: 'https://b.test/x' }, undefined],
    [{ kind: 'link', initiator: 'https://b.test/x' }, undefined],
  ] as const)('the Origin of %j is %s', (context, origin) => {
    expect(getHeader(headersFor('https://a.test/', context), 'origin')).toBe(origin)
  })

  it('names JPEG XL only for versions that do', () => {
    const newer = new IdentityHeaders({ ...identity, userAgent: 'HeadlessChrome/156.0.0.0' })
    const accept = (headers: IdentityHeaders) =>
      getHeader(headers.headersFor(new URL('https://a.test'), undefined), 'accept')
    expect([accept(newer)?.includes('jxl'), accept(source)?.includes('jxl')]).toEqual([true, false])
  })

  it('leaves out a language that is not known', () => {
    const mute = new IdentityHeaders({ ...identity, acceptLanguage: '' })
    expect(
      getHeader(mute.headersFor(new URL('https://a.test'), undefined), 'accept-language'),
    ).toBeUndefined()
  })
})
