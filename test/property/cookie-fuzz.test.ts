import { describe, expect, it } from 'vitest'
import { cpuTimeMs } from '../support/cpu-time.ts'
import { fuzzCookies } from './cookie-fuzz.ts'

describe('hostile Set-Cookie lines', () => {
  it('neither break the jar nor the header, nor hold it up', () => {
    const seed = Number(process.env['ONEJAR_SEED'] ?? 1)
    const result = fuzzCookies(30_000, seed, () => cpuTimeMs())
    // Enough is accepted for the run to mean something.
    expect(result.accepted).toBeGreaterThan(1000)
    expect(result.slowestMs).toBeLessThan(1000)
  })
})
