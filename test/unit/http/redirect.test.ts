import { describe, expect, it } from 'vitest'
import { isOnejarError } from '../../../src/core/index.ts'
import { headersAfterRedirect, isRedirectStatus, planRedirect } from '../../../src/http/redirect.ts'

const from = new URL('https://shop.test/a/b?q#frag')

it('knows the redirect statuses', () => {
  const statuses = Array.from({ length: 100 }, (_, n) => 300 + n).filter(isRedirectStatus)
  expect(statuses).toEqual([301, 302, 303, 307, 308])
})

describe('planRedirect', () => {
  const plan = (location: string | string[] | undefined, method = 'GET', status = 302) =>
    planRedirect(status, { location }, from, method)

  it.each([
    ['/x', 'https://shop.test/x#frag', false],
    ['?y', 'https://shop.test/a/b?y#frag', false],
    ['#own', 'https://shop.test/a/b?q#own', false],
    ['//other.test/', 'https://other.test/#frag', true],
    ['http://shop.test/', 'http://shop.test/#frag', true],
    ['https://shop.test:444/', 'https://shop.test:444/#frag', true],
    ['https://SHOP.test:443/', 'https://shop.test/#frag', false],
    ['https://u:p@shop.test/', 'https://shop.test/#frag', false],
    ['/\xc3\xbc', 'https://shop.test/%C3%BC#frag', false],
    ['/a b', 'https://shop.test/a%20b#frag', false],
  ])('%s leads to %s', (location, href, crossOrigin) => {
    expect(plan(location)).toMatchObject({ url: new URL(href), crossOrigin })
  })

  it('is none without a target', () => {
    expect([plan(undefined), plan(''), plan(['', ''])]).toEqual([undefined, undefined, undefined])
  })

  it('takes a repeated Location once, and refuses two that differ', () => {
    expect(plan(['/x', '/x'])?.url.pathname).toBe('/x')
    const badRedirect = expect.toSatisfy((error) => isOnejarError(error, 'ONEJAR_BAD_REDIRECT'))
    expect(() => plan(['/x', '/y'])).toThrow(badRedirect)
  })

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [301, 'DELETE', 'DELETE'],
    [303, 'DELETE', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [307, 'POST', 'POST'],
    [308, 'PUT', 'PUT'],
  ])('%i %s goes on as %s', (status, method, next) => {
    expect(plan('/x', method, status)).toMatchObject({ method: next, dropBody: next !== method })
  })
})

describe('headersAfterRedirect', () => {
  const step = (href: string, dropBody = false) => {
    const url = new URL(href)
    return { url, method: 'GET', dropBody, crossOrigin: url.origin !== from.origin }
  }
  const headers = ['Authorization', 'a', 'COOKIE', 'b', 'X-Own', 'c', 'Content-Type', 'd', 'Host', 'e']

  it('keeps all within the origin', () => {
    expect(headersAfterRedirect(headers, step('https://shop.test/x'), from)).toEqual(headers)
  })

  it('leaves secrets behind at its border', () => {
    expect(headersAfterRedirect(headers, step('https://other.test/'), from)).toEqual([
      'X-Own',
      'c',
      'Content-Type',
      'd',
    ])
  })

  it('drops what describes a body that is dropped', () => {
    const kept = headersAfterRedirect(headers, step('https://shop.test/x', true), from)
    expect(kept).not.toContain('Content-Type')
  })

  it.each([
    ['https://shop.test/x', 'https://shop.test/page?q'],
    ['https://other.test/', 'https://shop.test/'],
    ['http://shop.test/', undefined],
  ])('the Referer on the way to %s is %s', (href, referer) => {
    const kept = headersAfterRedirect(['Referer', 'https://shop.test/page?q'], step(href), from)
    expect(kept[1]).toBe(referer)
  })
})
