import { openTestBroker, test } from './fixture.ts'
import { soak } from './soak/soak.ts'

/** Other seeds and many more steps: `npm run soak:sync -- STEPS SEED`. */
const seed = Number(process.env['ONEJAR_SEED'] ?? 20_241)

test('75 random operations on both sides leave no stale read', async ({ site }, info) => {
  test.setTimeout(900_000)
  info.annotations.push({ type: 'seed', description: String(seed) })
  const broker = await openTestBroker()
  try {
    await soak({ broker, site, seed, steps: 75 })
  } finally {
    await broker.close()
  }
})
