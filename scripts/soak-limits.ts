/**
 * Makes and gives back each thing that users make, many times, and tells what is left behind.
 *
 *     node scripts/soak-limits.ts [times as many as the test makes, default 20] [part of a name]
 */
import { grows, growthOf } from '../test/integration/limits/growth.ts'
import { THINGS } from '../test/integration/limits/things.ts'

const times = Number(process.argv[2] ?? 20)
const part = process.argv[3] ?? ''
const NOISE_BYTES = 500_000

let grown = 0
for (const { name, count, bytesEach, open } of THINGS.filter((thing) => thing.name.includes(part))) {
  const workshop = await open()
  const made = count * times
  const mayKeep = NOISE_BYTES + (made * bytesEach) / 4
  const growth = await growthOf(made, workshop.make, mayKeep)
  await workshop.close()
  const { heapBytes, handles, chromium } = growth
  const isGrown = grows(growth, mayKeep)
  if (isGrown) grown++
  const each = Math.round(heapBytes / made)
  console.log(
    `${isGrown ? 'GROWS' : 'ok   '} ${name}: ${made} a round, ${each} bytes each, ${handles} handles, ${chromium} processes`,
  )
}
console.log(grown === 0 ? 'Nothing grows.' : `${grown} of ${THINGS.length} grow.`)
process.exitCode = grown === 0 ? 0 : 1
