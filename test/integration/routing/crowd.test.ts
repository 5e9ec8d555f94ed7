import { describe, expect, it } from 'vitest'
import { isOnejarError } from '../../../src/index.ts'
import { collect, errorOf, memoryBroker } from '../../support/broker.ts'
import { eventually } from '../../support/eventually.ts'
import { CONTENT, startGate } from '../../support/gates.ts'

/** A gate that can be kept from showing the browser its challenge, so that the visit is under way for as long as it takes. */
async function heldGate(kind: 'cookie' | 'endless' | 'captcha') {
  const held = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  let visits = 0
  const gate = await startGate(kind, {
    intercept: (request, response) => {
      if (request.headers['x-http'] !== undefined || request.headers.cookie?.includes('clearance'))
        return false
      // The first document of a visit: the browser sends none of the caller's headers.
      visits++
      arrived.resolve()
      held.promise.then(() => {
        const script = "document.cookie='clearance=good-1; path=/'; location.reload()"
        response.writeHead(403, { 'content-type': 'text/html' }).end(`<script>${script}</script>`)
      })
      return true
    },
  })
  return { gate, arrived: arrived.promise, release: held.resolve, visits: () => visits }
}
const HTTP = { headers: { 'x-http': '1' } }

describe('a crowd at a challenge', () => {
  it('of 1,000 makes one visit, and each gets its own page', async () => {
    const { gate, release, visits } = await heldGate('cookie')
    await using _ = gate
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const events = collect(session.events())
    const calls = Array.from({ length: 1_000 }, (_, n) => session.fetch(`${gate.origin}/item/${n}`, HTTP))
    await eventually(() => expect(gate.counts.challenged).toBeGreaterThan(100))
    release()
    const responses = await Promise.all(calls)
    expect(new Set(await Promise.all(responses.map((response) => response.text())))).toEqual(
      new Set([CONTENT]),
    )
    expect(responses.map(({ url }) => url)).toEqual(calls.map((_, n) => `${gate.origin}/item/${n}`))
    expect(new Set(responses.map(({ via }) => via))).toEqual(new Set(['http']))
    expect(visits()).toBe(1)
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
  })

  it('waits each with its own time and signal; the visit goes on for the rest', async () => {
    const { gate, arrived, release, visits } = await heldGate('cookie')
    await using _ = gate
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const controller = new AbortController()
    const patient = session.fetch(gate.origin, HTTP)
    await arrived
    const [hasty, gone] = [
      errorOf(session.fetch(gate.origin, { ...HTTP, timeoutMs: 300 })),
      errorOf(session.fetch(gate.origin, { ...HTTP, signal: controller.signal })),
    ]
    controller.abort()
    expect((await gone).code).toBe('ONEJAR_ABORTED')
    expect((await hasty).code).toBe('ONEJAR_TIMEOUT')
    release()
    expect(await (await patient).text()).toBe(CONTENT)
    expect(visits()).toBe(1)
  })

  it('has the good of a visit that nobody waits for any more', async () => {
    const { gate, arrived, release, visits } = await heldGate('cookie')
    await using _ = gate
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const controller = new AbortController()
    const call = errorOf(session.fetch(gate.origin, { ...HTTP, signal: controller.signal }))
    await arrived
    controller.abort()
    await call
    release()
    expect((await session.fetch(gate.origin, HTTP)).status).toBe(200)
    expect(visits()).toBe(1)
  })

  it('is failed once, all of it, by a visit that fails, and nobody starts another at once', async () => {
    const { gate, arrived, release, visits } = await heldGate('endless')
    await using _ = gate
    let now = Date.now()
    await using broker = await memoryBroker({}, { clock: { now: () => now } })
    const session = await broker.session('a')
    const calls = Array.from({ length: 50 }, () => errorOf(session.fetch(gate.origin, HTTP)))
    await arrived
    const late = errorOf(session.fetch(gate.origin, HTTP))
    release()
    const errors = await Promise.all(calls)
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['ONEJAR_CHALLENGE_LOOP']))
    expect(await late).toMatchObject({ code: 'ONEJAR_CHALLENGE_LOOP', retryAfterMs: expect.any(Number) })
    expect(visits()).toBe(1)
    now += 500
    await session.cookies.clear()
    const early = await errorOf(session.fetch(gate.origin, HTTP))
    expect(isOnejarError(early) && early.retryAfterMs).toBe(500)
    expect(visits()).toBe(1)
    gate.kind = 'cookie'
    now += 501
    expect((await session.fetch(gate.origin, HTTP)).status).toBe(200)
    expect(visits()).toBe(2)
  })

  it('whose answers come after the clearance is replayed without another visit', async () => {
    const slow = Promise.withResolvers<void>()
    const gate = await startGate('cookie', {
      intercept: (request, response) => {
        if (request.url !== '/slow' || request.headers.cookie?.includes('clearance')) return false
        slow.promise.then(() => {
          const script = "document.cookie='clearance=good-1; path=/'; location.reload()"
          response.writeHead(403, { 'content-type': 'text/html' }).end(`<script>${script}</script>`)
        })
        return true
      },
    })
    await using _ = gate
    await using broker = await memoryBroker()
    const session = await broker.session('a')
    const events = collect(session.events())
    const waiting = Promise.all(Array.from({ length: 20 }, () => session.fetch(`${gate.origin}/slow`)))
    await eventually(() => expect(gate.counts.requests).toBe(20))
    expect((await session.fetch(gate.origin)).status).toBe(200)
    slow.resolve()
    const responses = await waiting
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(events.filter(({ type }) => type === 'solve-start')).toHaveLength(1)
  })
})
