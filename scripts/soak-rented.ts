/**
 * Kills one of three rented browsers in the middle of a solve, round after round: nothing may be lost or doubled, no more browsers
 * rented than allowed, and each given back once.
 *
 *     node scripts/soak-rented.ts [rounds, default 500]
 */
import { killRounds } from '../test/support/rented-rounds.ts'

const rounds = Number(process.argv[2] ?? 500)
const startedAt = performance.now()
const { faults, leases, killed, peak } = await killRounds(rounds, (round) => {
  if (round % 10 === 0)
    console.log(`${round} rounds, ${Math.round((performance.now() - startedAt) / 1000)} s`)
})
for (const fault of faults) console.error(fault)
console.log(
  `${rounds} rounds, ${killed} browsers killed, ${leases} leases, ${peak} at a time at most: ${faults.length === 0 ? 'nothing was lost or doubled, and each lease was given back once' : `${faults.length} faults`}`,
)
process.exitCode = faults.length === 0 ? 0 : 1
