import { findOnPath, isExecutable } from './find-on-path.ts'

/**
 * The redis-server (or valkey-server) to start in tests and benchmarks: $REDIS_SERVER, else the first on PATH. Null when
 * there is none.
 *
 * @throws Error when REDIS_SERVER names a file that cannot be executed
 */
export function findRedis(env: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const chosen = env['REDIS_SERVER']
  if (!chosen) return findOnPath(['redis-server', 'valkey-server'], env)
  if (isExecutable(chosen)) return chosen
  throw new Error(`REDIS_SERVER names no executable file: ${chosen}`)
}
