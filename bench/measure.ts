/** One way to fetch the page. */
export interface Peer {
  readonly name: string
  /** How many requests run at the same time. */
  readonly concurrency: number
  /** How many requests make one round. */
  readonly requests: number
  /** Fetches the page and reads its whole body. */
  fetch(): Promise<unknown>
  close?(): Promise<void>
}

export interface PeerResult {
  readonly name: string
  /** Requests per second, one figure per round. */
  readonly rounds: readonly number[]
  readonly median: number
}

/**
 * Runs the peers in turn, round by round, so that other load on the machine affects all of them alike. The first round is a
 * warm-up and does not count.
 *
 * @param scale - which share of its requests each peer makes: small to see that all works
 */
export async function race(
  peers: readonly Peer[],
  rounds: number,
  onRound: (round: number) => void,
  scale = 1,
): Promise<PeerResult[]> {
  const figures = peers.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    onRound(round)
    for (const [i, peer] of peers.entries()) {
      globalThis.gc?.()
      const requests = Math.max(1, Math.ceil(peer.requests * scale))
      const rate = await rateOf(peer, round === 0 ? Math.ceil(requests / 4) : requests)
      if (round > 0) figures[i]?.push(rate)
    }
  }
  return peers.map(({ name }, i) => ({ name, rounds: figures[i] ?? [], median: median(figures[i] ?? []) }))
}

async function rateOf(peer: Peer, requests: number): Promise<number> {
  let left = requests
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: peer.concurrency }, async () => {
      while (left-- > 0) await peer.fetch()
    }),
  )
  return (requests * 1000) / (performance.now() - startedAt)
}

/** Runs a job many times, and returns the quantiles of its time in milliseconds. */
export async function latency(
  times: number,
  work: (i: number) => Promise<unknown>,
): Promise<{ p50: number; p99: number }> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now()
    await work(i)
    taken.push(performance.now() - startedAt)
  }
  return percentiles(taken)
}

export function percentiles(values: readonly number[]): { p50: number; p99: number } {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99) }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}
