import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** A regular expression of the classifier, a text that it matches, and one that it does not. */
type Example = readonly [name: string, matches: string, not: string]

const FOLDER = new URL('../../../src/challenge/', import.meta.url)
const PATTERN =
  /(?:Matches ["`](.+?)["`]; not ["`](.+?)["`]\.\s*\*\/\n)?^(?:export )?const (\w+) =\s+\/(.+)\/([a-z]*)\n/gm

/** By file and name; the comments of some patterns have their examples themselves. */
const TABLE: readonly Example[] = [
  ['captcha-redirect.ts PUZZLE_PAGE', '/captcha/verify.html', '/captchas-explained'],
  ['captcha-redirect.ts CHECK_PAGE', '/challenge?next=1', '/challenger'],
  ['captcha-redirect.ts PUZZLE_QUESTION', '?captcha_type=slide', '?q=captcha'],
  ['captcha-redirect.ts PUZZLE_HOST', 'https://captcha.shop.example/', 'https://shop.example/captcha'],
  ['captcha-redirect.ts CHECK_HOST', 'https://verify.shop.example/', 'https://verifyshop.example/'],
  ['captcha-redirect.ts SPEAKS_OF_BOTS', '?x5secdata=punish', '?page=2'],
  ['captcha-redirect.ts HUMAN_QUESTION', '?url=/a&uuid=0a-1b&vid=', '?url=/a'],
  ['charset.ts NAMES_CHARSET', 'text/html; charset=iso-8859-1', 'text/html'],
  ['classifier.ts TITLE', '<title>Just a moment</title>', '<titles>'],
  ['classifier.ts LISTED', '<link rel="canonical" href="/a">', '<link rel="stylesheet" href="/a">'],
  ['doubt.ts BADGE', 'this site is protected by recaptcha', 'this site is protected by law'],
  ['doubt.ts SPEAKS_OF_CHECK', 'checking your browser', 'product page'],
  ['doubt.ts SPEAKS_OF_PERSON', 'are you human', 'security of your account'],
  ['form-fields.ts CODE_FIELD', 'vcode', 'coupon'],
  ['form-fields.ts ANSWER_FIELD', 'answer', 'answers'],
  ['form-fields.ts PUZZLE_PICTURE', '/captcha.php', '/qrcode.png'],
  ['form-fields.ts DECORATES', '/img/lock.svg', '/captcha.png'],
  ['html-facts.ts WHITE_SPACE', 'a b', 'ab'],
  ['html-facts.ts CARRIES_DATA', 'self.__next_f.push([])', 'self.push([])'],
  ['login-wall.ts LOGIN', '/login?next=/a', '/blogging'],
  ['login-wall.ts OWN_ACCOUNT', '/logout', '/products'],
  ['login-wall.ts RETURN', '?next=/a', '?text=/a'],
  ['login-wall.ts LOGIN_HOST', 'https://login.shop.example/', 'https://shop.example/login'],
  ['login-wall.ts LOGIN_PART', '/users/sign_in', '/how-to-login-safely'],
  ['login-wall.ts ENDS_AT_LOGIN', '/password/reset', '/products'],
  ['login-wall.ts SIGN_IN', 'please sign in', 'a sign inside'],
  ['ordinary.ts VENDOR_STEMS', '/turnstile/v0/api.js', '/app.js'],
  ['phrase-set.ts BEYOND_ASCII', '\u00fc', 'u'],
  ['plain-tags.ts PLAIN_TAG', '<a href="/b">', '<a href="/b>'],
  ['plain-tags.ts ATTRIBUTE', ' href="/b"', 'href'],
  ['plain-tags.ts ANSWER_STEMS', '<input name="code">', '<input name="q">'],
  ['refusal-words.ts GIVES_OTHER_REASON', 'invalid csrf token', 'your address is blocked'],
  ['refusal-words.ts BEHAVES_SO', 'suspicious activity', 'the server is too busy'],
  ['script-structure.ts SETS_COOKIE', 'document.cookie = "a=1"', 'document.cookie === "a=1"'],
  ['script-structure.ts HIDES_COOKIE', 'document[a(0x1)]="b"', 'document.title="b"'],
  ['script-structure.ts RELOADS', 'location.reload()', 'location.href="/b"'],
  ['script-structure.ts GOES_ON', 'location.href="/b"', 'location.href=="/b"'],
  ['script-structure.ts GOES_TO_LOGIN', 'location.href="/login"', 'location.href="/home"'],
  ['script-structure.ts WORKS', 'crypto.subtle.digest("sha-256", a)', 'md5(a)'],
  ['script-structure.ts POSTS', 'fetch("/a",{method:"post"})', 'fetch("/a")'],
  ['script-structure.ts SUBMITS', 'form.submit()', 'form.reset()'],
  [
    'script-structure.ts STARTS_ITSELF',
    'window.addeventlistener("load", a)',
    'b.addeventlistener("click", a)',
  ],
  ['script-structure.ts SAYS_WHY', 'verifying your device', 'loading your device'],
  ['script-structure.ts WORK_DATA', '"nonce"', '"price"'],
  ['script-structure.ts PACKED', 'eval(function(p,a,c,k,e,d){', 'eval(a)'],
  ['script-structure.ts FILLS', 'f.value=1', 'f.value==1'],
  ['script-structure.ts HANDS_ON', 'location.search', 'location.host'],
  ['script-structure.ts ASKS_FOR_SCRIPT', 'please enable javascript', 'javascript tutorial'],
  ['structure.ts AKAMAI_REFERENCE', 'reference #18.5c3f1702.1700000000.1a2b3c4d', 'version 18.5.1'],
  ['structure.ts POSITIVE_REQUEST', 'request id: 2026-11-29-10-20-30-0123456789abcdef', 'request id: 42'],
  [
    'structure.ts AKAMAI_DEVICE_CHECK',
    '?v=01234567-0123-0123-0123-0123456789ab&t=12',
    '?v=01234567-0123-0123-0123-0123456789ab',
  ],
  [
    'structure.ts RUNS_UNSEEN',
    'captcha.render("a",{size:"invisible"});captcha.execute()',
    'captcha.render("a",{size:"normal"});captcha.execute()',
  ],
  ['structure.ts ARKOSE', 'https://client-api.arkoselabs.com/v2/', 'https://www.arkoselabs.com/'],
  ['structure.ts NAMES_PLACE', 'not in your country', 'not in your plan'],
  ['structure.ts COMPUTES', '<altcha-widget>', '<cap-like>'],
  ['structure.ts SIGN_IN_TITLE', 'sign in to shop', 'how to sign in'],
  ['structure.ts LOGIN_TARGET', '/oauth2/authorize', '/products/logins'],
  ['thinned.ts OPENS', '<style>', '<styles>'],
  [
    'thinned.ts DATA_URI',
    'data:image/png;base64,{{100}}'.replace('{{100}}', 'A'.repeat(100)),
    'data:image/png;base64,AAAA',
  ],
  ['untaken-answer.ts ANSWER_PATH', '/captcha/verify', '/captcha'],
  ['untaken-answer.ts NOT_TAKEN', 'invalid response', 'valid response'],
  ['waiting-room.ts NAMES_ROOM', 'you are in the waiting room', 'you are in the room'],
  ['waiting-room.ts SAID_WAIT', 'estimated wait time: 5 minutes', 'we wait for you'],
  ['waiting-room.ts DATA_WAIT', '{"waittime":30}', '{"wait":30}'],
  ['waiting-room.ts DATA_AGAIN', '{"refreshintervalseconds":20}', '{"refresh":20}'],
  ['word-structure.ts IS_DATA', ' {"a":1}', 'text {'],
  ['word-structure.ts SHOWS_NUMBER', 'incident id 12', 'phone number'],
  ['word-structure.ts WRITES', 'document.write("a")', 'a.textcontent = "a"'],
]

const patterns = new Map<string, RegExp>()
const examples: Example[] = [...TABLE]
for (const file of readdirSync(FOLDER).filter((each) => each.endsWith('.ts'))) {
  const source = readFileSync(new URL(file, FOLDER), 'utf8')
  for (const [, matches, not, name, pattern, flags] of source.matchAll(PATTERN)) {
    const key = `${file} ${name}`
    patterns.set(key, new RegExp(pattern!, flags!.replace('g', '')))
    if (matches !== undefined && not !== undefined)
      examples.push([key, matches.toLowerCase(), not.toLowerCase()])
  }
}

describe('the patterns of the classifier', () => {
  it('have an example each', () => {
    const named = new Set(examples.map(([name]) => name))
    expect([...patterns.keys()].filter((name) => !named.has(name))).toEqual([])
    expect(patterns.size).toBeGreaterThan(60)
  })

  it.each(examples)('%s matches "%s" and not "%s"', (name, matches, not) => {
    const pattern = patterns.get(name)
    expect([pattern?.test(matches), pattern?.test(not)]).toEqual([true, false])
  })
})
