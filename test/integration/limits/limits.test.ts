import { describe, expect, it } from 'vitest'
import { growthOf } from './growth.ts'
import { THINGS } from './things.ts'

/** What the runtime takes for itself between two looks, whatever is made. */
const NOISE_BYTES = 200_000

describe('nothing is left behind by', { timeout: 300_000 }, () => {
  it.each(THINGS.map((thing) => [thing.name, thing] as const))(
    '%s',
    async (_, { count, bytesEach, open }) => {
      const workshop = await open()
      try {
        const mayKeep = NOISE_BYTES + count * bytesEach
        const growth = await growthOf(count, workshop.make, mayKeep)
        const told = JSON.stringify(growth.rounds)
        expect(growth.heapBytes, told).toBeLessThanOrEqual(mayKeep)
        expect(growth.handles, told).toBeLessThanOrEqual(0)
        expect(growth.chromium, told).toBeLessThanOrEqual(0)
      } finally {
        await workshop.close()
      }
    },
  )
})
