import { openTestBroker, test } from './fixture.ts'
import { soak } from './soak/soak.ts'

const random = Number(process.env['ONEJAR_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

for (const [name, seed] of [
  ['a fixed seed', 20_241],
  [`seed ${random}`, random],
] as const) {
  test(`300 random operations on both sides leave no stale read (${name})`, async ({ site }) => {
    test.setTimeout(900_000)
    const broker = await openTestBroker()
    try {
      await soak({ broker, site, seed, steps: 300 })
    } finally {
      await broker.close()
    }
  })
}
