import { describe, expect, it } from 'vitest'
import { EventHub, type SessionEvent } from '../../../src/routing/index.ts'

const event = (at: number): SessionEvent => ({ type: 'unblocked', at, origin: 'https://a.example' })

describe('EventHub', () => {
  it('wants events only while somebody listens', async () => {
    const hub = new EventHub()
    expect(hub.wanted).toBe(false)
    const reader = hub.listen()
    expect(hub.wanted).toBe(true)
    await reader.return?.()
    expect(hub.wanted).toBe(false)
  })

  it('takes the oldest from a listener that does not keep up, and tells it how many', async () => {
    const hub = new EventHub()
    const slow = hub.listen()
    for (let at = 1; at <= 10_003; at++) hub.emit(event(at))
    expect((await slow.next()).value).toMatchObject({ type: 'lost', count: 3 })
    expect((await slow.next()).value).toEqual(event(4))
    hub.emit(event(10_004))
    expect((await slow.next()).value).toEqual(event(5))
  })

  it('loses nothing to a listener beside it', async () => {
    const hub = new EventHub()
    hub.listen()
    const quick = hub.listen()
    for (let at = 1; at <= 20_000; at++) {
      hub.emit(event(at))
      expect((await quick.next()).value).toEqual(event(at))
    }
  })

  it('gives events to those who wait, in order, however many ask at once', async () => {
    const hub = new EventHub()
    const reader = hub.listen()
    const asked = [reader.next(), reader.next(), reader.next()]
    for (const at of [1, 2]) hub.emit(event(at))
    hub.end()
    const got = await Promise.all(asked)
    expect(got).toEqual([
      { done: false, value: event(1) },
      { done: false, value: event(2) },
      { done: true, value: undefined },
    ])
  })

  it('lets a listener see what is left when the session ends', async () => {
    const hub = new EventHub()
    const reader = hub.listen()
    hub.emit(event(1))
    hub.end()
    expect(await reader.next()).toEqual({ done: false, value: event(1) })
    expect((await reader.next()).done).toBe(true)
  })
})
