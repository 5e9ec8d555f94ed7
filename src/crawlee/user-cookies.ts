/** The pairs of a `Cookie` header. */
function pairsOf(header: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
}

/**
 * The cookies that a crawl adds to those of the session, as a `Cookie` header; undefined where it adds none.
 *
 * @param given - the header as Crawlee made it: what it was shown of the session, and what requests and hooks add
 * @param shown - what it was shown of the session, which by now may hold something else
 */
export function userCookies(given: string, shown: string): string | undefined {
  const known = new Set(pairsOf(shown))
  const added = pairsOf(given).filter((pair) => !known.has(pair))
  return added.length === 0 ? undefined : added.join('; ')
}
