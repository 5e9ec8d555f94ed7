import type { Evidence, VerdictKind } from './verdict.ts'

/** What decides, from this score on. */
const THRESHOLD = 0.5

/**
 * The order in which kinds are asked: something that stands in for the response first (the most exact first), then what
 * the site asks for. An `error` is what is left of a status of 400 or more, `ok` what is left of the rest.
 */
const CHALLENGES: readonly VerdictKind[] = ['captcha', 'block', 'waiting-room', 'js-challenge']
const REQUESTS: readonly VerdictKind[] = ['rate-limited', 'unauthorised']

export interface Score {
  readonly kind: VerdictKind
  readonly confidence: number
  readonly vendor: string | null
}

/**
 * Weighs evidence. Weights of one kind add up as independent probabilities (1 - (1 - a)(1 - b)...); evidence that beats
 * other kinds takes them out first; among challenges the highest score of 0.5 or more wins, then among requests to slow
 * down or to log in; else the status decides.
 *
 * @param beaten - kinds that some evidence rules out
 */
export function scoreEvidence(
  evidence: readonly Evidence[],
  beaten: ReadonlySet<VerdictKind>,
  statusCode: number,
): Score {
  const doubt = new Map<VerdictKind, number>()
  for (const { verdict, weight } of evidence) {
    if (verdict === 'present' || beaten.has(verdict)) continue
    doubt.set(verdict, (doubt.get(verdict) ?? 1) * (1 - weight))
  }
  const scoreOf = (kind: VerdictKind) => 1 - (doubt.get(kind) ?? 1)
  const best = (kinds: readonly VerdictKind[]) => kinds.reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a))
  const sure = scoreOf('ok')
  for (const group of [CHALLENGES, REQUESTS]) {
    const kind = best(group)
    const score = scoreOf(kind)
    if (score >= THRESHOLD && score > sure)
      return { kind, confidence: round(score), vendor: vendorOf(evidence, kind) }
  }
  const rest = Math.max(scoreOf(best(CHALLENGES)), scoreOf(best(REQUESTS)))
  const kind = statusCode >= 400 && sure < THRESHOLD ? 'error' : 'ok'
  return { kind, confidence: round(1 - rest), vendor: null }
}

/** The vendor that the strongest evidence for a kind names. */
function vendorOf(evidence: readonly Evidence[], kind: VerdictKind): string | null {
  let vendor: string | null = null
  let weight = 0
  for (const item of evidence) {
    if (item.verdict === kind && item.vendor !== null && item.weight > weight) {
      vendor = item.vendor
      weight = item.weight
    }
  }
  return vendor
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
