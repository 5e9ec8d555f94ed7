import { describe, expect, it } from 'vitest'
import { classify } from '../../../src/challenge/index.ts'
import { isOnejarError } from '../../../src/core/index.ts'

const url = 'https://shop.example/'
const GATE = "<title>One moment</title><script>document.cookie = 'a=1'; location.reload()</script>"
const html = { 'Content-Type': 'text/html' }

describe('classify', () => {
  it('says of a recorded response what is said of one that is fetched', () => {
    expect(classify({ url, status: 200, headers: html, body: '<h1>Shop</h1>' }).kind).toBe('ok')
    expect(classify({ url, status: 503, headers: html, body: GATE })).toMatchObject({
      kind: 'js-challenge',
      evidence: expect.arrayContaining([expect.objectContaining({ where: 'structure' })]),
    })
    // Nothing but the head of data counts.
    expect(
      classify({ url, status: 200, headers: { 'content-type': 'application/json' }, body: GATE }),
    ).toEqual({
      ...classify({ url, status: 200 }),
      evidence: [],
    })
  })

  it.each<[number, string]>([
    [403, 'js-challenge'],
    [499, 'js-challenge'],
    [500, 'error'],
    [502, 'error'],
    [503, 'js-challenge'],
    [520, 'error'],
    // Vendors have codes of their own above that.
    [521, 'js-challenge'],
  ])('takes a page that reloads at status %i for %s', (status, kind) => {
    expect(classify({ url, status, headers: html, body: GATE }).kind).toBe(kind)
  })

  it.each<[string, string, string]>([
    ['waits for a click', '<div class="frc-captcha" data-start="none"></div><button>Go</button>', 'captcha'],
    ['has no button', '<div class="frc-captcha" data-start="none"></div>', 'js-challenge'],
    [
      'starts by itself',
      '<div class="frc-captcha" data-start="auto"></div><button>Go</button>',
      'js-challenge',
    ],
    [
      'is started',
      '<div class="frc-captcha" data-start="none"></div><button>Go</button><script>box.start()</script>',
      'js-challenge',
    ],
    ['is none', '<div data-start="none"></div><button>Go</button>', 'error'],
  ])('a box of Friendly Captcha that %s', (_, body, kind) => {
    expect(classify({ url, status: 403, headers: html, body: `<title>Checking</title>${body}` }).kind).toBe(
      kind,
    )
  })

  it.each([
    ['a Headers', new Headers({ 'CF-Mitigated': 'challenge', ...html })],
    ['an object', { 'CF-Mitigated': 'challenge', ...html }],
    ['an object of lists', { 'CF-Mitigated': ['challenge'], ...html }],
    ['a list', [['CF-Mitigated', 'challenge'] as const, ['content-type', 'text/html'] as const]],
  ])('takes headers as %s', (_, headers) => {
    expect(classify({ url: new URL(url), status: 403, headers })).toMatchObject({
      kind: 'js-challenge',
      vendor: 'cloudflare',
    })
  })

  it('takes each of several headers of one name', () => {
    const headers = [
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'datadome=x'],
    ] as const
    expect(classify({ url, status: 403, headers }).vendorsPresent).toEqual(['datadome'])
  })

  it('takes bytes and texts for the same, and looks at the beginning only', () => {
    const headers = html
    const body = `${GATE}<p>${'ü'.repeat(40)}`
    expect(classify({ url, status: 403, headers, body: Buffer.from(body) })).toEqual(
      classify({ url, status: 403, headers, body }),
    )
    const late = `<title>Shop</title>${' '.repeat(40_000)}${GATE}`
    expect(classify({ url, status: 403, headers, body: late }).kind).toBe('error')
  })

  it('counts rows of one’s own', () => {
    const signal = {
      id: 'acme',
      vendor: 'acme',
      in: 'header',
      name: 'x-acme',
      note: 'header x-acme',
    } as const
    const response = { url, status: 403, headers: { 'X-Acme': '1' } }
    expect(classify(response).kind).toBe('error')
    expect(classify(response, { signals: [{ ...signal, verdict: 'block', weight: 0.9 }] })).toMatchObject({
      kind: 'block',
      vendor: 'acme',
    })
  })

  it.each([
    [{ url: 'shop', status: 200 }, 'url'],
    [{ url, status: 20 }, 'status'],
    [{ url, status: 200, headers: { a: 1 } }, 'headers'],
    [{ url, status: 200, body: 1 }, 'body'],
    [{ url, status: 200, statusCode: 200 }, 'statusCode'],
  ])('refuses %j and names %s', (response, name) => {
    const error = (() => {
      try {
        return classify(response as never)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(isOnejarError(error, 'ONEJAR_BAD_OPTIONS')).toBe(true)
    expect((error as Error).message).toContain(name)
  })
})
