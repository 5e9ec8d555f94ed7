import { OnejarError } from '../core/index.ts'
import type { Verdict } from './verdict.ts'

/**
 * A verdict for people: a line that sums it up, then a line for each piece of evidence, the strongest first. It holds
 * the table's words only: no value, query string or text that the site sent.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS for what `classify()` did not make
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
