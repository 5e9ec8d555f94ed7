import { beforeEach, describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { SessionQuarantine } from '../../../src/pipeline/stages/quarantine.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { EventHub } from '../../../src/routing/index.ts'
import { ahead, aRequest, aResponse } from './a-request.ts'

const ORIGIN = 'http://shop.example'
let now = 0
const clock = { now: () => now }
beforeEach(() => {
  now = 1_700_000_000_000
})

function make(record = new SessionRecord({ writer: 'w', clock })) {
  const events = new EventHub()
  const seen: object[] = []
  events.tap((event) => seen.push(event), true)
  return { quarantine: new SessionQuarantine(record, { name: 'test' }, events, clock), record, seen }
}

describe('quarantine', () => {
  it('sends requests on where the session is in none', async () => {
    const { quarantine } = make()
    const { send, asked } = ahead(quarantine.stage(), aResponse(), aResponse())
    await send(aRequest())
    quarantine.put('http://other.example', 'a fault', 60_000)
    await send(aRequest())
    expect(asked).toHaveLength(2)
  })

  it('refuses requests to its origin, says why and until when, and ends by itself', async () => {
    const { quarantine, seen } = make()
    quarantine.put(ORIGIN, 'a fault', 60_000)
    expect(seen).toEqual([
      { type: 'quarantine', at: now, origin: ORIGIN, reason: 'a fault', until: now + 60_000 },
    ])
    now += 20_000
    const { send, asked } = ahead(quarantine.stage(), aResponse())
    await expect(send(aRequest())).rejects.toMatchObject({
      code: 'ONEJAR_QUARANTINED',
      retryAfterMs: 40_000,
      message: expect.stringContaining('a fault'),
      details: { origin: ORIGIN, until: now + 40_000 },
    })
    expect(asked).toHaveLength(0)
    now += 40_000
    expect((await send(aRequest())).statusCode).toBe(200)
  })

  it('closes the origin whose TLS is at fault, and everything when a key is not the pinned one', () => {
    const tls = make()
    tls.quarantine.onTransportError(new OnejarError('ONEJAR_TLS', 'expired', { details: { origin: ORIGIN } }))
    expect(tls.quarantine.refusal(new URL(ORIGIN))?.retryAfterMs).toBe(600_000)
    expect(tls.quarantine.refusal(new URL('http://other.example'))).toBeUndefined()
    const pin = make()
    pin.quarantine.onTransportError(
      new OnejarError('ONEJAR_PIN_MISMATCH', 'other key', { details: { origin: ORIGIN } }),
    )
    expect(pin.quarantine.refusal(new URL('http://other.example'))?.code).toBe('ONEJAR_QUARANTINED')
    expect(pin.quarantine.at()?.reason).toBe(`ONEJAR_PIN_MISMATCH at ${ORIGIN}`)
    expect(pin.seen).toMatchObject([{ origin: null }])
  })

  it('does not come of other failures', () => {
    const { quarantine } = make()
    for (const error of [new OnejarError('ONEJAR_NETWORK', 'reset'), new Error('TLS'), undefined])
      quarantine.onTransportError(error)
    expect(quarantine.at(ORIGIN)).toBeNull()
  })

  it('is lifted at its origin, or with the origin that it came from', () => {
    const { quarantine, record } = make()
    const unblock = (id: string) => {
      const block = { at: now, verdict: 'captcha', vendor: null, reason: 'a puzzle' } as const
      record.write([{ kind: 'halt', id, value: block }], { name: 'test' })
      record.write([{ kind: 'halt', id, value: null }], { name: 'test' })
    }
    quarantine.put(ORIGIN, 'a fault', 60_000)
    quarantine.lift(ORIGIN)
    expect(quarantine.at(ORIGIN)).toBeNull()
    quarantine.put('', 'stopped', 60_000, 'http://login.example')
    quarantine.put('http://other.example', 'a fault of its own', 60_000)
    unblock('http://elsewhere.example')
    expect(quarantine.at(ORIGIN)?.reason).toBe('stopped')
    unblock('http://login.example')
    expect(quarantine.at(ORIGIN)).toBeNull()
    expect(quarantine.at('http://other.example')?.reason).toBe('a fault of its own')
  })

  it('is kept by every process that has the record, for no longer than it was meant', () => {
    const mine = make()
    const theirs = make(new SessionRecord({ writer: 'other', clock }))
    mine.record.subscribe((delta) => theirs.record.merge(delta, { name: 'store' }))
    mine.quarantine.put(ORIGIN, 'a fault', 60_000)
    expect(theirs.quarantine.at(ORIGIN)?.reason).toBe('a fault')
    now += 60_001
    expect(theirs.quarantine.at(ORIGIN)).toBeNull()
  })
})
