import { isDeepStrictEqual } from 'node:util'
import { isOnejarError } from '../../src/core/index.ts'
import { cookieSchema } from '../../src/record/codecs/schemas.ts'
import { cookieId } from '../../src/record/entry.ts'
import {
  decodeEntry,
  type Entry,
  encodeEntry,
  fromCdpJson,
  fromNetscape,
  fromOnejarJson,
  fromStorageState,
  localId,
  type SessionState,
  toCdpJson,
  toNetscape,
  toOnejarJson,
  toStorageState,
} from '../../src/record/index.ts'
import { JarUnderTest } from '../conformance/cookies/jar-under-test.ts'
import { type Dice, dice } from '../support/random.ts'
import { ROUTE } from '../unit/record/codecs/a-data-route.ts'

/** Set, so that the files to spoil hold every attribute. */
const LINES = [
  'plain=1',
  'sid="a b"; Path=/x; Secure; HttpOnly; SameSite=Strict; Priority=High; Max-Age=3600',
  'none=\xc3\xbc; SameSite=None; Secure; Domain=example.com; Expires=Sat, 05 Jun 2027 10:00:00 GMT',
  '__Host-part=1; Secure; Path=/; Partitioned; SameSite=None',
  '=nameless',
  'empty=',
]
const SPLICES = [
  ...[
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'null',
    'true',
    '-1',
    '0',
    '1e999',
    '9'.repeat(400),
    '""',
    '{}',
    '[]',
    '\t',
    '\n',
  ],
  ...[
    '\r\n',
    '\u0000',
    '\ud800',
    '\\ud800',
    '\u{1f600}',
    '__proto__',
    '"constructor":{},',
    '"toString":1,',
    '#HttpOnly_',
    '#',
    'TRUE',
  ],
  ...[
    '"cookies":',
    '"name":',
    '"expires":',
    'https://',
    '.',
    '..',
    '%',
    ';',
    '=',
    '\ufeff',
    '['.repeat(2000),
    '{"a":'.repeat(500),
  ],
]

/** What a run of spoilt files came to. */
export interface CodecFuzzResult {
  readonly files: number
  /** How many were read, in whole or in part. */
  readonly read: number
  /** The longest that one took, in milliseconds. */
  readonly slowestMs: number
}

/**
 * Reads files and stored entries that were good before something in them was cut, doubled or put in. Throws when a reader
 * throws anything but its one refusal, or lets a cookie in that the record cannot hold. The same seed makes the same files.
 *
 * @param now - a clock in milliseconds, for the slowest file
 */
export function fuzzCodecs(files: number, seed: number, now: () => number): CodecFuzzResult {
  const random = dice(seed)
  const test = new JarUnderTest()
  for (const line of LINES) test.set(line, 'https://www.example.com:8443/x/y')
  const state: SessionState = {
    cookies: test.jar.all(),
    origins: [
      {
        origin: 'https://example.com',
        localStorage: [['k', 'v']],
        sessionStorage: [['s', '1']],
        indexedDB: [{ name: 'd' }],
      },
    ],
  }
  const stamp = { time: 1, writer: 'w' }
  const entries: Entry[] = state.cookies.map((value) => ({
    kind: 'cookie',
    id: cookieId(value),
    stamp,
    value,
  }))
  entries.push(...OTHERS.map((other) => ({ ...other, stamp }) as Entry))
  const options = { tick: () => test.now * 1024 }
  const good = {
    storageState: JSON.stringify(toStorageState(state).state),
    cdp: toCdpJson(state).text,
    onejar: toOnejarJson(state),
    netscape: toNetscape(state).text,
  }
  const readers = [
    () => fromStorageState(spoilt(random, good.storageState), options),
    () => fromCdpJson(spoilt(random, good.cdp), options),
    () => fromOnejarJson(spoilt(random, good.onejar), options),
    () => fromNetscape(spoilt(random, good.netscape), options),
    () => fromNetscape(Buffer.from(spoilt(random, good.netscape), 'latin1'), options),
    () => {
      const decoded = decodeEntry(spoilt(random, encodeEntry(random.pick(entries))), stamp)
      if (!decoded.ok) return { cookies: [] }
      const again = decodeEntry(encodeEntry(decoded.entry), stamp)
      if (!isDeepStrictEqual(again, decoded)) throw new Error('it let in what it does not write')
      const value = decoded.entry.kind === 'cookie' ? decoded.entry.value : null
      return { cookies: value ? [value] : [] }
    },
  ]
  let [read, slowestMs] = [0, 0]
  for (let i = 0; i < files; i++) {
    const reader = random.pick(readers)
    const before = now()
    try {
      const { cookies } = reader()
      for (const cookie of cookies) {
        if (!cookieSchema.safeParse(cookie).success) throw new Error('it let in what is no cookie')
      }
      read++
    } catch (cause) {
      if (!isOnejarError(cause, 'ONEJAR_BAD_INPUT')) throw new Error(`File ${i} of seed ${seed}`, { cause })
    }
    slowestMs = Math.max(slowestMs, now() - before)
  }
  return { files, read, slowestMs }
}

/** One entry of each kind that is no cookie, so that each schema gets spoilt values. */
const ORIGIN = 'https://example.com'
const OTHERS: readonly Omit<Entry, 'stamp'>[] = [
  { kind: 'local', id: localId(ORIGIN, 'k'), value: 'v' },
  { kind: 'session-snapshot', id: ORIGIN, value: { s: '1' } },
  { kind: 'indexeddb-snapshot', id: ORIGIN, value: [{ name: 'd' }] },
  {
    kind: 'identity',
    id: '',
    value: { userAgent: 'UA', clientHints: { 'sec-ch-ua': '"x"' }, acceptLanguage: 'en' },
  },
  { kind: 'route', id: ORIGIN, value: { transport: 'page', reason: 'r', until: 1 } },
  {
    kind: 'visit',
    id: ORIGIN,
    value: {
      outcome: 'passed',
      endedAt: 1,
      code: null,
      reason: 'r',
      failures: 0,
      pausedUntil: 0,
      clearance: ['c'],
      observedLifeMs: 5,
      page: ORIGIN,
    },
  },
  {
    kind: 'binding',
    id: 'b',
    value: {
      origin: ORIGIN,
      header: 'authorization',
      template: 'Bearer {}',
      transform: 'raw',
      page: ORIGIN,
      source: { kind: 'local', origin: ORIGIN, key: 'k', path: ['t'] },
      learned: true,
    },
  },
  { kind: 'data-route', id: 'd', value: ROUTE },
  {
    kind: 'dead-letter',
    id: 'l',
    value: {
      at: 1,
      expiresAt: 2,
      method: 'POST',
      url: `${ORIGIN}/a`,
      tier: 'recoverable',
      code: 'ONEJAR_NETWORK',
      attempts: 3,
      request: { search: '?a', headers: [['accept', 'x']], bodyBase64: 'aGk=', isWhole: true },
    },
  },
  {
    kind: 'idempotency',
    id: 'i',
    value: {
      state: 'done',
      fingerprint: 'A'.repeat(43),
      startedAt: 1,
      expiresAt: 2,
      response: { status: 201, url: `${ORIGIN}/a`, headers: [], bodyBase64: null },
    },
  },
  { kind: 'quarantine', id: ORIGIN, value: { at: 1, until: 2, reason: 'r' } },
  { kind: 'halt', id: ORIGIN, value: { at: 1, verdict: 'captcha', vendor: null, reason: 'r' } },
  { kind: 'rate-limit-pause', id: ORIGIN, value: { at: 1, until: 2 } },
  { kind: 'login', id: ORIGIN, value: { at: 1, endsAt: 2 } },
]

/** The text with a few places cut, doubled, moved or replaced. */
function spoilt(random: Dice, text: string): string {
  let made = text
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const from = random.below(made.length + 1)
    const to = Math.min(made.length, from + random.pick([0, 0, 1, 1, 4, 40, 1000]))
    const piece = random.pick([
      random.pick(SPLICES),
      random.pick(SPLICES),
      '',
      made.slice(from, to).repeat(2),
    ])
    made = made.slice(0, from) + piece + made.slice(to)
  }
  return made
}
