import { expect, it } from 'vitest'
import { RateLimitStreaks } from '../../../src/resilience/index.ts'

it('counts refusals in a row, those of requests that were on their way together once', () => {
  const streaks = new RateLimitStreaks()
  expect(streaks.refused('a', 0, 10)).toBe(1)
  expect(streaks.refused('a', 5, 11)).toBe(0)
  expect(streaks.refused('a', 12, 20)).toBe(2)
  // Sent once the refusal was there.
  expect(streaks.refused('a', 20, 25)).toBe(3)
  expect(streaks.refused('b', 12, 20)).toBe(1)
  streaks.end('a')
  expect(streaks.size).toBe(1)
  expect(streaks.refused('a', 21, 22)).toBe(1)
})

it('remembers a bounded number of origins', () => {
  const streaks = new RateLimitStreaks()
  for (let i = 0; i < 1_001; i++) streaks.refused(String(i), i, i)
  expect(streaks.size).toBe(1_000)
})
