import { describe, expect, it } from 'vitest'
import { OnejarError } from '../../../src/core/index.ts'
import { limiting } from '../../../src/pipeline/stages/limiting.ts'
import { OriginLimits } from '../../../src/services/limits/origin-limits.ts'
import { ahead, aRequest, aResponse, URL_ASKED } from './a-request.ts'

/** One request at once at the origin that is asked for. */
function make() {
  const closing = new AbortController()
  const store = { store: {}, health: { state: 'up' } } as never
  const limits = new OriginLimits([{ origin: URL_ASKED.origin, concurrency: 1, shared: false }], store)
  return { stage: limiting({ limits, session: 's', closing: closing.signal }), closing }
}

/** A response that comes when the test lets it come. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { letGo: resolve, outcome: () => promise.then(() => aResponse()) }
}

describe('the limits of an origin', () => {
  it('let requests to other origins through as they are', async () => {
    const { send, asked } = ahead(make().stage, aResponse())
    const request = aRequest({ url: new URL('http://other.example/') })
    await send(request)
    expect(asked).toEqual([request])
  })

  it('send what had to wait with what is left of its time', async () => {
    const first = held()
    const { send, asked } = ahead(make().stage, first.outcome, aResponse())
    const sent = send(aRequest())
    const second = send(aRequest({ timeoutMs: 60_000 }))
    const startedAt = performance.now()
    await expect.poll(() => performance.now() - startedAt).toBeGreaterThan(20)
    expect(asked).toHaveLength(1)
    first.letGo()
    await Promise.all([sent, second])
    // It waited for more than 20 ms.
    expect(asked[1]?.timeoutMs).toBeLessThan(59_981)
    expect(asked[1]?.timeoutMs).toBeGreaterThan(0)
  })

  it('give a request up when its time is over before its turn, and say whose limit it was', async () => {
    const first = held()
    const { send, asked } = ahead(make().stage, first.outcome, aResponse())
    const sent = send(aRequest())
    const late = await send(aRequest({ timeoutMs: 10 })).catch((error: unknown) => error)
    expect(late).toMatchObject({ code: 'ONEJAR_TIMEOUT' })
    expect(String(late)).toMatch(/\/orders.* waited 10 ms for http:\/\/shop\.example, which originLimits/)
    first.letGo()
    await sent
    // Its place is not lost.
    await send(aRequest())
    expect(asked).toHaveLength(2)
  })

  it('end the wait with the caller’s signal, by its reason', async () => {
    const first = held()
    const { send, asked } = ahead(make().stage, first.outcome)
    const sent = send(aRequest())
    const caller = new AbortController()
    const waiting = send(aRequest({ signal: caller.signal }))
    caller.abort(new TypeError('enough'))
    await expect(waiting).rejects.toMatchObject({ code: 'ONEJAR_ABORTED', cause: new TypeError('enough') })
    first.letGo()
    await sent
    expect(asked).toHaveLength(1)
  })

  it('end the wait of a session that is released with the reason of that', async () => {
    const first = held()
    const { stage, closing } = make()
    const { send, asked } = ahead(stage, first.outcome)
    const sent = send(aRequest())
    await expect.poll(() => asked.length).toBe(1)
    const waiting = send(aRequest())
    closing.abort(new OnejarError('ONEJAR_CLOSED', 'released'))
    await expect(waiting).rejects.toMatchObject({ code: 'ONEJAR_CLOSED' })
    first.letGo()
    await sent
  })

  it('pass on what fails after it was sent, though the signal has fired meanwhile', async () => {
    const { stage, closing } = make()
    const { send } = ahead(stage, () => {
      closing.abort(new OnejarError('ONEJAR_CLOSED', 'released'))
      throw new TypeError('of the request itself')
    })
    await expect(send(aRequest())).rejects.toThrow('of the request itself')
  })
})
