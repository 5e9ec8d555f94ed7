/**
 * Breaks a fleet under load: kills and freezes workers, crashes their browsers, restarts Redis, drains services and workers. Each
 * request has to have one outcome, and nothing that was acknowledged may be lost. Prints how long each kind of fault was felt.
 *
 *     node scripts/chaos.ts [minutes, default 10] [seed, default random] [workers, default 3] [callers, default 6]
 *     node scripts/chaos.ts once [seed] [workers] [callers]    each kind of fault once: for whoever changes the rig itself
 */
import { generateKey } from '../src/store/index.ts'
import { runChaos } from '../test/chaos/run-chaos.ts'

const [length = '10', ...rest] = process.argv.slice(2)
const [seed = Math.floor(Math.random() * 2 ** 31), workers = 3, lanes = 6] = rest.map(Number)
const until = length === 'once' ? { ofEachKind: 1 } : { durationMs: Number(length) * 60_000 }
const howLong = length === 'once' ? 'each kind of fault once' : `${length} minutes`
console.log(`seed ${seed}, ${howLong}, ${workers} workers, ${lanes} callers`)
const startedAt = performance.now()
const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s`
const { broken, recoveries, ...report } = await runChaos({
  keys: generateKey(),
  seed,
  until,
  workers,
  lanes,
  say: (line) => console.log(`${seconds()}  ${line}`),
})
console.log(report)
console.log('how long faults were felt, in milliseconds:')
console.table(recoveries)
console.log(`promises that were not kept: ${broken.length}`)
for (const each of broken) console.log(`  ${each}`)
process.exitCode = broken.length === 0 ? 0 : 1
