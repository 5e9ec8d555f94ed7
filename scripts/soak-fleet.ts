/**
 * Lets eight processes write fifty sessions of one store, kills them and the store again and again, and counts what was
 * lost and what differs in the end.
 *
 *     node scripts/soak-fleet.ts [minutes, default 5] [seed, default random] [redis | sqlite, default redis]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '../src/store/index.ts'
import { runFleet } from '../test/integration/fleet/fleet.ts'
import { RedisServer } from '../test/support/redis-server.ts'

const minutes = Number(process.argv[2] ?? 5)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31))
const kind = process.argv[4] ?? 'redis'
const folder = mkdtempSync(join(tmpdir(), 'onejar-fleet-'))
const server = kind === 'redis' ? await RedisServer.start({ persistent: true }) : null
console.log(`${kind}, seed ${seed}, ${minutes} minutes`)
try {
  const report = await runFleet({
    target: server?.url ?? join(folder, 'onejar.db'),
    keys: generateKey(),
    seed,
    processes: 8,
    sessions: 50,
    durationMs: minutes * 60_000,
    ...(server && {
      disturbStore: async () => {
        await server.kill()
        await server.start()
      },
    }),
  })
  const { lost, different, failures, ...figures } = report
  console.log(figures)
  for (const [what, list] of Object.entries({ lost, different, failures })) {
    console.log(`${what}: ${list.length}`)
    for (const each of list.slice(0, 20)) console.log(`  ${each}`)
  }
  process.exitCode = lost.length + different.length + failures.length === 0 ? 0 : 1
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true })
}
