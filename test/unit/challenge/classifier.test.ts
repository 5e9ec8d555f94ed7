import { describe, expect, it } from 'vitest'
import { Classifier, OK_VERDICT, type ResponseHead, type Signal } from '../../../src/challenge/index.ts'
import { isOnejarError } from '../../../src/core/index.ts'

const classifier = new Classifier()

function head(
  statusCode: number,
  headers: ResponseHead['headers'] = {},
  extra: Partial<ResponseHead> = {},
): ResponseHead {
  return { url: 'https://shop.example/p/1', method: 'GET', statusCode, headers, ...extra }
}

const html = { 'content-type': 'text/html; charset=utf-8' }
const json = { 'content-type': 'application/json' }

describe('needsPeek', () => {
  it.each([
    ['a document without a length', head(200, html), true],
    ['a small document', head(200, { ...html, 'content-length': '4000' }), true],
    ['a document of just 64 KiB', head(200, { ...html, 'content-length': '65536' }), true],
    ['a large document', head(200, { ...html, 'content-length': '600000' }), false],
    [
      'a large document with a telling header',
      head(200, { ...html, 'content-length': '90000', 'cf-mitigated': 'x' }),
      true,
    ],
    ['a document in capitals', head(200, { 'content-type': 'TEXT/HTML' }), true],
    ['a response without a type', head(200), true],
    ['JSON', head(200, json), false],
    ['a picture', head(200, { 'content-type': 'image/png' }), false],
    ['a HEAD', head(200, html, { method: 'HEAD' }), false],
    ['no content', head(204, html), false],
    ['not modified', head(304, html), false],
    ['a redirect', head(302, { ...html, location: '/x' }), false],
    ['a redirect that leads nowhere', head(307, html), true],
    ['refused JSON', head(403, json), true],
    ['a refused document', head(403, html), true],
    ['a refused picture', head(403, { 'content-type': 'image/png' }), false],
    ['too many requests', head(429, html), true],
    ['a missing page', head(404, html), false],
    ['a page that is gone', head(410, html), false],
  ])('%s', (_, subject, expected) => {
    expect(classifier.needsPeek(subject)).toBe(expected)
  })
})

describe('what it costs', () => {
  /** A body that must not be looked at. */
  const untouchable = new Proxy(Buffer.alloc(0), {
    get() {
      throw new Error('the body was looked at')
    },
  })
  const types = [
    ...[
      'application/json',
      'application/problem+json',
      'application/xml',
      'text/plain',
      'text/csv',
      'text/css',
    ],
    ...[
      'text/javascript',
      'application/javascript',
      'application/rss+xml',
      'application/pdf',
      'application/zip',
    ],
    ...[
      'image/png',
      'image/svg+xml',
      'font/woff2',
      'video/mp4',
      'application/octet-stream',
      'text/event-stream',
    ],
  ]

  it.each(types)('is the head alone for %s', (type) => {
    for (const statusCode of [200, 201, 202, 206]) {
      const subject = head(statusCode, { 'content-type': type })
      expect(classifier.needsPeek(subject)).toBe(false)
      expect(classifier.judge(subject, untouchable, false)).toBe(OK_VERDICT)
    }
  })

  it('is a short look at documents that say that they are large, and more where a title tells', () => {
    const large = head(200, { ...html, 'content-length': '150000' })
    expect(classifier.needsPeek(large)).toBe(true)
    expect(classifier.peekBytesFor(large)).toBe(4_096)
    const look = (title: string) => Buffer.from(`<title>${title}</title><style>${'a'.repeat(4_000)}`)
    expect(classifier.wantsMore(large, look('Bot Detection'))).toBe(true)
    expect(classifier.wantsMore(large, look('Lamps'))).toBe(false)
    expect(classifier.judge(large, look('Lamps'), false)).toBe(OK_VERDICT)
  })

  it('does not grow for a long page that has said what it is', () => {
    const page = Buffer.from(
      `<title>Lamps</title><p>${'We sell lamps. '.repeat(2_100)}</p><script src="a.js">`,
    )
    expect(classifier.wantsMore(head(200, html), page)).toBe(false)
    const listed = `<link rel="canonical" href="/"><style>${'a'.repeat(32_000)}`
    expect(classifier.wantsMore(head(200, html), Buffer.from(listed))).toBe(false)
  })

  it('is the head alone for large documents, redirects, missing pages and empty answers', () => {
    for (const subject of [
      head(200, { ...html, 'content-length': '600000' }),
      head(302, { ...html, location: '/x' }),
      head(404, html),
      head(304, html),
      head(204),
    ]) {
      expect(classifier.needsPeek(subject)).toBe(false)
    }
  })

  it('is never more than 32 KiB', () => {
    expect(classifier.peekBytes).toBe(32_768)
  })
})

describe('judge', () => {
  it('gives the one shared verdict for what is plainly ok', () => {
    expect(classifier.judge(head(200, json), '', false)).toBe(OK_VERDICT)
    expect(classifier.judge(head(204), '', true)).toBe(OK_VERDICT)
    expect(classifier.judge(head(200, { ...html, server: 'nginx' }), '', false)).toBe(OK_VERDICT)
    expect(Object.isFrozen(OK_VERDICT)).toBe(true)
  })

  it('goes by a telling header when there is no body to see', () => {
    const verdict = classifier.judge(head(202, { ...json, 'x-amzn-waf-action': 'challenge' }), '', true)
    expect(verdict).toMatchObject({ kind: 'js-challenge', vendor: 'aws-waf', confidence: 0.97 })
  })

  it('tells a vendor that is present from a challenge', () => {
    const body = '<title>Hills</title><p>A page about hills.</p>'
    const verdict = classifier.judge(
      head(200, { ...html, 'cf-ray': 'x', 'set-cookie': ['_abck=1', '_px3=1'] }),
      body,
      true,
    )
    expect(verdict.kind).toBe('ok')
    expect(verdict.vendor).toBeNull()
    expect(verdict.vendorsPresent).toEqual(['akamai', 'cloudflare', 'human'])
  })

  it('sees the vendors of an ordinary page by its head, without parsing it', () => {
    const page = `<title>Hills</title><p>${'Words about hills. '.repeat(200)}</p>`
    const headers = { ...html, server: 'cloudflare', 'set-cookie': ['a=1', 'datadome=x; Path=/'] }
    const verdict = classifier.judge(head(200, headers), page, true)
    expect(verdict).toMatchObject({ kind: 'ok', vendor: null, vendorsPresent: ['cloudflare', 'datadome'] })
    expect(classifier.judge(head(200, { ...html, 'set-cookie': 'a=1' }), page, true)).toBe(OK_VERDICT)
  })

  it('goes by a telling address even when the page is ordinary', () => {
    const page = `<title>Oops</title><p>${'Please prove that you are not a robot. '.repeat(90)}</p>`
    const verdict = classifier.judge(
      head(200, html, { url: 'https://ya.example/showcaptcha?x=1' }),
      page,
      true,
    )
    expect(verdict).toMatchObject({ kind: 'captcha', vendor: 'yandex' })
  })

  it('tells a widget that is the page from a widget in a form', () => {
    const widget = '<div class="h-captcha" data-sitekey="x"></div>'
    const gate = `<title>Check</title><form>${widget}<button>Go</button></form>`
    const form = `<title>Write</title><form><input name="name"><textarea name="text"></textarea>${widget}</form>`
    expect(classifier.judge(head(200, html), gate, true).kind).toBe('captcha')
    const verdict = classifier.judge(head(200, html), form, true)
    expect(verdict.kind).toBe('ok')
  })

  it('does not take the beginning of a document for a gate', () => {
    const body = '<title>Just a moment...</title><div class="cf-turnstile"></div>'
    expect(classifier.judge(head(200, html), body, true).kind).toBe('js-challenge')
    expect(classifier.judge(head(200, html), body, false).kind).toBe('ok')
  })

  it('hears a refusal out though styles fill what is seen of it, but does not guess what its scripts do', () => {
    const words = `<title>No</title><style>${'.a{} '.repeat(6_000)}</style><p>Your request was blocked.</p>`
    const script = `<title>No</title><script>document.cookie='a=1';location.reload()</script>`
    expect(classifier.judge(head(403, html), words, false).kind).toBe('block')
    expect(classifier.judge(head(403, html), script, true).kind).toBe('js-challenge')
    expect(classifier.judge(head(403, html), script, false).kind).toBe('error')
  })

  it('takes a login form in the head of a whole page for no login wall', () => {
    const form = '<form><input type="password" name="p"></form>'
    const page = `${'<a href="/x">x</a>'.repeat(60)}${form}<h1>Not allowed</h1>`
    expect(classifier.judge(head(403, html), `${form}<h1>Not allowed</h1>`, true).kind).toBe('unauthorised')
    expect(classifier.judge(head(403, html), page, true).kind).toBe('error')
  })

  it('knows a host that does nothing but log in, when it leads back', () => {
    const to = (location: string, url = 'https://photos.example/') =>
      classifier.judge(head(302, { location }, { url }), '', true).kind
    expect(to('https://auth.example/?rd=https%3A%2F%2Fphotos.example%2F')).toBe('unauthorised')
    expect(to('https://auth.example/')).toBe('ok')
    expect(to('https://auth.example/b?rd=c', 'https://auth.example/a')).toBe('ok')
    expect(to('https://authors.example/?from=x')).toBe('ok')
  })

  it('knows a redirect to a puzzle that leads back', () => {
    const to = (location: string, method = 'GET', url = 'https://list.example/cars') =>
      classifier.judge(head(302, { location }, { method, url }), '', true).kind
    expect(to('/captcha?returnUrl=%2Fcars')).toBe('captcha')
    expect(to('https://list.example/antibot/verify?url=x')).toBe('captcha')
    expect(to('/risk/challenge?captcha_type=9&back=x')).toBe('captcha')
    expect(to('/blocked?url=L2E=&uuid=5f-2a&vid=&g=b')).toBe('captcha')
    expect(to('/settings/blocked?url=1')).toBe('ok')
    expect(to('/faq?topic=captcha')).toBe('ok')
    expect(to('/captcha')).toBe('ok')
    expect(to('/2025/why-captchas-die?from=x')).toBe('ok')
    expect(to('/captcha?again=1', 'POST')).toBe('ok')
    expect(to('/captcha/next?step=2', 'GET', 'https://list.example/captcha/first')).toBe('ok')
  })

  it('takes a short notice for a refusal only when it speaks to somebody', () => {
    const says = (words: string) => classifier.judge(head(200, html), `<p>${words}</p>`, true).kind
    expect(says('Your request was blocked.')).toBe('block')
    expect(says('Access to the tunnel is blocked until noon.')).toBe('ok')
    expect(says('The pop-up window was blocked by your browser.')).toBe('ok')
  })

  it('takes a refusal that asks again by itself for a check, and one that leads elsewhere for none', () => {
    const page = (refresh: string) =>
      `<title>Wait</title><meta http-equiv="refresh" content="${refresh}"><p>Wait</p>`
    expect(classifier.judge(head(403, html), page('3'), true).kind).toBe('js-challenge')
    expect(classifier.judge(head(403, html), page('3; url=/home'), true).kind).toBe('error')
    expect(classifier.judge(head(503, html), page('3'), true).kind).toBe('error')
  })

  it('knows a firewall by whom it shows and what to complain with', () => {
    const says = (words: string) =>
      classifier.judge(head(403, html), `<h1>Sorry</h1><p>${words}</p>`, true).kind
    expect(says('Reference number: 98. IP address: 192.0.2.7.')).toBe('block')
    expect(says('Reference number: 98.')).toBe('error')
    expect(says('The IP address of this record is 192.0.2.7.')).toBe('error')
  })

  it('reads what a few lines of script write into a refusal', () => {
    const page = (script: string) => `<h1>HTTP Error 403</h1><script>${script}</script>`
    const words = "document.write('Your IP address was blocked')"
    expect(classifier.judge(head(403, html), page(words), true).kind).toBe('block')
    expect(classifier.judge(head(403, html), page(`${words};${'f(0);'.repeat(500)}`), true).kind).toBe(
      'error',
    )
  })

  it.each([
    ['{"error":"blocked","message":"Your request was blocked by our security rules."}', 'block'],
    ['{"error":"blocked","message":"This account has been blocked."}', 'error'],
    ['{"error":"blocked","message":"Your card was blocked, contact your bank."}', 'error'],
    ['{"error":"forbidden","message":"You may not read this project."}', 'error'],
    ['{"message":"Request rate limit exceeded"}', 'rate-limited'],
  ])('tells who is refused from what is refused: %s', (body, kind) => {
    expect(classifier.judge(head(403, json), body, true).kind).toBe(kind)
  })

  it('goes by the head where a document has not come to its end, unless it is plainly more than a gate', () => {
    const subject = head(429, { ...html, 'x-kpsdk-ct': 'x' })
    expect(classifier.judge(subject, '<script>', false).kind).toBe('js-challenge')
    expect(classifier.judge(subject, '', true).kind).toBe('js-challenge')
    const page = `<h1>Homes</h1><p>${'A house by the river. '.repeat(400)}</p>`
    expect(classifier.judge(subject, page, false).kind).toBe('rate-limited')
    expect(classifier.judge(subject, page, true).kind).toBe('rate-limited')
  })

  it('looks at no more than peekBytes', () => {
    const mark = '<script>window._cf_chl_opt={}</script>'
    const fill = (size: number) => `<html>${' '.repeat(size - 6)}${mark}`
    for (const form of [(body: string) => body, (body: string) => Buffer.from(body)]) {
      const kindOf = (body: string) => classifier.judge(head(403, html), form(body), true).kind
      expect(kindOf(fill(classifier.peekBytes - mark.length))).toBe('js-challenge')
      expect(kindOf(fill(classifier.peekBytes))).toBe('error')
    }
  })

  it('reads bytes and text alike, in any charset', () => {
    const text = '<html><title>Nur einen Moment… 请稍候 ÿ</title><script>window._cf_chl_opt={}</script>'
    const kinds = [
      text,
      Buffer.from(text),
      Buffer.from(text, 'latin1'),
      new Uint8Array(Buffer.from(text)),
    ].map((peek) => classifier.judge(head(403, html), peek, true).kind)
    expect(new Set(kinds)).toEqual(new Set(['js-challenge']))
  })

  it('takes a URL as text or in parts', () => {
    const parts = {
      origin: 'https://git.example',
      pathname: '/.within.website/x/cmd/anubis/api/make-challenge',
    }
    for (const url of [parts, `${parts.origin}${parts.pathname}`]) {
      const verdict = classifier.judge(head(200, html, { url }), '<p>Wait</p>', true)
      expect(verdict).toMatchObject({ kind: 'js-challenge', vendor: 'anubis' })
    }
  })

  it('never takes a missing page for a gate', () => {
    const body = '<title>Just a moment...</title><div class="g-recaptcha"></div>'
    expect(classifier.judge(head(404, html), body, true).kind).toBe('error')
    expect(classifier.judge(head(410, html), body, true).kind).toBe('error')
  })

  it('lets the more exact observation win', () => {
    const body = (type: string) => `<script>window._cf_chl_opt={cType: '${type}'}</script>`
    const headers = { ...html, 'cf-mitigated': 'challenge' }
    expect(classifier.judge(head(403, headers), body('managed'), true).kind).toBe('js-challenge')
    expect(classifier.judge(head(403, headers), body('interactive'), true).kind).toBe('captcha')
  })

  it('tells a script that protected pages load from a page that is nothing else', () => {
    const script = '<script src="/_Incapsula_Resource?SWJIYLWA=719d&ns=2"></script>'
    expect(classifier.judge(head(200, html), script, true)).toMatchObject({
      kind: 'js-challenge',
      vendor: 'imperva',
    })
    const page = classifier.judge(head(200, html), `<title>Branches</title><h1>Branches</h1>${script}`, true)
    expect(page).toMatchObject({ kind: 'ok', vendorsPresent: ['imperva'] })
  })

  it('does not take a page that speaks of a check for one', () => {
    const said = '<title>Just a moment...</title><p>Checking your browser before accessing shop.example</p>'
    const script = '<script>{}</script>'
    const kindOf = (body: string) => classifier.judge(head(200, html), body, true).kind
    expect(kindOf(said + script)).toBe('js-challenge')
    expect(kindOf(said)).toBe('ok')
    expect(kindOf(`${said}${script}<p>${'The author goes on about it. '.repeat(50)}</p>`)).toBe('ok')
    expect(kindOf(`${said}${script}<link rel="canonical" href="https://shop.example/">`)).toBe('ok')
    expect(kindOf(`<title>Stuck at "Just a moment..." again</title><p>What now?</p>${script}`)).toBe('ok')
  })

  it.each([
    ['de', 'Ihr Browser wird überprüft'],
    ['fr', 'Nous vérifions votre navigateur'],
    ['ru', 'Проверка вашего браузера'],
    ['zh', '正在检查您的浏览器'],
    ['ja', 'ブラウザを確認しています'],
  ])('reads that the browser is being checked in %s', (_, words) => {
    const body = `<meta charset="utf-8"><p>${words}</p><script src="/c.js"></script>`
    for (const statusCode of [403, 503]) {
      expect(classifier.judge(head(statusCode, html), Buffer.from(body), true).kind).toBe('js-challenge')
    }
  })

  it('tells a refusal of this client from any other', () => {
    const kindOf = (body: string, type = 'text/html') =>
      classifier.judge(head(403, { 'content-type': type }), body, true).kind
    expect(kindOf('<p>Your IP address (203.0.113.9) has been blocked.</p>')).toBe('block')
    expect(kindOf('{"error":"bot_detected"}', 'application/json')).toBe('block')
    expect(kindOf('<p>You do not have permission to see this page.</p>')).toBe('error')
    expect(kindOf('{"message":"Your account has been blocked."}', 'application/json')).toBe('error')
  })

  it('takes data that names a puzzle for a puzzle, and a wrong answer to one for an error', () => {
    const kindOf = (statusCode: number, body: string) =>
      classifier.judge(head(statusCode, json), body, true).kind
    expect(kindOf(403, '{"captchaUrl":"https://shop.example/captcha"}')).toBe('captcha')
    expect(kindOf(403, '{"url":"https:\\/\\/geo.captcha-delivery.com\\/captcha\\/?x"}')).toBe('captcha')
    expect(kindOf(403, '{"captcha":false}')).toBe('error')
    expect(kindOf(422, '{"captcha":["is wrong"]}')).toBe('error')
  })

  it('says of each piece of evidence where it was seen', () => {
    const body = '<title>Just a moment...</title><script>document.cookie="a=1";location.reload()</script>'
    const { evidence } = classifier.judge(head(403, { ...html, 'cf-mitigated': 'challenge' }), body, true)
    expect(new Set(evidence.map(({ where }) => where))).toEqual(new Set(['header', 'title', 'structure']))
  })

  it('reads how long to wait, whatever the verdict', () => {
    const now = Date.UTC(2026, 4, 4, 11, 59, 0)
    const wait = (status: number, value: string) =>
      classifier.judge(head(status, { ...html, 'retry-after': value }), '', true, now).retryAfterMs
    expect(wait(429, '30')).toBe(30_000)
    expect(wait(503, 'Mon, 04 May 2026 12:00:00 GMT')).toBe(60_000)
    expect(wait(429, 'soon')).toBeUndefined()
    expect('retryAfterMs' in classifier.judge(head(429, html), '', true)).toBe(false)
  })

  it('tells a login wall from a login', () => {
    const redirect = (location: string, extra: Partial<ResponseHead> = {}) =>
      classifier.judge(head(302, { location }, extra), '', true).kind
    expect(redirect('/login?next=%2Fp%2F1')).toBe('unauthorised')
    expect(redirect('https://id.example/oauth2/v2.0/authorize?client_id=x')).toBe('unauthorised')
    expect(redirect('https://id.example/authorize?client_id=x&state=y')).toBe('unauthorised')
    expect(redirect('/users/sign_in')).toBe('unauthorised')
    expect(redirect('/p/2')).toBe('ok')
    expect(redirect('/blog/login-tips')).toBe('unauthorised')
    expect(redirect('/login?error=1', { method: 'POST' })).toBe('ok')
    expect(redirect('/login', { url: 'https://shop.example/logout' })).toBe('ok')
  })

  it('tells a spent limit from a refusal', () => {
    const judge = (headers: ResponseHead['headers']) =>
      classifier.judge(head(403, { ...json, ...headers }), '{}', true).kind
    expect(judge({ 'x-ratelimit-remaining': '0' })).toBe('rate-limited')
    expect(judge({ 'x-ratelimit-remaining': '10' })).toBe('error')
    expect(judge({ 'retry-after': '5' })).toBe('rate-limited')
  })
})

describe('rows that users add', () => {
  const own: Signal = {
    id: 'acme-gate',
    vendor: 'acme',
    in: 'header',
    name: 'x-acme-gate',
    has: 'wait',
    verdict: 'js-challenge',
    weight: 0.9,
    note: 'header x-acme-gate says wait',
  }

  it('count like any other, also without a body', () => {
    const mine = new Classifier({ signals: [own] })
    const subject = head(200, { ...json, 'x-acme-gate': 'please wait' })
    expect(mine.judge(subject, '', true)).toMatchObject({ kind: 'js-challenge', vendor: 'acme' })
    expect(classifier.judge(subject, '', true)).toBe(OK_VERDICT)
  })

  it('replace the row of the same id', () => {
    const mine = new Classifier({
      signals: [{ ...own, id: 'cf-mitigated', name: 'cf-mitigated', has: 'never' }],
    })
    const subject = head(403, { ...json, 'cf-mitigated': 'challenge' })
    expect(classifier.judge(subject, '', true).kind).toBe('js-challenge')
    expect(mine.judge(subject, '', true).kind).toBe('error')
  })

  it('count on pages that would pass for ordinary too, and on data', () => {
    const page = `<p>${'Our robots are at work, come back later. '.repeat(90)}</p>`
    const text: Signal = {
      ...own,
      id: 'acme-text',
      in: 'text',
      name: undefined,
      has: 'our robots are at work',
    }
    const cookie: Signal = { ...own, id: 'acme-cookie', in: 'cookie', name: 'acme_wait', has: undefined }
    const mine = new Classifier({ signals: [text, cookie] })
    expect(mine.judge(head(200, html), page, true).kind).toBe('js-challenge')
    expect(classifier.judge(head(200, html), page, true).kind).toBe('ok')
    expect(mine.judge(head(200, { ...json, 'set-cookie': 'acme_wait=1' }), '', true).kind).toBe(
      'js-challenge',
    )
  })

  it('may look for words of any language, with and without a capital', () => {
    const text: Signal = { ...own, in: 'text', name: undefined, has: 'проверка посетителя' }
    const mine = new Classifier({ signals: [text] })
    for (const words of ['Проверка посетителя', 'идёт проверка посетителя']) {
      expect(mine.judge(head(200, html), Buffer.from(`<p>${words}</p>`), true).kind).toBe('js-challenge')
    }
    expect(mine.judge(head(200, html), Buffer.from('<p>Добро пожаловать</p>'), true).kind).toBe('ok')
  })

  it('may look at comments, and for statuses of one site', () => {
    const comment: Signal = { ...own, in: 'comment', name: undefined, has: 'acme gate', status: [799] }
    const mine = new Classifier({ signals: [comment] })
    expect(mine.judge(head(799, html), '<!-- Acme Gate 7 --><p>Wait</p>', true).kind).toBe('js-challenge')
    expect(mine.judge(head(799, html), '<p>Acme gate</p>', true).kind).toBe('error')
  })

  it('can say that something is ok after all', () => {
    const fine: Signal = {
      id: 'fine',
      vendor: null,
      in: 'url',
      has: 'shop.example/p/',
      verdict: 'ok',
      weight: 0.99,
      note: 'ours',
    }
    const subject = head(403, { ...html, 'cf-mitigated': 'challenge' })
    expect(new Classifier({ signals: [fine] }).judge(subject, '', true).kind).toBe('ok')
  })

  it.each([
    ['an unknown member', { ...own, extra: 1 }, 'signals.0'],
    ['a header without a name', { ...own, name: undefined }, 'signals.0.name'],
    [
      'a text without has',
      { id: 'a', vendor: null, in: 'text', verdict: 'block', weight: 1, note: 'x' },
      'signals.0.has',
    ],
    ['capitals in has', { ...own, has: 'Wait' }, 'lower case'],
    ['a weight above 1', { ...own, weight: 2 }, 'signals.0.weight'],
    ['a value of a cookie', { ...own, in: 'cookie' }, 'signals.0.has'],
    ['an empty needle', { ...own, has: '' }, 'signals.0.has'],
    ['a place there is not', { ...own, in: 'body' }, 'signals.0.in'],
    ['a status there is not', { ...own, status: [1000] }, 'signals.0.status.0'],
    ['a shape there is not', { ...own, when: 'small' }, 'signals.0.when'],
  ])('are refused with %s', (_, row, where) => {
    let caught: unknown
    try {
      new Classifier({ signals: [row as Signal] })
    } catch (error) {
      caught = error
    }
    expect(isOnejarError(caught, 'ONEJAR_BAD_OPTIONS')).toBe(true)
    expect((caught as Error).message).toContain(where)
  })
})

describe('errors with status 200', () => {
  const row = {
    vendor: null,
    id: 'our-api-limit',
    in: 'text',
    has: ['"error":"rate limit', '"message":"too many requests'],
    status: [200],
    verdict: 'rate-limited',
    weight: 0.8,
    note: 'the API says that a limit was exceeded',
  } as const
  const head = (type: string, length?: number) => ({
    url: new URL('https://api.example/orders'),
    method: 'GET',
    statusCode: 200,
    headers: { 'content-type': type, ...(length === undefined ? {} : { 'content-length': String(length) }) },
  })

  it.each([
    ['{"error":"Rate limit exceeded"}', 'application/json', 'rate-limited'],
    ['{"ok":false,"message":"Too many requests"}', 'application/problem+json; charset=utf-8', 'rate-limited'],
    ['{"articles":[{"title":"Rate limit exceeded"}]}', 'application/json', 'ok'],
    ['{"error":"Rate limit exceeded"}', 'text/csv', 'ok'],
  ] as const)('%s as %s is heard where a row says so: %s', (body, type, kind) => {
    const classifier = new Classifier({ signals: [row] })
    const asked = head(type, body.length)
    expect(classifier.needsPeek(asked)).toBe(type !== 'text/csv')
    expect(classifier.judgeWhole(asked, Buffer.from(body)).kind).toBe(kind)
    expect(new Classifier().needsPeek(asked)).toBe(false)
    expect(new Classifier().judgeWhole(asked, Buffer.from(body)).kind).toBe('ok')
  })

  it('are looked for in what is short', () => {
    const classifier = new Classifier({ signals: [row] })
    expect(classifier.needsPeek(head('application/json', 1_000_000))).toBe(false)
    expect(classifier.needsPeek(head('application/json'))).toBe(true)
  })
})
