import { expect, it } from 'vitest'
import { reconnectPause } from '../../../src/store/redis/redis-connection.ts'

const ATTEMPTS = Array.from({ length: 200 }, (_, at) => at + 1)

it.each([5, 100, 300, 1_000, 5_000, 60_000])(
  'a store whose calls take up to %i ms tries to reconnect several times in each of them',
  (timeoutMs) => {
    const pauses = ATTEMPTS.map(reconnectPause(timeoutMs))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(timeoutMs / 3)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_250)
    expect(Math.min(...pauses)).toBeGreaterThan(0)
  },
)
