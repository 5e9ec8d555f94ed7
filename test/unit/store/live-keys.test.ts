import { expect, it, vi } from 'vitest'
import { generateKey, parseKeyRing } from '../../../src/store/key-ring.ts'
import { LiveKeys } from '../../../src/store/live-keys.ts'

const ring = (...keys: string[]) => parseKeyRing(keys, 'the test')

it('asks for an unknown key at once, for the same one ever later, and for all of them once a second', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
  try {
    let asked = 0
    const [old, newer] = [generateKey(), generateKey()]
    let now = ring(old)
    const keys = new LiveKeys({
      ring: now,
      ask: async () => {
        asked++
        return now
      },
      adopt: async () => {},
      refreshMs: 86_400_000,
    })
    const meet = async (id: string, afterMs: number) => {
      vi.advanceTimersByTime(afterMs)
      const before = asked
      await Promise.all([1, 2, 3, 4].map(() => keys.meetUnknown(new Set([id]))))
      return asked - before
    }
    expect([await meet('a', 0), await meet('a', 1_999), await meet('a', 1)]).toEqual([1, 0, 1])
    expect([await meet('a', 3_999), await meet('a', 1)]).toEqual([0, 1])
    // Another one has not been asked for yet.
    expect([await meet('b', 999), await meet('b', 1), await meet('c', 999), await meet('c', 1)]).toEqual([
      0, 1, 0, 1,
    ])
    for (let i = 0; i < 10; i++) await meet('a', 60_000)
    expect([await meet('a', 59_999), await meet('a', 1)]).toEqual([0, 1])
    now = ring(newer, old)
    expect([await meet('d', 1_000), await meet('a', 999), await meet('a', 1)]).toEqual([1, 0, 1])
    keys.close()
    expect(await meet('e', 100_000)).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
