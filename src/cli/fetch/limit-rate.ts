import { setTimeout as pause } from 'node:timers/promises'
import { UsageError } from '../usage-error.ts'

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** Bytes a second. @throws UsageError */
export function parseRate(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([bkmg]?)$/i.exec(text) ?? []
  const rate = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? 1))
  if (!(rate >= 1)) throw new UsageError('--limit-rate takes bytes a second: 5000, 100K, 2M')
  return rate
}

/** The chunks of a body, at `rate` bytes a second at most: whoever sends them has to wait. */
export async function* limited(
  body: AsyncIterable<Buffer>,
  rate: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const startedAt = performance.now()
  // Pieces of a tenth of a second, so that it flows.
  const most = Math.max(1, Math.ceil(rate / 10))
  let bytes = 0
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += most) {
      const piece = chunk.subarray(at, at + most)
      bytes += piece.length
      const dueMs = (bytes / rate) * 1_000 - (performance.now() - startedAt)
      if (dueMs > 0) await pause(dueMs, undefined, { signal })
      yield piece
    }
  }
}
