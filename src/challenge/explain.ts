import { OnejarError } from '../core/index.ts'
import type { Verdict } from './verdict.ts'

/**
 * A verdict for people: one line that sums it up, then a line for each piece of evidence, the strongest first. The text
 * holds only words of Onejar's own: no value, query string or text that the site sent.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS for something that `classify()` did not make
 * @example
 * ```ts
 * import { explain } from 'onejar'
 *
 * const { verdict } = await session.fetch('https://example.com/', { escalate: false })
 * if (verdict !== null) console.log(explain(verdict))
 * ```
 */
export function explain(verdict: Verdict): string {
  try {
    return linesOf(verdict)
  } catch (cause) {
    // Any object can be handed in, and any getter can throw.
    throw new OnejarError('ONEJAR_BAD_OPTIONS', 'explain(): expected a verdict, as classify() gives it', {
      cause,
    })
  }
}

function linesOf(verdict: Verdict): string {
  const by = verdict.vendor === null ? '' : ` by ${verdict.vendor}`
  const wait = verdict.retryAfterMs === undefined ? '' : `, retry after ${verdict.retryAfterMs} ms`
  const lines = [`${verdict.kind}${by} (confidence ${verdict.confidence.toFixed(2)}${wait})`]
  for (const { signal, vendor, where, verdict: kind, weight, note } of verdict.evidence) {
    lines.push(`  ${kind} +${weight.toFixed(2)} ${vendor ?? 'any'}/${signal} in ${where}: ${note}`)
  }
  return lines.join('\n')
}
