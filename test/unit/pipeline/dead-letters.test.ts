import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { keepingDeadLetters } from '../../../src/pipeline/stages/dead-letters.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import type { DeadLetterPlan } from '../../../src/resilience/index.ts'
import { EventHub, type RouteRequest } from '../../../src/routing/index.ts'
import { ahead, aRequest, aResponse } from './a-request.ts'

const LIFE_MS = 30 * 24 * 3_600_000

function make({ wanted = { statuses: [] } as DeadLetterPlan } = {}) {
  let now = 1_700_000_000_000
  const clock = { now: () => now++ }
  const record = new SessionRecord({ writer: 'w', clock })
  const events = new EventHub()
  const seen: object[] = []
  events.tap((event) => seen.push(event), true)
  const stage = keepingDeadLetters({ record, events, clock, wanted, lifeMs: LIFE_MS })
  return { stage, seen, letters: () => [...record.valuesOf('dead-letter')].map(([, letter]) => letter) }
}
const down = () => new OnejarError('ONEJAR_NETWORK', 'reset')

/** Sends one request that ends like this, and gives the letters that are kept then. */
async function end(outcome: Parameters<typeof ahead>[1], own: Partial<RouteRequest> = {}, options = {}) {
  const made = make(options)
  await ahead(made.stage, outcome)
    .send(aRequest(own))
    .catch(() => {})
  return made
}

describe('keeping dead letters', () => {
  it('keeps a request that failed, without its credentials, and gives the caller the failure', async () => {
    const { stage, letters, seen } = make()
    const error = down()
    const request = aRequest({
      method: 'POST',
      url: new URL('http://shop.example/orders?id=1&token=secret'),
      headers: { authorization: 'secret', 'x-note': 'kept' },
      body: 'item=teapot',
    })
    // What sends it again counts in the request.
    const { send } = ahead(stage, ({ sent }) => {
      if (sent !== undefined) sent.attempts = 3
      throw error
    })
    await expect(send(request)).rejects.toBe(error)
    expect(letters()).toMatchObject([
      {
        code: 'ONEJAR_NETWORK',
        attempts: 3,
        method: 'POST',
        url: 'http://shop.example/orders',
        request: {
          search: '?id=1',
          bodyBase64: Buffer.from('item=teapot').toString('base64'),
          isWhole: false,
        },
      },
    ])
    expect(letters()[0]?.request.headers).toContainEqual(['x-note', 'kept'])
    expect(JSON.stringify(letters())).not.toContain('secret')
    expect(seen).toMatchObject([{ type: 'dead-letter', method: 'POST', url: 'http://shop.example/orders' }])
  })

  it.each([
    [503, undefined, 'ONEJAR_BAD_RESPONSE'],
    [429, undefined, 'ONEJAR_RATE_LIMITED'],
    [403, 'rate-limited', 'ONEJAR_RATE_LIMITED'],
  ] as const)('keeps what was answered with %i (%s), as %s', async (status, kind, code) => {
    const verdict = kind === undefined ? undefined : ({ kind, retryAfterMs: undefined } as never)
    const { letters } = await end(aResponse(status, { verdict }))
    expect(letters()).toMatchObject([{ code, status, tier: 'recoverable' }])
    expect((letters()[0]?.expiresAt ?? 0) - (letters()[0]?.at ?? 0)).toBe(LIFE_MS)
  })

  it.each([404, 410, 401])('keeps what was answered with %i, when that is asked for', async (status) => {
    const asked = { statuses: [404, 410, 401] }
    const { letters, seen } = await end(aResponse(status), { deadLetter: asked }, { wanted: false })
    expect(letters()).toMatchObject([{ code: 'ONEJAR_BAD_RESPONSE', status, tier: 'non-recoverable' }])
    expect(seen).toMatchObject([{ type: 'dead-letter', status }])
    expect((await end(aResponse(status), {}, { wanted: asked })).letters()).toHaveLength(1)
    expect((await end(aResponse(418), {}, { wanted: asked })).letters()).toHaveLength(0)
  })

  it('keeps no refusal, whatever its status', async () => {
    const verdict = { kind: 'captcha', retryAfterMs: undefined } as never
    const { letters } = await end(aResponse(404, { verdict }), { deadLetter: { statuses: [404] } })
    expect(letters()).toEqual([])
  })

  it('knows no status of what was not answered', async () => {
    expect((await end(down())).letters()).toMatchObject([{ code: 'ONEJAR_NETWORK', status: null }])
  })

  it.each([200, 301, 404, 401])('keeps nothing of an answer with %i', async (status) => {
    expect((await end(aResponse(status))).letters()).toEqual([])
  })

  it('keeps nothing that a site forbids, that the caller ended, or that is a fault of ours', async () => {
    for (const error of [
      new OnejarError('ONEJAR_CAPTCHA', 'a puzzle'),
      new OnejarError('ONEJAR_ABORTED', 'aborted'),
      new TypeError('a fault'),
    ])
      expect((await end(error)).letters()).toEqual([])
  })

  it('goes by what the request says, and else by the session', async () => {
    expect((await end(down(), { deadLetter: false })).letters()).toHaveLength(0)
    expect((await end(down(), {}, { wanted: false })).letters()).toHaveLength(0)
    expect((await end(down(), { deadLetter: { statuses: [] } }, { wanted: false })).letters()).toHaveLength(1)
  })

  it('keeps the newest hundred', async () => {
    const { stage, letters } = make()
    const { send } = ahead(stage, ...Array.from({ length: 102 }, down))
    for (let at = 0; at < 102; at++)
      await send(aRequest({ url: new URL(`http://shop.example/${at}`) })).catch(() => {})
    const urls = letters().map(({ url }) => url)
    expect(urls).toHaveLength(100)
    for (const at of [0, 1]) expect(urls).not.toContain(`http://shop.example/${at}`)
    expect(urls).toContain('http://shop.example/101')
  })
})
