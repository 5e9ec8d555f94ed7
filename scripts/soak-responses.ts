/**
 * Kills processes in the moment a response was returned to them (`persist: 'before-response'`), and counts the cookies of
 * such responses that the store does not hold.
 *
 *     node scripts/soak-responses.ts [rounds, default 200] [sqlite | redis]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '../src/store/index.ts'
import { respondAndKill } from '../test/integration/fleet/response-rounds.ts'
import { RedisServer } from '../test/support/redis-server.ts'

const rounds = Number(process.argv[2] ?? 200)
const kind = process.argv[3] ?? 'sqlite'
const folder = mkdtempSync(join(tmpdir(), 'onejar-responses-'))
const server = kind === 'redis' ? await RedisServer.start() : null
try {
  const target = server?.url ?? join(folder, 'onejar.db')
  const { said, lost } = await respondAndKill({ target, keys: generateKey(), rounds, parallel: 2 })
  console.log(`${kind}: ${rounds} processes killed after ${said} responses, ${lost.length} lost`)
  process.exitCode = lost.length === 0 && said > 0 ? 0 : 1
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true })
}
