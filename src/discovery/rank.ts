import type { PartSource } from '../record/index.ts'
import type { DiscoveredField } from './discovery.ts'
import { sourceText } from './json-path.ts'
import type { ReadEvidence } from './reads.ts'
import type { RecordedExchange } from './recorded-exchange.ts'
import type { Wanted } from './shown-texts.ts'

/** What is found in one answer. */
export interface Found {
  readonly fields: readonly DiscoveredField[]
  /** Names of what is wanted that is there. */
  readonly names: ReadonlySet<string>
  /** How often what is found has the one place only. */
  readonly unambiguous: number
}

export interface RankFacts {
  readonly exchange: RecordedExchange
  readonly evidence: ReadEvidence
  readonly found: Found
  readonly wanted: readonly Wanted[]
  readonly parameters: readonly PartSource[]
  /** Why HTTP cannot ask for it. */
  readonly blocked: string | undefined
}

/** How good a request is for what is wanted, and why: above all how much of it is there. */
export function ranked({ exchange, evidence, found, wanted, parameters, blocked }: RankFacts): {
  readonly score: number
  readonly reasons: readonly string[]
} {
  const share = found.names.size / Math.max(1, wanted.length)
  const reasons = [`it holds ${found.names.size} of ${wanted.length} texts`]
  let score = 70 * share
  if (found.unambiguous > 0) {
    score += 10 * (found.unambiguous / wanted.length)
    reasons.push(`${found.unambiguous} of them are in one place only`)
  }
  if (evidence.reads && evidence.why === 'graphql-query')
    reasons.push('a POST, and a GraphQL query by its text')
  if (evidence.reads && evidence.why === 'declared') reasons.push('a POST, and you say that it reads')
  if (exchange.kind === 'document') {
    score += 8
    reasons.push('the data is in the page itself: plain HTTP gets it with the document')
  } else if (/json/.test(exchange.mediaType)) {
    score += 5
    reasons.push('its answer is JSON')
  }
  if (parameters.length > 0) {
    score += 5
    reasons.push(`it depends on ${[...new Set(parameters.map(sourceText))].join(', ')}, seen on one page`)
  } else if (exchange.kind !== 'document')
    reasons.push('no part of it was found in the page’s URL: it may be the same for all pages')
  if (exchange.requester !== 'page') reasons.push(`the script of a ${exchange.requester} asked for it`)
  if (exchange.byServiceWorker) {
    score -= 10
    reasons.push('the site’s service worker answered it: HTTP may get something else')
  }
  const size = exchange.body?.length ?? 0
  if (size < 64 * 1024) score += 2
  if (blocked !== undefined) {
    score *= 0.4
    reasons.push(`HTTP cannot ask for it: ${blocked}`)
  }
  return { score: Math.round(Math.min(100, score)), reasons }
}
