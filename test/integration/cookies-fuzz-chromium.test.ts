import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChromiumOracle, startChromiumOracle } from '../conformance/cookies/chromium-oracle.ts'
import { fuzzChromium } from '../conformance/cookies/fuzz/fuzz-chromium.ts'

let chromium: ChromiumOracle

beforeAll(async () => {
  chromium = await startChromiumOracle()
})

afterAll(() => chromium.close())

// The same seeds each time: others are for `npm run fuzz:chromium`.
describe('generated cookie cases, put to Onejar and to Chromium', () => {
  it.each([
    ['lines', 3],
    ['scripts', 2],
    ['histories', 5],
  ] as const)('%s', async (kind, rounds) => {
    const { disagreements, unasked, cases } = await fuzzChromium(chromium, kind, rounds, 1)
    expect(disagreements).toEqual([])
    expect([unasked, cases > 0]).toEqual([0, true])
  })
})
