import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { cpuQuota, memoryGroups } from './cgroup.ts'
import type { MachineLimits, MemoryReading } from './worker-capacity.ts'

/** What this process may use: of the machine, of its container, of the groups that it is in. */
export function readMachine(): MachineLimits {
  const cpus = Math.min(availableParallelism(), cpuQuota(readFile) ?? Number.POSITIVE_INFINITY)
  return { memoryBytes: readMemory().totalBytes, cpus }
}

/**
 * What is there and what is left, by the tightest of all limits. On Linux files that can be read again count as free; on other
 * systems it is what Node.js says. Reads a few files of the kernel: well under a millisecond.
 */
export function readMemory(): MemoryReading {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFile('/proc/meminfo') ?? '')?.[1]
  // Node.js knows limits of other systems as well; there is none where the number is beyond the machine's.
  const constrained = process.constrainedMemory()
  let totalBytes = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem()
  let availableBytes = kibibytes === undefined ? process.availableMemory() : Number(kibibytes) * 1024
  for (const { limitBytes, usedBytes } of memoryGroups(readFile)) {
    totalBytes = Math.min(totalBytes, limitBytes)
    if (usedBytes !== null) availableBytes = Math.min(availableBytes, limitBytes - usedBytes)
  }
  return { totalBytes, availableBytes: Math.max(0, Math.min(availableBytes, totalBytes)) }
}

function readFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
