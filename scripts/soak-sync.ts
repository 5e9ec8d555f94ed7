/**
 * Drives sessions from both sides with random operations and asks the other side after each of them. Each lane is a session
 * in a browser of its own, with the seed after that of the lane before it.
 *
 *     node scripts/soak-sync.ts [steps of all lanes, default 20,000] [seed, default random] [lanes, default 2]
 */
import { openTestBroker } from '../test/sync/fixture.ts'
import { Site } from '../test/sync/site.ts'
import { soak } from '../test/sync/soak/soak.ts'

const total = Number(process.argv[2] ?? 20_000)
const firstSeed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31))
const lanes = Number(process.argv[4] ?? 2)
const site = await Site.start()
const startedAt = performance.now()
let done = 0

function onStep(): void {
  if (++done % 500 !== 0) return
  console.log(`${done} steps, ${Math.round((performance.now() - startedAt) / 1000)} s, no stale read`)
}

async function lane(seed: number): Promise<Record<string, number>> {
  const broker = await openTestBroker()
  try {
    return await soak({ broker, site, seed, steps: Math.ceil(total / lanes), onStep })
  } finally {
    await broker.close().catch(() => {})
  }
}

console.log(`${total} steps in ${lanes} lanes, seeds from ${firstSeed}`)
try {
  const counts = new Map<string, number>()
  const all = await Promise.all(Array.from({ length: lanes }, (_, i) => lane(firstSeed + i)))
  for (const [name, count] of all.flatMap(Object.entries)) counts.set(name, (counts.get(name) ?? 0) + count)
  for (const [name, count] of counts) console.log(`${String(count).padStart(6)} ${name}`)
  console.log(`${done} steps, 0 stale reads, ${Math.round((performance.now() - startedAt) / 1000)} s`)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  await site.close()
}
