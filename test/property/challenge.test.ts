import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  Classifier,
  explain,
  type ResponseHead,
  SIGNALS,
  type VerdictKind,
} from '../../src/challenge/index.ts'

const classifier = new Classifier()
const KINDS: readonly VerdictKind[] = [
  'ok',
  'js-challenge',
  'captcha',
  'block',
  'waiting-room',
  'rate-limited',
  'unauthorised',
  'error',
]

const needles = SIGNALS.flatMap((row) => row.has ?? []).concat(
  '<script>',
  '</script>',
  '<title>',
  '<p>',
  '<a ',
  '<!--',
  '"',
)
const headerNames = [...new Set(SIGNALS.flatMap((row) => (row.in === 'header' ? (row.name ?? []) : [])))]

/** Markup made of what the table looks for, in no sensible order. */
const soup = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...needles) }, { weight: 1, arbitrary: fc.string() }),
  )
  .map((parts) => parts.join(''))
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  soup.map((text) => new Uint8Array(Buffer.from(text))),
)
const heads: fc.Arbitrary<ResponseHead> = fc.record({
  url: fc.oneof(fc.webUrl(), fc.string(), fc.record({ origin: fc.string(), pathname: fc.string() })),
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'get', ''),
  statusCode: fc.oneof(
    fc.constantFrom(200, 202, 302, 401, 403, 405, 429, 503),
    fc.integer({ min: 100, max: 599 }),
  ),
  headers: fc.dictionary(
    fc.oneof(
      fc.constantFrom(...headerNames, 'location', 'set-cookie', 'retry-after', 'date', 'content-length'),
      fc.string(),
    ),
    fc.oneof(
      fc.string(),
      fc.constantFrom('challenge', '0', 'text/html'),
      fc.array(fc.string()),
      fc.constant(undefined),
    ),
  ),
})
const typed = (type: string) =>
  heads.map((head) => ({ ...head, headers: { ...head.headers, 'content-type': type } }))

describe('the classifier', () => {
  it('gives a well-formed verdict to any response, and the same one again', () => {
    fc.assert(
      fc.property(fc.oneof(heads, typed('text/html')), bytes, fc.boolean(), (head, peek, complete) => {
        expect(typeof classifier.needsPeek(head)).toBe('boolean')
        const verdict = classifier.judge(head, peek, complete, 0)
        expect(KINDS).toContain(verdict.kind)
        expect(verdict.confidence).toBeGreaterThanOrEqual(0)
        expect(verdict.confidence).toBeLessThanOrEqual(1)
        if (verdict.kind === 'ok') expect(verdict.vendor).toBeNull()
        if (verdict.retryAfterMs !== undefined) expect(Number.isSafeInteger(verdict.retryAfterMs)).toBe(true)
        expect(explain(verdict).split('\n')).toHaveLength(1 + verdict.evidence.length)
        expect(new Classifier().judge(head, peek, complete, 0)).toEqual(verdict)
      }),
      { numRuns: 500 },
    )
  })

  it('never makes a challenge of the body of a successful response that is data', () => {
    fc.assert(
      fc.property(soup, fc.constantFrom(200, 201, 202, 206), fc.boolean(), (body, statusCode, complete) => {
        const head = {
          url: 'https://a.example/',
          method: 'GET',
          statusCode,
          headers: { 'content-type': 'application/json' },
        }
        expect(classifier.judge(head, body, complete).kind).toBe('ok')
      }),
      { numRuns: 500 },
    )
  })

  it('never makes a challenge of a page that is full of content, whatever else is in it', () => {
    const content = `<p>${'Plenty of words about a quiet river. '.repeat(200)}</p>`
    fc.assert(
      fc.property(soup, (body) => {
        const head = {
          url: 'https://a.example/',
          method: 'GET',
          statusCode: 200,
          headers: { 'content-type': 'text/html' },
        }
        expect(classifier.judge(head, content + body, true).kind).toBe('ok')
      }),
      { numRuns: 500 },
    )
  })

  it('keeps a challenge that a header tells of, whatever the body', () => {
    const headers = { 'content-type': 'text/html', 'cf-mitigated': 'challenge' }
    const head = { url: 'https://a.example/', method: 'GET', statusCode: 403, headers }
    fc.assert(
      fc.property(bytes, fc.boolean(), (peek, complete) => {
        expect(['ok', 'error', 'unauthorised']).not.toContain(classifier.judge(head, peek, complete).kind)
      }),
      { numRuns: 300 },
    )
  })

  it('reads bytes and the text they stand for alike', () => {
    fc.assert(
      fc.property(typed('text/html'), soup, fc.boolean(), (head, body, complete) => {
        const text = Buffer.from(body).toString('latin1')
        expect(classifier.judge(head, Buffer.from(body), complete)).toEqual(
          classifier.judge(head, text, complete),
        )
      }),
    )
  })

  // A quadratic step takes seconds on 32 KiB; a linear one takes milliseconds, on a busy machine some dozens.
  it.each([
    ['open tags', '<a><b>'],
    ['unclosed tags', '<a '],
    ['angle brackets', '<'],
    ['close tags', '</x>'],
    ['attributes', 'a=1 '],
    ['quotes', '"\''],
    ['ampersands', '&amp&'],
    ['entities', '&#38;'],
    ['white space', ' \n\t'],
    ['comments', '<!--'],
    ['scripts', '<script>'],
    ['scripts with sources', '<script src="/a">x</script>'],
    ['titles', '<title>'],
    ['classes', '<p class="a b c d">'],
    ['noscript', '<noscript>'],
    ['location', 'location '],
    ['location in a script', '<script>location.', 'location.replace ( window.'],
    ['cookies in a script', '<script>', 'document . cookie '],
    ['half of a sentence', '<title>', 'verifying that you are '],
    ['half of another', '<p>', 'checking your the '],
    ['refresh', '<meta http-equiv=refresh content=";;;;,,,,url=url=">'],
    ['comments with words', '<!-- access was -->'],
    ['frames', '<iframe src="/captcha?a=1">'],
    ['refusals', '<p>', 'your ip 1.2.3.4 to the site '],
    ['reasons', '<p>', 'request was blocked because of the '],
    ['data', '{', '"captchacaptcha" '],
    ['data in quotes', '{"a', 'captcha" : '],
    ['tables of strings', '<script>"cookie";', 'document[a[1] '],
    ['ways to log in', '<script>', 'location = "/a/b/c/d/'],
    ['a title', '<title>', 'verify you are '],
    ['words beyond ASCII', '<p>', 'проверка вашего '],
    ['boxes that nobody sees', '<script>', "captcha.render(size:'invisible'"],
    ['letters by their numbers', '<script>', '\\x63\\x6f'],
    ['checks of visitors', '<p>', 'checking visitor '],
    ['reasons to refuse', '<p>', 'blocked suspicious ip '],
    ['NUL', '\0'],
    ['high bytes', '\u00ff\u00fe'],
  ])('takes linear time on 32 KiB of %s', (_, first, rest = first) => {
    const body = (first + rest.repeat(Math.ceil(40_000 / rest.length))).slice(0, 40_000)
    for (const statusCode of [200, 403]) {
      const head = {
        url: 'https://a.example/',
        method: 'GET',
        statusCode,
        headers: { 'content-type': 'text/html' },
      }
      const before = process.cpuUsage()
      classifier.judge(head, Buffer.from(body, 'latin1'), true)
      classifier.judge(head, `<html>${body}`, true)
      const { user, system } = process.cpuUsage(before)
      expect((user + system) / 1_000).toBeLessThan(1_000)
    }
  })

  it.each(['<script', '<script>a', '<a href=x>', '"', 'captcha', 'location=', '\u0416', '<iframe src=x'])(
    'takes no longer for a MiB of %s than for what it looks at of it',
    (piece) => {
      const body = `<html>${piece.repeat(Math.ceil(1_048_576 / piece.length))}`
      const headers = { 'content-type': 'text/html' }
      for (const statusCode of [200, 403]) {
        const head = { url: 'https://a.example/', method: 'GET', statusCode, headers }
        const before = process.cpuUsage()
        for (const peek of [body, Buffer.from(body)]) classifier.judge(head, peek, false)
        const { user, system } = process.cpuUsage(before)
        expect((user + system) / 1_000).toBeLessThan(1_000)
      }
    },
  )
})
