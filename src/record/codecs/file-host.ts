import { canonicalHost } from './canonical-host.ts'

/**
 * What a file has for a cookie's domain. Cookies have neither scheme nor port nor path: where a tool writes them beside
 * the host (wget does with the port), the host counts.
 *
 * @returns the host in its canonical form, and whether a dot stood before it; null when there is no host in it
 */
export function fileHost(text: string): { readonly host: string; readonly dotted: boolean } | null {
  const place = text
    .trim()
    .replace(/^[a-z][a-z\d+.-]*:\/\//i, '')
    .replace(/[/?#].*$/s, '')
  const dotted = place.startsWith('.')
  const bare = dotted ? place.slice(1) : place
  const host = canonicalHost(bare.replace(/^(\[[^\]]*\]|[^:]+):\d{1,5}$/, '$1'))
  return host === null ? null : { host, dotted }
}
