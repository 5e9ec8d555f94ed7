import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Patience } from '../../../src/browser/patience.ts'

const never = () => new Promise<never>(() => {})

describe('Patience', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** How long an answer that does not come is waited for. */
  async function waited(patience: Patience, answer: Promise<unknown> = never()): Promise<number> {
    const startedAt = performance.now()
    let taken = Number.NaN
    const done = patience.await(answer).then(() => {
      taken = performance.now() - startedAt
    })
    await vi.runAllTimersAsync()
    await done
    return taken
  }

  it('waits for a document that is only slow, and only shortly while it is known not to answer', async () => {
    const patience = new Patience()
    const { promise: slow, resolve } = Promise.withResolvers<void>()
    expect(await waited(patience, slow)).toBe(2000)
    expect(await waited(patience, slow)).toBe(100)
    resolve()
    await vi.runAllTimersAsync()
    expect(await waited(patience)).toBe(2000)
  })

  it('gives up at once when a document is replaced under the call', async () => {
    const patience = new Patience()
    const answer = patience.await(never())
    patience.held()
    expect(await answer).toBeUndefined()
  })

  it('does not take the end of the old document for the arrival of one that is held at the gate', async () => {
    const patience = new Patience()
    patience.held()
    patience.arrived()
    expect(await waited(patience)).toBe(100)
    patience.letGo()
    expect(patience.navigating).toBe(true)
    patience.arrived()
    expect(patience.navigating).toBe(false)
  })
})
