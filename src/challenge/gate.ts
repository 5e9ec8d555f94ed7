import type { HtmlFacts } from './html-facts.ts'
import { hasMountPoint, isThreshold, type Shape } from './shape.ts'
import type { Evidence, VerdictKind } from './verdict.ts'

/** A document that may stand in the way, and what its observers ask of it again and again. */
export interface Gate {
  readonly facts: HtmlFacts
  readonly shape: Shape
  readonly statusCode: number
  readonly refused: boolean
  /** Whether the server says that it failed. */
  readonly failed: boolean
  /** A sentence or two, and hardly a link. */
  readonly tiny: boolean
  /** Whether an application draws itself there. */
  readonly mounts: boolean
}

/** A sentence or two. */
export const TINY_CHARS = 400
export const TINY_LINKS = 3

/** The document as a gate; null when it is none. */
export function asGate(facts: HtmlFacts, shape: Shape, statusCode: number): Gate | null {
  if (!isThreshold(facts, shape, statusCode)) return null
  const refused = statusCode >= 400
  const tiny = facts.text.length <= TINY_CHARS && facts.links <= TINY_LINKS
  return {
    facts,
    shape,
    statusCode,
    refused,
    failed: isFailure(statusCode),
    tiny,
    mounts: hasMountPoint(facts),
  }
}

/** An observation that names no vendor. */
export function seen(
  signal: string,
  verdict: VerdictKind | 'present',
  weight: number,
  note: string,
): Evidence {
  return { signal, vendor: null, where: 'structure', verdict, weight, note }
}

/** A server that fails says so in a few words too, and may well reload. Vendors' own codes are above 520. */
function isFailure(statusCode: number): boolean {
  return statusCode >= 500 && statusCode <= 520 && statusCode !== 503
}
