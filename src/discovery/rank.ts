import type { DiscoveredField } from './discovery.ts'
import { sourceText } from './json-path.ts'
import { isShortNumber, type PartOrigin } from './part-origins.ts'
import type { ReadEvidence } from './reads.ts'
import type { RecordedExchange } from './recorded-exchange.ts'
import type { Wanted } from './shown-texts.ts'

/** What is found in one answer. */
export interface Found {
  readonly fields: readonly DiscoveredField[]
  /** Names of what is wanted that is there. */
  readonly names: ReadonlySet<string>
  /** At how many places of the answer each is, by name. */
  readonly places: ReadonlyMap<string, number>
}

export interface RankFacts {
  readonly exchange: RecordedExchange
  readonly evidence: ReadEvidence
  readonly found: Found
  readonly wanted: readonly Wanted[]
  readonly parameters: readonly (PartOrigin & { readonly place: string })[]
  /** Why HTTP cannot ask for it. */
  readonly blocked: string | undefined
}

/** Texts that are named one by one. */
const MAX_NAMED = 5
/** What a short number counts for: it is in many answers. */
const SHORT_WEIGHT = 0.2

function weightOf({ shown }: Wanted): number {
  const texts = typeof shown === 'string' ? [shown] : shown
  return texts.every((text) => text.length < 2 || isShortNumber(text)) ? SHORT_WEIGHT : 1
}

/** How good a request is for what is wanted, and why: above all how much of it is there. */
export function ranked({ exchange, evidence, found, wanted, parameters, blocked }: RankFacts): {
  readonly score: number
  readonly reasons: readonly string[]
} {
  const weight = (some: readonly Wanted[]) => some.reduce((sum, one) => sum + weightOf(one), 0)
  const all = Math.max(weight(wanted), Number.EPSILON)
  const held = wanted.filter(({ name }) => found.names.has(name))
  const alone = held.filter(({ name }) => found.places.get(name) === 1)
  const reasons = [`it holds ${found.names.size} of ${wanted.length} texts`]
  let score = 70 * (weight(held) / all)
  if (alone.length > 0) {
    score += 10 * (weight(alone) / all)
    reasons.push(`${alone.length} of them are in one place only`)
  }
  const many = held.filter(({ name, asked }) => asked && (found.places.get(name) ?? 0) > 1)
  for (const { name } of many.slice(0, MAX_NAMED))
    reasons.push(
      `${name} is at ${found.places.get(name)} places of it: which is meant, one page does not show`,
    )
  const short = held.filter((one) => one.asked && weightOf(one) < 1 && !many.includes(one))
  for (const { name } of short.slice(0, MAX_NAMED))
    reasons.push(`what is shown for ${name} is short: that it is there may be chance`)
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
    const sources = [...new Set(parameters.map(({ source }) => sourceText(source)))]
    score += parameters.some(({ doubt }) => doubt === null) ? 5 : 2
    reasons.push(`it depends on ${sources.join(', ')}, seen on one page`)
    for (const { place, source, doubt } of parameters)
      if (doubt !== null) reasons.push(`${place} may be ${sourceText(source)}, or not: ${doubt}`)
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
