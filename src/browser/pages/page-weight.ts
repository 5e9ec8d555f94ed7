import type { TargetAgent } from '../targets/target-agent.ts'

/** Origins of one tab whose storage is asked for: the last ones. */
const MAX_ORIGINS = 32

/**
 * What a page and what its origins stored weigh, in bytes, as far as closing its context gives that back: the heaps of its
 * targets (JavaScript, DOM, buffers), and what its origins keep in the context, which is in memory too, without the databases
 * that the next context gets. Pictures, fonts and the browser's cache are not in it. One round trip; what does not answer
 * counts nothing.
 */
export async function weighPage(agent: TargetAgent): Promise<number> {
  const origins = [...agent.visited].slice(-MAX_ORIGINS)
  const weights = await Promise.all([
    heapBytes(agent),
    ...origins.map((origin) => storedBytes(agent, origin)),
  ])
  return weights.reduce((sum, bytes) => sum + bytes, 0)
}

/** What JavaScript, DOM and buffers take in the processes of this target and of those nested in it. */
async function heapBytes(agent: TargetAgent): Promise<number> {
  const nested = agent.nested.map(heapBytes)
  const heap = await agent.question<HeapUsage>('Runtime.getHeapUsage')
  const own = heap ? heap.usedSize + (heap.embedderHeapUsedSize ?? 0) + (heap.backingStorageSize ?? 0) : 0
  return (await Promise.all(nested)).reduce((sum, bytes) => sum + bytes, own)
}

async function storedBytes(agent: TargetAgent, origin: string): Promise<number> {
  const answer = await agent.question<Usage>('Storage.getUsageAndQuota', { origin })
  const kept = answer?.usageBreakdown.filter(({ storageType }) => storageType !== 'indexeddb') ?? []
  return kept.reduce((sum, { usage }) => sum + usage, 0)
}

interface Usage {
  readonly usageBreakdown: readonly { readonly storageType: string; readonly usage: number }[]
}

interface HeapUsage {
  readonly usedSize: number
  /** Not there in older browsers. */
  readonly embedderHeapUsedSize?: number
  readonly backingStorageSize?: number
}
