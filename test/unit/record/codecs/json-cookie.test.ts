import { describe, expect, it } from 'vitest'
import { readJsonCookie } from '../../../../src/record/codecs/json-cookie.ts'

const plain = { name: 'a', value: '1', domain: 'shop.test', path: '/' }
const draftOf = (members: object) => {
  const read = readJsonCookie({ ...plain, ...members })
  if ('problem' in read) throw new Error(read.problem)
  return read
}

describe('a cookie in JSON', () => {
  it('ends when its Max-Age says, from when it was made', () => {
    const creation = '2026-01-01T00:00:00.000Z'
    const made = Date.parse(creation)
    const expiry = (members: object) => draftOf(members).draft.expiresAt
    expect(expiry({ maxAge: 3600, creation })).toBe(made + 3_600_000)
    expect(expiry({ maxAge: 60, expires: '2027-01-01T00:00:00Z', creation })).toBe(made + 60_000)
    expect(expiry({ maxAge: '-Infinity', creation })).toBe(made)
    expect(expiry({ maxAge: 'Infinity', expires: 'Infinity', creation })).toBeNull()
  })

  it('says so where a Max-Age cannot be counted', () => {
    const { draft, remarks } = draftOf({ maxAge: 3600 })
    expect(draft.expiresAt).toBeNull()
    expect(remarks).toEqual([expect.stringContaining('Max-Age')])
  })

  it('has the SameSite of the tables of Firefox and of Chromium', () => {
    const sameSite = (value: unknown) => draftOf({ sameSite: value }).draft.sameSite
    expect([0, 1, 2, 256, '2'].map(sameSite)).toEqual(['none', 'lax', 'strict', 'unspecified', 'strict'])
    const odd = draftOf({ sameSite: 'constructor' })
    expect([odd.draft.sameSite, odd.remarks.length]).toEqual(['unspecified', 1])
  })

  it('has a value of WebDriver BiDi as it is written', () => {
    expect(draftOf({ value: { type: 'string', value: 'x' } }).draft.value).toBe('x')
    const base64 = Buffer.from('é').toString('base64')
    expect(draftOf({ value: { type: 'base64', value: base64 } }).draft.value).toBe('\xc3\xa9')
    expect(readJsonCookie({ ...plain, value: { type: 'base64', value: '/w==' } })).toHaveProperty('problem')
    expect(readJsonCookie({ ...plain, value: { type: 'string' } })).toHaveProperty('problem')
  })

  it('is not taken out of the partition that Firefox keeps it in', () => {
    const partition = { originAttributes: '^partitionKey=%28https%2Ctop.test%29' }
    expect(readJsonCookie({ ...plain, ...partition })).toHaveProperty('problem')
    expect(draftOf({ originAttributes: '^userContextId=2' }).draft.name).toBe('a')
  })
})
