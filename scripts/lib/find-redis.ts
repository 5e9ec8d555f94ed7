import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The redis-server (or valkey-server) to start in tests and benchmarks: $REDIS_SERVER, else the first on PATH. Null when
 * there is none.
 *
 * @throws Error when REDIS_SERVER names a file that cannot be executed
 */
export function findRedis(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const chosen = env['REDIS_SERVER']
  if (chosen) {
    if (isExecutable(chosen)) return chosen
    throw new Error(`REDIS_SERVER names no executable file: ${chosen}`)
  }
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of (env['PATH'] ?? '').split(delimiter)) {
      const file = join(folder, name)
      if (folder !== '' && isExecutable(file)) return file
    }
  }
  return null
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
