/**
 * Runs the modules of examples in a folder, one after the other, each with a broker of its own, and writes to `results.json`
 * there what each of them threw: null for nothing. Started by `test/package/examples.test.ts`.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Broker, BrokerOptions, Session, SessionPool } from '../../src/index.ts'

type Run = (given: { broker: Broker; session: Session; pool: SessionPool }) => Promise<void>

/** One that hangs must not keep the others from running. */
const MAX_MS = 60_000

const [folder] = process.argv.slice(2) as [string]
process.chdir(folder)
const { openBroker }: { openBroker: (options?: BrokerOptions) => Promise<Broker> } = await import(
  join(folder, 'node_modules/onejar/dist/index.js')
)
const results: Record<string, string | null> = {}
for (const file of readdirSync(join(folder, 'examples')).sort()) {
  results[file] = await outcomeOf(join(folder, 'examples', file))
  writeFileSync(join(folder, 'results.json'), JSON.stringify(results))
}

async function outcomeOf(path: string): Promise<string | null> {
  const broker = await openBroker({ store: 'memory' })
  const timer = Promise.withResolvers<never>()
  const timeout = setTimeout(() => timer.reject(new Error(`it took longer than ${MAX_MS} ms`)), MAX_MS)
  try {
    const { default: run }: { default: Run } = await import(path)
    const pool = broker.pool({ name: 'given' })
    await Promise.race([run({ broker, session: await broker.session('given'), pool }), timer.promise])
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    clearTimeout(timeout)
    await broker.close().catch(() => {})
  }
}
