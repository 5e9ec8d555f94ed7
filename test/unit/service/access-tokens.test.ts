import { describe, expect, it } from 'vitest'
import { Access } from '../../../src/service/access.ts'

const ROOT = 'the token of the whole service'
const ACME = 'the token of the tenant acme'
const bearer = (token: string) => ({ authorization: `Bearer ${token}`, host: '127.0.0.1' })

describe('Access', () => {
  it('says what each token sees', () => {
    const access = new Access('0.0.0.0', ROOT, [{ tenant: 'acme', token: ACME }])
    expect(access.callerOf(bearer(ROOT))).toEqual({ tenant: null, counts: true })
    expect(access.callerOf(bearer(ACME))).toEqual({ tenant: 'acme', counts: false })
    for (const wrong of ['', 'acme', `${ACME}x`])
      expect(access.callerOf(bearer(wrong))).toMatchObject({ status: 401 })
    expect(access.callerOf({ host: '127.0.0.1' })).toMatchObject({ status: 401 })
  })

  it('asks for a token on this machine too as soon as a tenant has one', () => {
    const access = new Access('127.0.0.1', undefined, [{ tenant: 'acme', token: ACME }])
    expect(access.callerOf({ host: '127.0.0.1' })).toMatchObject({ status: 401 })
    expect(access.strangerOf({ host: '127.0.0.1' })).toEqual({ tenant: null, counts: false })
  })

  it('shows counts to strangers only where there are no tenants to keep apart', () => {
    expect(new Access('127.0.0.1', ROOT).strangerOf({ host: '127.0.0.1' })).toMatchObject({ counts: true })
    const open = new Access('127.0.0.1', undefined)
    expect(open.strangerOf({ host: '127.0.0.1' })).toEqual({ tenant: null, counts: true })
    expect(open.strangerOf({ host: 'rebound.example' })).toMatchObject({ status: 403 })
  })

  it('takes no weak token, no two that are the same, and none at all beyond this machine', () => {
    expect(() => new Access('127.0.0.1', undefined, [{ tenant: 'a', token: 'short' }])).toThrow(
      /fewer than 16/,
    )
    expect(() => new Access('127.0.0.1', ROOT, [{ tenant: 'a', token: ROOT }])).toThrow(/are the same/)
    expect(() => new Access('0.0.0.0', undefined)).toThrow(/needs a token/)
    expect(() => new Access('0.0.0.0', undefined, [{ tenant: 'a', token: ACME }])).not.toThrow()
  })
})
