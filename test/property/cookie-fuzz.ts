import type { Cookie } from '../../src/record/index.ts'
import { JarUnderTest } from '../conformance/cookies/jar-under-test.ts'
import { type Dice, dice } from '../support/random.ts'

const PIECES = [
  '=',
  ';',
  ' ',
  '\t',
  ',',
  '"',
  '\\',
  '%',
  '.',
  '..',
  '/',
  '\x00',
  '\x1f',
  '\x7f',
  '\x80',
  '\xff',
  '\u6625',
  '\ud800',
  'a',
  'Z',
  '0',
  'Path=',
  'Domain=',
  'Expires=',
  'Max-Age=',
  'Secure',
  'HttpOnly',
  'SameSite=',
  'None',
  'Lax',
  'Priority=Low',
  'Partitioned',
  '__Host-',
  '__Secure-',
  '__Http-',
  'a.test',
  'www.a.test',
  'test',
  'co.uk',
  '127.0.0.1',
  '[::1]',
  'xn--',
  'b\xc3\xbccher',
  'Thu, 01 Jan 2027 00:00:00 GMT',
  '1 Jan',
  ':',
  '00:00:00',
  '99999',
  '-',
  '+',
  '9223372036854775807',
  '1e9',
]
const URLS = [
  'https://www.a.test/x/y',
  'http://a.test/',
  'https://co.uk/',
  'http://127.0.0.1/a',
  'http://[::1]/',
  'http://localhost/',
  'https://a.b.c.d.e.test/%00/..;a=b',
  'http://a.test./',
]
const CONTEXTS = [
  undefined,
  { kind: 'fetch', initiator: 'https://b.test' },
  { kind: 'form', method: 'POST', initiator: 'x' },
  { via: 'document.cookie' },
] as const

/** What a run of hostile lines left behind. */
export interface FuzzResult {
  readonly lines: number
  readonly accepted: number
  /** The most cookies that were held at any time. */
  readonly held: number
  /** The longest that one line took, in milliseconds. */
  readonly slowestMs: number
}

/**
 * Sets hostile lines one after the other in one jar, and asks for a header after each. Throws when the jar throws,
 * sends what could break a header or is not what it holds, or grows past its limits. The same seed makes the same lines.
 *
 * @param now - a clock in milliseconds, for the slowest line
 */
export function fuzzCookies(lines: number, seed: number, now: () => number): FuzzResult {
  const random = dice(seed)
  const { pick, below } = random
  const test = new JarUnderTest()
  let [accepted, held, slowestMs] = [0, 0, 0]
  for (let i = 0; i < lines; i++) {
    const line = Array.from({ length: below(24) }, () => long(pick(PIECES), random)).join('')
    const [url, context] = [pick(URLS), pick(CONTEXTS)]
    test.now += below(1000)
    const before = now()
    if (test.jar.plan(line, new URL(url), context).accepted) accepted++
    test.set(line, url, context)
    const [asked, asking] = [new URL(pick(URLS)), pick(CONTEXTS)]
    const header = test.jar.header(asked, asking)
    slowestMs = Math.max(slowestMs, now() - before)
    if (header !== headerOf(test.jar.matching(asked, asking)))
      throw new Error(`Line ${i} of seed ${seed}: what is remembered is not what is sent`)
    if (/[\x00-\x1f\x7f\u0100-\uffff]/.test(header))
      throw new Error(`Line ${i} of seed ${seed} broke the header`)
    held = Math.max(held, test.jar.size)
    if (held > 200 * URLS.length) throw new Error(`The jar grew to ${held} cookies`)
  }
  return { lines, accepted, held, slowestMs }
}

/** A header put together afresh. */
function headerOf(cookies: readonly Cookie[]): string {
  return cookies.map(({ name, value }) => (name === '' ? value : `${name}=${value}`)).join('; ')
}

/** Now and then a piece many times over, as long as headers get and longer. */
function long(piece: string, { once, below }: Dice): string {
  return once(250) ? piece.repeat(below(3000)) : piece
}
