/**
 * Which cookies have to be set anew, in this order, so that the held ones end in the wanted order: a cookie that is set
 * anew becomes the youngest. The fewest that do.
 *
 * @param held - ids in the order that the context has them
 * @param wanted - the same ids in the order that they should have
 */
export function toSetAnew(held: readonly string[], wanted: readonly string[]): string[] {
  const place = new Map(held.map((id, index) => [id, index]))
  let last = -1
  for (let kept = 0; kept < wanted.length; kept++) {
    const at = place.get(wanted[kept] as string) ?? -1
    if (at < last) return wanted.slice(kept)
    last = at
  }
  return []
}

/** Cookies with different keys never compete for a place in a header; most with equal keys do not either. */
export function orderGroup(cookie: { readonly domain: string; readonly path: string }): string {
  const labels = cookie.domain.replace(/^\./, '').split('.')
  return `${labels.slice(-2).join('.')} ${Buffer.byteLength(cookie.path)}`
}
