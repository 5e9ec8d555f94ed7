/**
 * Kills writing processes again and again and counts what the store lost.
 *
 *     node scripts/soak-store.ts [rounds, default 500] [sqlite | redis]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../src/store/index.ts'
import { killRound } from '../test/integration/store/kill-rounds.ts'
import { RedisServer } from '../test/support/redis-server.ts'

const rounds = Number(process.argv[2] ?? 500)
const kind = process.argv[3] ?? 'sqlite'
const folder = mkdtempSync(join(tmpdir(), 'onejar-soak-'))
const env = { ONEJAR_HOME: folder }
const server = kind === 'redis' ? await RedisServer.start() : null
const target = server?.url ?? join(folder, 'onejar.db')

let acknowledged = 0
let lost = 0
let torn = 0
try {
  for (let round = 0; round < rounds; round++) {
    const report = await killRound({ target, env, round, writers: 2 }, () => openStore(target, { env }))
    acknowledged += report.acknowledged
    lost += report.lost.length
    torn += report.torn.length
    if ((round + 1) % 50 === 0)
      console.log(`${round + 1} rounds: ${acknowledged} acknowledged, ${lost} lost, ${torn} torn`)
    // The session would outgrow its limit over hundreds of rounds.
    const store = await openStore(target, { env })
    await store.remove({ tenant: 'kill', id: 'session' })
    await store.close()
  }
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true })
}
console.log(
  `${kind}: ${rounds} rounds of 2 killed writers, ${acknowledged} commits acknowledged, ${lost} lost, ${torn} torn`,
)
process.exitCode = lost + torn === 0 ? 0 : 1
