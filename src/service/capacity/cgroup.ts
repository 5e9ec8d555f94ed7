import { posix } from 'node:path'

/** A group of processes whose memory is limited together, in bytes. */
export interface MemoryGroup {
  readonly limitBytes: number
  /** What its processes hold and cannot give back; null where that cannot be read. */
  readonly usedBytes: number | null
}

interface Version {
  readonly root: string
  /** Finds the path of this process's group in `/proc/self/cgroup`. */
  readonly own: RegExp
  readonly limits: readonly string[]
  readonly current: string
  /** Finds in `memory.stat` what of it are files that can be read again. */
  readonly files: RegExp
}

const VERSION_2: Version = {
  root: '/sys/fs/cgroup',
  own: /^0::(\/.*)$/m,
  // Above `memory.high` its processes are slowed down until they hold less.
  limits: ['memory.max', 'memory.high'],
  current: 'memory.current',
  files: /^inactive_file (\d+)$/m,
}
const VERSION_1: Version = {
  root: '/sys/fs/cgroup/memory',
  own: /^\d+:(?:[\w=]+,)*memory(?:,[\w=]+)*:(\/.*)$/m,
  limits: ['memory.limit_in_bytes'],
  current: 'memory.usage_in_bytes',
  files: /^total_inactive_file (\d+)$/m,
}
const MAX_DEPTH = 32
/** Version 1 has a number for no limit: the largest of whole pages. */
const NO_LIMIT_BYTES = 2 ** 62

/**
 * The control groups that limit the memory of this process: its own and those around it. In a container the own one is the
 * root, as a rule; with version 1 under another path than the one that is said, which is passed over. Empty where nothing is
 * limited.
 *
 * @param read - the text of a file, null where there is none
 */
export function memoryGroups(read: (path: string) => string | null): MemoryGroup[] {
  const membership = read('/proc/self/cgroup') ?? ''
  return [VERSION_2, VERSION_1].flatMap((version) =>
    foldersOf(membership, version).flatMap((folder) => {
      const limitBytes = Math.min(...version.limits.map((name) => bytesOf(read(`${folder}/${name}`))))
      if (limitBytes > NO_LIMIT_BYTES) return []
      const current = bytesOf(read(`${folder}/${version.current}`))
      const files = version.files.exec(read(`${folder}/memory.stat`) ?? '')?.[1]
      return {
        limitBytes,
        usedBytes: Number.isFinite(current) ? Math.max(0, current - Number(files ?? 0)) : null,
      }
    }),
  )
}

/**
 * How many processors' time the groups give; null for no limit.
 *
 * @param read - the text of a file, null where there is none
 */
export function cpuQuota(read: (path: string) => string | null): number | null {
  const quotas = foldersOf(read('/proc/self/cgroup') ?? '', VERSION_2).flatMap((folder) => {
    const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(read(`${folder}/cpu.max`) ?? '') ?? []
    return quota === undefined || Number(period) === 0 ? [] : [Number(quota) / Number(period)]
  })
  return quotas.length === 0 ? null : Math.min(...quotas)
}

/** The folder of this process's group, and of each group around it. */
function foldersOf(membership: string, { root, own: pattern }: Version): string[] {
  const own = pattern.exec(membership)?.[1]
  if (own === undefined) return []
  const folders: string[] = []
  for (let path = posix.normalize(own); folders.length < MAX_DEPTH; path = posix.dirname(path)) {
    folders.push(path === '/' ? root : `${root}${path}`)
    if (path === '/') break
  }
  return folders
}

/** Infinity for `max`, for no file, and for what is no number. */
function bytesOf(text: string | null): number {
  const digits = /^(\d+)\s*$/.exec(text ?? '')?.[1]
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits)
}
