/**
 * Drives one session from both sides with random operations and asks the other side after each of them.
 *
 *     node scripts/soak-sync.ts [steps, default 20,000] [seed, default random]
 */
import { openTestBroker } from '../test/sync/fixture.ts'
import { Site } from '../test/sync/site.ts'
import { soak } from '../test/sync/soak/soak.ts'

const steps = Number(process.argv[2] ?? 20_000)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31))
const site = await Site.start()
const broker = await openTestBroker()
const startedAt = performance.now()
console.log(`seed ${seed}, ${steps} steps`)
try {
  const onStep = (step: number) => {
    if ((step + 1) % 500 === 0)
      console.log(`${step + 1} steps, ${Math.round((performance.now() - startedAt) / 1000)} s, no stale read`)
  }
  const counts = await soak({ broker, site, seed, steps, onStep })
  for (const [name, count] of Object.entries(counts)) console.log(`${String(count).padStart(6)} ${name}`)
  console.log(`seed ${seed}: ${steps} steps, 0 stale reads`)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  await broker.close().catch(() => {})
  await site.close()
}
