import { openTestBroker, test } from './fixture.ts'
import { soak } from './soak/soak.ts'

/** The title has to be the same in every process; the seed is printed, and kept with the result. */
const seeds = [
  ['a fixed seed', () => 20_241],
  ['another seed', () => Number(process.env['ONEJAR_SEED'] ?? Math.floor(Math.random() * 2 ** 31))],
] as const

for (const [name, seedOf] of seeds) {
  test(`150 random operations on both sides leave no stale read (${name})`, async ({ site }, info) => {
    test.setTimeout(900_000)
    const seed = seedOf()
    info.annotations.push({ type: 'seed', description: String(seed) })
    console.log(`soak seed: ${seed}`)
    const broker = await openTestBroker()
    try {
      await soak({ broker, site, seed, steps: 150 })
    } finally {
      await broker.close()
    }
  })
}
