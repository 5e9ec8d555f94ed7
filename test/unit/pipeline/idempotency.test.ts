import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { idempotency } from '../../../src/pipeline/stages/idempotency.ts'
import { SessionRecord } from '../../../src/record/index.ts'
import { EventHub, type RouteRequest } from '../../../src/routing/index.ts'
import { ahead, aRequest, aResponse, textOf } from './a-request.ts'
import { aStore } from './a-store.ts'

const TTL_MS = 60_000

function make() {
  const at = { now: 1_700_000_000_000 }
  const clock = { now: () => at.now }
  const record = new SessionRecord({ writer: 'w', clock })
  const events = new EventHub()
  const seen: string[] = []
  events.tap((event) => seen.push(event.type), true)
  const closing = new AbortController()
  const { store, persistence, session, held, asked } = aStore()
  const parts = { record, persistence, store, session, events, clock, ttlMs: TTL_MS, closing: closing.signal }
  return {
    stage: idempotency(parts),
    again: () => idempotency(parts),
    record,
    seen,
    at,
    held,
    stored: asked,
    closing,
  }
}
const order = (own: Partial<RouteRequest> = {}) =>
  aRequest({ method: 'POST', body: 'item=1', idempotencyKey: 'order-1', ...own })

describe('idempotency', () => {
  it('sends a request with its key, and has the store keep the answer before the caller gets it', async () => {
    const { stage, stored, held } = make()
    const { send, asked } = ahead(stage, aResponse(201, {}, 'made'))
    const response = await send(order({ headers: { 'Idempotency-Key': 'another', 'x-a': '1' } }))
    expect(await textOf(response)).toBe('made')
    expect(asked[0]?.headers).toEqual(['x-a', '1', 'Idempotency-Key', 'order-1'])
    expect(stored).toEqual(['catch up', 'flush'])
    expect(held.size).toBe(0)
  })

  it('leaves a request without a key alone', async () => {
    const { stage, stored } = make()
    const request = aRequest({ method: 'POST' })
    const { send, asked } = ahead(stage, aResponse(), aResponse())
    await send(request)
    await send(request)
    expect(asked[0]).toBe(request)
    expect(stored).toEqual([])
  })

  it('gives a repetition the kept answer, also in another process on the record', async () => {
    const { stage, again, seen } = make()
    const answer = aResponse(201, { headers: { 'x-id': '7', 'set-cookie': 'a=1' } }, 'made')
    const { send, asked } = ahead(stage, answer)
    await send(order())
    for (const repeat of [send, ahead(again()).send]) {
      const response = await repeat(order())
      expect({ status: response.statusCode, text: await textOf(response) }).toEqual({
        status: 201,
        text: 'made',
      })
      expect(response.headers).toEqual({ 'x-id': '7' })
    }
    expect(asked).toHaveLength(1)
    expect(seen).toEqual(['idempotent-replay', 'idempotent-replay'])
  })

  it('sends once for all who ask at the same time', async () => {
    const { stage } = make()
    const answered = Promise.withResolvers<void>()
    const { send, asked } = ahead(stage, async () => {
      await answered.promise
      return aResponse(201, {}, 'made')
    })
    const sending = [send(order()), send(order()), send(order())]
    await new Promise(setImmediate)
    answered.resolve()
    expect(await Promise.all((await Promise.all(sending)).map(textOf))).toEqual(['made', 'made', 'made'])
    expect(asked).toHaveLength(1)
  })

  it('fails with all who wait, but not when only the first one gave up', async () => {
    const { stage } = make()
    const failing = ahead(stage, new OnejarError('ONEJAR_NETWORK', 'reset'))
    const ends = await Promise.allSettled([failing.send(order()), failing.send(order())])
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(failing.asked).toHaveLength(1)
    const given = ahead(make().stage, new OnejarError('ONEJAR_ABORTED', 'aborted'), aResponse(201))
    const [first, second] = await Promise.allSettled([given.send(order()), given.send(order())])
    expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled'])
  })

  it.each([
    ['another body', { body: 'item=2' }],
    ['another method', { method: 'PUT' }],
    ['another URL', { url: new URL('http://shop.example/other') }],
  ])('refuses the key for %s', async (_what, own) => {
    const { stage } = make()
    const { send, asked } = ahead(stage, aResponse(201))
    await send(order())
    await expect(send(order(own))).rejects.toMatchObject({ code: 'ONEJAR_IDEMPOTENCY_CONFLICT' })
    expect(asked).toHaveLength(1)
  })

  it('refuses a stream, which cannot be told from another one', async () => {
    const body = (async function* () {
      yield Buffer.from('x')
    })()
    await expect(ahead(make().stage).send(order({ body }))).rejects.toMatchObject({
      code: 'ONEJAR_BODY_NOT_REPLAYABLE',
    })
  })

  it.each([500, 503, 401, 429])(
    'sends again what was answered with %i, which is no answer',
    async (status) => {
      const { send, asked } = ahead(make().stage, aResponse(status), aResponse(201))
      expect((await send(order())).statusCode).toBe(status)
      expect((await send(order())).statusCode).toBe(201)
      expect(asked).toHaveLength(2)
    },
  )

  it('forgets an answer when its time is over', async () => {
    const { stage, at } = make()
    const { send } = ahead(stage, aResponse(201), aResponse(202))
    await send(order())
    at.now += TTL_MS - 1
    expect((await send(order())).statusCode).toBe(201)
    at.now += 1
    expect((await send(order())).statusCode).toBe(202)
  })

  it('gives the lock back when the request fails', async () => {
    const { stage, held } = make()
    await expect(ahead(stage, new OnejarError('ONEJAR_NETWORK', 'reset')).send(order())).rejects.toThrow()
    expect(held.size).toBe(0)
  })

  it('waits for the process that has the lock until the session is released', async () => {
    const { stage, again, held, closing } = make()
    const never = Promise.withResolvers<never>()
    const first = ahead(again(), () => never.promise).send(order())
    first.catch(() => {})
    await new Promise(setImmediate)
    expect(held.size).toBe(1)
    const { send, asked } = ahead(stage)
    const second = send(order())
    closing.abort(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
    await expect(second).rejects.toMatchObject({ code: 'ONEJAR_CLOSED' })
    expect(asked).toHaveLength(0)
    never.reject(new OnejarError('ONEJAR_CLOSED', 'The session was released'))
  })
})
