import { describe, expect, it } from 'vitest'
import { Classifier, explain, OK_VERDICT } from '../../../src/challenge/index.ts'

describe('explain', () => {
  it('gives a line for the verdict and one for each piece of evidence', () => {
    const verdict = new Classifier().judge(
      {
        url: 'https://shop.example/',
        method: 'GET',
        statusCode: 429,
        headers: { 'retry-after': '5', 'x-vercel-mitigated': 'challenge' },
      },
      '',
      true,
    )
    expect(explain(verdict).split('\n')).toEqual([
      'js-challenge by vercel (confidence 0.95, retry after 5000 ms)',
      '  js-challenge +0.95 vercel/vercel-mitigated in header: header x-vercel-mitigated says challenge',
      '  rate-limited +0.80 any/status-429 in status: status 429',
    ])
    expect(explain(OK_VERDICT)).toBe('ok (confidence 1.00)')
  })

  it.each([
    undefined,
    null,
    'ok',
    {},
    { ...OK_VERDICT, evidence: [null] },
    { ...OK_VERDICT, confidence: '1' },
  ])('refuses what is no verdict: %j', (junk) => {
    const refused = expect.objectContaining({ code: 'ONEJAR_BAD_OPTIONS' })
    expect(() => explain(junk as never)).toThrow(refused)
  })

  it('never quotes what the site sent', () => {
    const canary = 'c4n4ry'
    const body = `<title>Just a moment... ${canary}</title><p>Sorry, you have been blocked ${canary}</p>
      <form action="/x?__cf_chl_tk=${canary}"><div id="${canary}" data-sitekey="${canary}" class="g-recaptcha"></div></form>
      <script>window._cf_chl_opt={cH:'${canary}'};document.cookie='${canary}';location.reload()</script>`
    const verdict = new Classifier().judge(
      {
        url: `https://shop.example/login?token=${canary}`,
        method: 'GET',
        statusCode: 403,
        headers: {
          'content-type': `text/html; boundary=${canary}`,
          'set-cookie': [`__cf_bm=${canary}; Path=/`, `${canary}=1`],
          location: `/login?next=${canary}`,
          'cf-mitigated': `challenge ${canary}`,
          'retry-after': canary,
          'www-authenticate': canary,
        },
      },
      body,
      true,
    )
    expect(verdict.evidence.length).toBeGreaterThan(5)
    expect(`${explain(verdict)}${JSON.stringify(verdict)}`).not.toContain(canary)
  })
})
