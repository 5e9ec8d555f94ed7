import { describe, expect, it } from 'vitest'
import { checkAccess, refusalOf } from '../../../src/service/access.ts'

const TOKEN = 'a token of the test'

describe('checkAccess', () => {
  it('lets a service listen on this machine without a token, and beyond it with one', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1'])
      expect(() => checkAccess(host, undefined)).not.toThrow()
    expect(() => checkAccess('0.0.0.0', TOKEN)).not.toThrow()
    for (const host of ['0.0.0.0', '::', 'shop.example', ''])
      expect(() => checkAccess(host, undefined)).toThrow(/needs a token/)
  })

  it('takes no token that is soon guessed', () => {
    expect(() => checkAccess('127.0.0.1', 'x'.repeat(15))).toThrow(/fewer than 16/)
    expect(() => checkAccess('127.0.0.1', 'x'.repeat(16))).not.toThrow()
  })
})

describe('refusalOf with a token', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`])('lets in %s', (authorization) => {
    expect(
      refusalOf({ authorization, host: 'anything.example', origin: 'https://anything.example' }, TOKEN),
    ).toBeNull()
  })

  it.each([
    undefined,
    '',
    TOKEN,
    `Basic ${TOKEN}`,
    'Bearer ',
    `Bearer ${TOKEN} `,
    `Bearer ${TOKEN.slice(1)}`,
    `x Bearer ${TOKEN}`,
  ])('refuses %j, on this machine too', (authorization) => {
    expect(refusalOf({ authorization, host: '127.0.0.1' }, TOKEN)).toMatchObject({
      status: 401,
      code: 'UNAUTHORISED',
    })
  })

  it('does not repeat what was given', () => {
    expect(refusalOf({ authorization: 'Bearer guess-1234' }, TOKEN)?.message).not.toContain('guess')
  })
})

describe('refusalOf without a token', () => {
  it.each(['127.0.0.1', '127.0.0.1:8080', 'localhost:8080', '[::1]:8080'])(
    'lets in programs that ask %s',
    (host) => {
      expect(refusalOf({ host }, null)).toBeNull()
    },
  )

  it.each([
    ['a name that leads to the loopback', { host: 'rebound.example:8080' }],
    ['no host', {}],
    ['a page of another origin', { host: '127.0.0.1:8080', origin: 'https://evil.example' }],
    ['a page without an origin', { host: '127.0.0.1:8080', origin: 'null' }],
    ['a navigation of a browser', { host: '127.0.0.1:8080', 'sec-fetch-site': 'none' }],
  ])('refuses %s', (_what, headers) => {
    expect(refusalOf(headers, null)).toMatchObject({ status: 403, code: 'FORBIDDEN' })
  })
})
