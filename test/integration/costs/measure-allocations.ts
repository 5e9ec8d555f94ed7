import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Counts } from './compare-costs.ts'

const SCRIPT = fileURLToPath(new URL('allocations.ts', import.meta.url))
const ALLOCATION_FLAGS = [
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
  '--no-warnings',
]

/** Bytes that one request allocates, by the way it is made. */
export async function measureAllocations(): Promise<Counts> {
  const { stdout } = await promisify(execFile)(process.execPath, [...ALLOCATION_FLAGS, SCRIPT])
  const bytes = JSON.parse(stdout) as Record<string, number>
  return Object.fromEntries(Object.entries(bytes).map(([name, count]) => [`bytes allocated: ${name}`, count]))
}
