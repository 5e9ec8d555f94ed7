import type { HtmlFacts } from './html-facts.ts'

/**
 * How much of a page a document is. `gate`: nothing but a threshold, little to read and nothing to fill in. `content`:
 * plainly the thing that was asked for. `small`: neither can be said.
 */
export type Shape = 'gate' | 'small' | 'content'

/** A successful document with more links than these is a page to go on from, not one that stands in the way. */
export const MOST_LINKS = 20

/** Challenge pages never answer with these; a missing page may well look like a gate. */
const NEVER_A_GATE = new Set([404, 410])

/**
 * @param complete - whether the whole document was seen: a part never counts as a gate
 */
export function shapeOf(facts: HtmlFacts, statusCode: number, complete: boolean): Shape {
  const success = statusCode < 400
  const { links, userFields, images } = facts
  const letters = facts.text.length
  if (success && (letters > 4_000 || links > MOST_LINKS)) return 'content'
  if (!complete || NEVER_A_GATE.has(statusCode) || userFields > 0) return 'small'
  const gate = success
    ? letters <= 1_800 && links <= 12 && images <= 8
    : letters <= 6_000 && links <= 2 * MOST_LINKS
  return gate ? 'gate' : 'small'
}
