import { describe, expect, it } from 'vitest'
import * as zod from 'zod'
import { signalSchema } from '../../../src/challenge/index.ts'

const row = {
  id: 'own-page',
  vendor: 'own',
  in: 'text',
  has: 'a phrase',
  verdict: 'block',
  weight: 0.9,
  note: 'a page',
}
const takes = (part: object) => signalSchema(zod).safeParse({ ...row, ...part }).success

describe('a signal of one’s own', () => {
  it.each<object>([
    {},
    { id: '9' },
    { id: 'x'.repeat(64) },
    { vendor: null },
    { vendor: 'x'.repeat(32) },
    { has: ['a', 'x'.repeat(200)] },
    { status: [100, 999], when: 'bare', beats: ['ok'], weight: 0 },
    { weight: 1, when: 'any' },
    { verdict: 'present', when: 'gate' },
    { in: 'header', name: 'x-own', has: 'y' },
    { in: 'header', name: 'x-own', has: undefined },
    { in: 'cookie', name: 'own_*', has: undefined },
    { in: 'status', status: [418], has: undefined },
    { note: 'x'.repeat(200) },
  ])('is taken with %j', (part) => {
    expect(takes(part)).toBe(true)
  })

  it.each<object>([
    { id: '' },
    { id: 'Own' },
    { id: '-own' },
    { id: 'own page' },
    { id: 'x'.repeat(65) },
    { vendor: 'Own' },
    { vendor: '-own' },
    { vendor: 'own vendor' },
    { vendor: 'x'.repeat(33) },
    { in: 'body' },
    { has: '' },
    { has: [] },
    { has: 'A Phrase' },
    { has: 'x'.repeat(201) },
    { has: undefined },
    { status: [] },
    { status: [99] },
    { status: [1000] },
    { status: [200.5] },
    { when: 'never' },
    { verdict: 'fine' },
    { weight: -0.1 },
    { weight: 1.1 },
    { beats: [] },
    { beats: ['present'] },
    { note: '' },
    { note: 'x'.repeat(201) },
    { more: 1 },
    { name: 'x-own' },
    { in: 'header' },
    { in: 'header', name: 'X-Own' },
    { in: 'cookie', has: undefined },
    { in: 'cookie', name: 'own' },
    { in: 'status', has: undefined },
    { in: 'status', status: [418], name: 'x', has: undefined },
  ])('is refused with %j', (part) => {
    expect(takes(part)).toBe(false)
  })
})
