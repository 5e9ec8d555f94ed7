import { posix } from 'node:path'

/** A group of processes whose memory is limited together, in bytes. */
export interface MemoryGroup {
  readonly limitBytes: number
  /** What its processes hold and cannot give back; null where that cannot be read. */
  readonly usedBytes: number | null
}

const ROOT = '/sys/fs/cgroup'
const MAX_DEPTH = 32

/**
 * The groups of control groups version 2 that limit the memory of this process: its own and those around it. In a container
 * the own one is the root, as a rule. Empty where nothing is limited, or version 2 is not there.
 *
 * @param read - the text of a file, null where there is none
 */
export function memoryGroups(read: (path: string) => string | null): MemoryGroup[] {
  const groups: MemoryGroup[] = []
  for (const folder of foldersOf(read('/proc/self/cgroup') ?? '')) {
    // Above `memory.high` its processes are slowed down until they hold less.
    const limits = ['memory.max', 'memory.high'].map((name) => bytesOf(read(`${folder}/${name}`)))
    const limitBytes = Math.min(...limits)
    if (limitBytes === Number.POSITIVE_INFINITY) continue
    const current = bytesOf(read(`${folder}/memory.current`))
    const files = /^inactive_file (\d+)$/m.exec(read(`${folder}/memory.stat`) ?? '')?.[1]
    const usedBytes = Number.isFinite(current) ? Math.max(0, current - Number(files ?? 0)) : null
    groups.push({ limitBytes, usedBytes })
  }
  return groups
}

/**
 * How many processors' time the groups give; null for no limit.
 *
 * @param read - the text of a file, null where there is none
 */
export function cpuQuota(read: (path: string) => string | null): number | null {
  const quotas = foldersOf(read('/proc/self/cgroup') ?? '').flatMap((folder) => {
    const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(read(`${folder}/cpu.max`) ?? '') ?? []
    return quota === undefined || Number(period) === 0 ? [] : [Number(quota) / Number(period)]
  })
  return quotas.length === 0 ? null : Math.min(...quotas)
}

/** The folder of this process's group, and of each group around it. */
function foldersOf(membership: string): string[] {
  const own = /^0::(\/.*)$/m.exec(membership)?.[1]
  if (own === undefined) return []
  const folders: string[] = []
  for (let path = posix.normalize(own); folders.length < MAX_DEPTH; path = posix.dirname(path)) {
    folders.push(path === '/' ? ROOT : `${ROOT}${path}`)
    if (path === '/') break
  }
  return folders
}

/** Infinity for `max`, for no file, and for what is no number. */
function bytesOf(text: string | null): number {
  const digits = /^(\d+)\s*$/.exec(text ?? '')?.[1]
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits)
}
