import { describe, expect, it } from 'vitest'
import { decodeEntry } from '../../../../src/record/codecs/entry-codec.ts'
import {
  blockSchema,
  deadLetterSchema,
  idempotentRequestSchema,
  quarantineSchema,
} from '../../../../src/record/codecs/operation-schemas.ts'
import type { DeadLetter, IdempotentRequest } from '../../../../src/record/index.ts'
import { times, withAt } from './with-at.ts'

const letter: DeadLetter = {
  at: 1,
  expiresAt: 2,
  method: 'POST',
  url: 'https://shop.example/orders',
  tier: 'recoverable',
  code: 'ONEJAR_NETWORK',
  attempts: 3,
  request: { search: '?page=2', headers: [['accept', '*/*']], bodyBase64: 'aGk=', isWhole: true },
}
const done: IdempotentRequest = {
  state: 'done',
  fingerprint: 'A'.repeat(43),
  startedAt: 1,
  expiresAt: 2,
  response: { status: 201, url: 'https://shop.example/?a=1', headers: [['a', 'b']], bodyBase64: null },
}
const kept = (bytes: number) => Buffer.alloc(bytes).toString('base64')

function refused(schema: { safeParse(value: unknown): { success: boolean } }, bad: readonly unknown[]): void {
  for (const value of bad) expect([value, schema.safeParse(value).success]).toEqual([value, false])
}

describe('deadLetterSchema', () => {
  it('takes a letter as it is, with a body of 64 KiB', () => {
    const largest = { ...letter, request: { ...letter.request, bodyBase64: kept(65_536) } }
    for (const each of [letter, largest]) expect(deadLetterSchema.parse(each)).toEqual(each)
  })

  it('refuses queries and credentials where they could be shown or sent by another, and what has no bounds', () => {
    const requests: object[] = [
      { search: 'page=2' },
      { search: '?a b' },
      { search: '?a#b' },
      { headers: [['cookie', 'a=1']] },
      { headers: [['authorization', 'Bearer x']] },
      { headers: [['proxy-authorization', 'x']] },
      { headers: [['Accept', 'x']] },
      { headers: [['a', 'b\r\nc: d']] },
      { headers: [['a']] },
      { headers: Array.from({ length: 257 }, () => ['a', 'b']) },
      { headers: Array.from({ length: 9 }, () => ['a', 'b'.repeat(8000)]) },
      { bodyBase64: 'a' },
      { bodyBase64: 'a-_=' },
      { bodyBase64: kept(65_539) },
      { isWhole: undefined },
      { extra: 1 },
    ]
    refused(
      deadLetterSchema,
      requests.map((part) => ({ ...letter, request: { ...letter.request, ...part } })),
    )
    const letters: object[] = [
      { url: 'https://shop.example/?q=1' },
      { url: 'https://shop.example/#x' },
      { url: 'https://user:word@shop.example/' },
      { url: 'javascript:alert(1)' },
      { method: 'post' },
      { method: 'GET /' },
      { tier: 'other' },
      { code: 'EPIPE' },
      { attempts: -1 },
      { at: Number.NaN },
      { extra: 1 },
    ]
    refused(
      deadLetterSchema,
      letters.map((part) => ({ ...letter, ...part })),
    )
  })
})

describe('the bounds of a dead letter', () => {
  it.each<[string, readonly unknown[], readonly unknown[]]>([
    ['method', ['GET', 'M-SEARCH', 'A'.repeat(32)], ['A'.repeat(33), '', 'get', 'GET /']],
    [
      'url',
      ['http://a.test/', `https://a.test/${'x'.repeat(65_521)}`],
      [`https://a.test/${'x'.repeat(65_522)}`, 'xhttps://a.test/', 'https://:p@a.test/', 'https://'],
    ],
    ['tier', ['recoverable', 'non-recoverable', 'compliance-blocked'], [undefined]],
    ['code', [`ONEJAR_${'A'.repeat(64)}`], [`ONEJAR_${'A'.repeat(65)}`, 'ONEJAR_', 'XONEJAR_A', 'ONEJAR_A1']],
    ['status', [undefined, null, 100, 999], [99, 1000, 200.5, '200']],
    ['attempts', [0, 1000], [1001, 0.5, undefined]],
    ['expiresAt', [0], [undefined]],
    ['request.search', ['', '?', `?${'x'.repeat(65_535)}`], [`?${'x'.repeat(65_536)}`, 'x?a', '?a#b']],
    [
      'request.headers',
      [
        [],
        times(256, ['a', 'b']),
        [...times(7, ['a', 'b'.repeat(8191)]), ['a'.repeat(256), 'b'.repeat(65_536 - 7 * 8192 - 256)]],
      ],
      [
        [['set-cookie', 'a=1']],
        [...times(7, ['a', 'b'.repeat(8191)]), ['a'.repeat(256), 'b'.repeat(65_537 - 7 * 8192 - 256)]],
      ],
    ],
    [
      'request.bodyBase64',
      [null, '', 'YQ==', 'YWI=', 'YWJj', '+/+/'],
      ['YQ=', 'Y===', 'YQ==YQ==', ' YQ==', 'YQ==\n', undefined],
    ],
    ['request.extra', [], [1]],
  ])('%s', (place, good, bad) => {
    const takes = (value: unknown) => deadLetterSchema.safeParse(withAt(letter, place, value)).success
    expect(good.filter((value) => !takes(value))).toEqual([])
    expect(bad.filter(takes)).toEqual([])
  })
})

describe('the bounds of a request that is sent once', () => {
  it.each<[string, readonly unknown[], readonly unknown[]]>([
    [
      'fingerprint',
      ['a'.repeat(16), 'A_-9'.repeat(32)],
      ['a'.repeat(15), 'a'.repeat(129), `${'a'.repeat(16)} `],
    ],
    ['startedAt', [0], [undefined]],
    ['expiresAt', [0], [undefined]],
    ['response.status', [100, 599], [99, 600, 200.5]],
    ['response.headers', [[], [['set-cookie', 'a=1']]], [[['A', 'b']], undefined]],
    ['response.bodyBase64', [null, 'YQ=='], ['YQ', undefined]],
    ['response.extra', [], [1]],
    ['extra', [], [1]],
  ])('%s', (place, good, bad) => {
    const takes = (value: unknown) => idempotentRequestSchema.safeParse(withAt(done, place, value)).success
    expect(good.filter((value) => !takes(value))).toEqual([])
    expect(bad.filter(takes)).toEqual([])
  })
})

describe('idempotentRequestSchema', () => {
  it('takes one that runs and one that is done', () => {
    const running = { ...done, state: 'running', response: null }
    for (const each of [done, running]) expect(idempotentRequestSchema.parse(each)).toEqual(each)
  })

  it('refuses a state that its response does not fit, and hashes, statuses and bodies that are none', () => {
    refused(idempotentRequestSchema, [
      { ...done, response: null },
      { ...done, state: 'running' },
      { ...done, fingerprint: 'my key' },
      { ...done, response: { ...done.response, status: 0 } },
      { ...done, response: { ...done.response, bodyBase64: kept(65_539) } },
      { ...done, response: { ...done.response, url: 'file:///etc/passwd' } },
    ])
  })
})

describe('blockSchema', () => {
  it('takes what can halt a session, and a reason of bounded length', () => {
    const halt = { at: 1, verdict: 'captcha', vendor: 'cloudflare', reason: 'a puzzle' }
    expect(blockSchema.parse(halt)).toEqual(halt)
    expect(blockSchema.parse({ ...halt, vendor: null })).toMatchObject({ vendor: null })
    refused(blockSchema, [
      { ...halt, verdict: 'ok' },
      { ...halt, at: Number.NaN },
      { ...halt, reason: 'x'.repeat(1025) },
      { ...halt, more: 1 },
    ])
  })

  it('is kept under an origin', () => {
    const stamp = { time: 1, writer: 'w' }
    const value = { at: 1, verdict: 'block', vendor: null, reason: 'refused' }
    const read = (id: string) => decodeEntry(JSON.stringify(['halt', id, value]), stamp).ok
    expect(read('https://shop.example')).toBe(true)
    expect(['', 'shop.example', 'https://shop.example/', 'https://u:p@shop.example'].map(read)).toEqual(
      Array(4).fill(false),
    )
  })
})

describe('quarantineSchema', () => {
  it('takes an instant and a reason of bounded length', () => {
    const quarantine = { at: 1, until: 2, reason: 'a certificate that changed' }
    expect(quarantineSchema.parse(quarantine)).toEqual(quarantine)
    refused(quarantineSchema, [
      { ...quarantine, until: Number.POSITIVE_INFINITY },
      { ...quarantine, reason: 'x'.repeat(1025) },
    ])
  })
})
