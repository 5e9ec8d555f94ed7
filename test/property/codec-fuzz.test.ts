import { describe, expect, it } from 'vitest'
import { cpuTimeMs } from '../support/cpu-time.ts'
import { fuzzCodecs } from './codec-fuzz.ts'

describe('spoilt files and stored entries', () => {
  it('are read or refused, and hold nobody up', () => {
    const seed = Number(process.env['ONEJAR_SEED'] ?? 1)
    const { read, files, slowestMs } = fuzzCodecs(10_000, seed, () => cpuTimeMs())
    // Enough is read, and enough refused, for the run to mean something.
    expect(read).toBeGreaterThan(files / 10)
    expect(files - read).toBeGreaterThan(files / 10)
    expect(slowestMs).toBeLessThan(2000)
  })
})
