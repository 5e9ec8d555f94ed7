import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ChangeSource, localWrite, SessionRecord } from '../../../../src/record/index.ts'
import { EventHub } from '../../../../src/routing/events.ts'
import { BindingLearner, TokenBindings, TokenSources } from '../../../../src/routing/token-bindings/index.ts'
import { memoryHeader } from '../../../../src/routing/token-bindings/memory-header.ts'
import { MemoryTokens } from '../../../../src/routing/token-bindings/memory-tokens.ts'

const SITE = 'https://shop.example'
const API = 'https://api.example'
const STORED: ChangeSource = { name: 'store' }
const token = () => randomBytes(16).toString('hex')

let now: number
let record: SessionRecord
let bindings: TokenBindings
let learner: BindingLearner
beforeEach(() => {
  now = 1_764_000_000_000
  const clock = { now: () => now }
  record = new SessionRecord({ writer: 'w', clock })
  const sources = new TokenSources(record)
  bindings = new TokenBindings(record, sources, new EventHub(), clock)
  learner = new BindingLearner(record, bindings, sources, STORED)
})

interface Sent {
  readonly origin?: string
  readonly site?: string
  readonly elsewhere?: boolean
  readonly document?: string
}
const sent = (name: string, value: string, given: Sent = {}) => {
  const { origin = API, site = SITE, elsewhere = true, document = '1' } = given
  learner.take([{ page: `${site}/account`, site, elsewhere, origin, name, value, document }], [])
}

describe('a header that is found nowhere', () => {
  it('is sent as the page sent it last, and its value is in no record', () => {
    const values = [token(), token()]
    for (const value of values) {
      sent('authorization', `Bearer ${value}`)
      expect(bindings.headersFor(API)).toEqual(['authorization', `Bearer ${value}`])
    }
    expect(bindings.list()).toMatchObject([{ template: 'Bearer {}', source: { kind: 'memory' } }])
    const kept = JSON.stringify([...record.entries()])
    for (const value of values) expect(kept).not.toContain(value)
    expect(inspect(bindings, { depth: 20, showHidden: true })).not.toContain(values[1])
  })

  it('takes its value from where the page stores it, once it does', () => {
    const value = token()
    sent('authorization', `Bearer ${value}`)
    record.write([localWrite(SITE, 'auth', value)], { name: 'pages' })
    expect(bindings.list()).toMatchObject([{ source: { kind: 'local' } }])
    record.write([localWrite(SITE, 'auth', null)], { name: 'pages' })
    expect(bindings.headersFor(API)).toBeUndefined()
  })

  it('is let go where it is made anew for each request, and not where a page renews it now and then', () => {
    for (let turn = 0; turn < 6; turn++) {
      now += 60_000
      sent('authorization', `Bearer ${token()}`)
      sent('x-auth-token', token(), { document: String(turn) })
    }
    expect(bindings.list().map(({ header }) => header)).toEqual(['authorization', 'x-auth-token'])
    for (let turn = 0; turn < 3; turn++) sent('authorization', `Bearer ${token()}`)
    expect(bindings.list().map(({ header }) => header)).toEqual(['x-auth-token'])
  })

  it('is believed at the second sight where it is against forged requests, or only its name speaks of a token', () => {
    for (const header of ['x-csrf-token', 'x-transmission-session-id']) {
      const value = token()
      sent(header, value, { origin: SITE })
      expect(bindings.list()).toEqual([])
      sent(header, value, { origin: SITE })
      expect(bindings.list()).toMatchObject([{ header }])
      bindings.remove(SITE, header)
    }
  })

  it('counts for the site that sent it, and for the user only where who teaches may', () => {
    const stranger = { site: 'https://evil.example', elsewhere: false }
    sent('authorization', `Bearer ${token()}`, stranger)
    expect(bindings.list()).toEqual([])
    const own = token()
    sent('authorization', `Bearer ${own}`)
    now++
    sent('authorization', `Bearer ${token()}`, { ...stranger, elsewhere: true })
    expect(bindings.headersFor(API)).toEqual(['authorization', `Bearer ${own}`])
  })

  it('is not sent any more when it has ended, or was refused, until a page sends it again', () => {
    const claims = Buffer.from(JSON.stringify({ exp: now / 1000 + 60 })).toString('base64url')
    const value = `Bearer eyJhbGciOiJIUzI1NiJ9.${claims}.${token()}`
    sent('authorization', value)
    bindings.refused(API, 'user', ['authorization', `Bearer ${token()}`])
    expect(bindings.headersFor(API)).toEqual(['authorization', value])
    bindings.refused(API, 'user', ['authorization', value])
    expect(bindings.headersFor(API)).toBeUndefined()
    sent('authorization', value)
    expect(bindings.headersFor(API)).toEqual(['authorization', value])
    now += 60_000
    expect(bindings.headersFor(API)).toBeUndefined()
  })

  it('has no value in a process whose pages have not sent it', () => {
    sent('authorization', `Bearer ${token()}`)
    const other = new SessionRecord({ writer: 'other', clock: { now: () => now } })
    other.merge([...record.entries()], STORED)
    const elsewhere = new TokenBindings(other, new TokenSources(other), new EventHub(), { now: () => now })
    expect(elsewhere.list()).toHaveLength(1)
    expect(elsewhere.headersFor(API)).toBeUndefined()
  })
})

describe('memoryHeader', () => {
  it.each([
    ['authorization', 'Bearer undefined'],
    ['authorization', 'DPoP eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'],
    [
      'authorization',
      'AWS4-HMAC-SHA256 Credential=AKIA/20261130, Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe',
    ],
    ['authorization', 'OAuth oauth_nonce="4572616e48616d6d65724c61686176"'],
    ['x-request-id', '7d444840-9dc0-11d1-b245-5ffdce74fad2'],
    ['x-http-method-override', 'a8f5f167f44f4964e6c998dee827110c'],
    ['x-session-mode', 'interactive'],
  ])('takes nothing of %s: %s', (name, value) => {
    expect(memoryHeader(name, value)).toBeNull()
  })
})

describe('MemoryTokens', () => {
  it('keeps so many, and so much, and shows nothing', () => {
    const tokens = new MemoryTokens()
    for (let n = 0; n < 600; n++) tokens.put(`id ${n}`, `t0k3n-${n}`, n)
    expect([tokens.size, tokens.get('id 99'), tokens.get('id 100')]).toEqual([500, undefined, 't0k3n-100'])
    for (let n = 0; n < 100; n++) tokens.put(`large ${n}`, 'x'.repeat(8192), n)
    expect(tokens.size).toBe(64)
    expect(inspect(tokens, { depth: 9, showHidden: true })).not.toContain('xxxx')
  })
})
