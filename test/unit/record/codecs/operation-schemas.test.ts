import { describe, expect, it } from 'vitest'
import { decodeEntry } from '../../../../src/record/codecs/entry-codec.ts'
import {
  blockSchema,
  deadLetterSchema,
  idempotentRequestSchema,
  quarantineSchema,
} from '../../../../src/record/codecs/operation-schemas.ts'
import type { DeadLetter, IdempotentRequest } from '../../../../src/record/index.ts'

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
