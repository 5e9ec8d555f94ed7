/**
 * A host as URLs have it: lower case, punycode, IPv4 in four decimal numbers, IPv6 in brackets (they may be missing).
 * Null when the text is no host.
 */
export function canonicalHost(text: string): string | null {
  if (/^\.|\.\.|[\s/\\?#@%]/.test(text)) return null
  const host = /^[^[]*:.*:/.test(text) ? `[${text}]` : text
  if (host.replace(/^\[.*\]/, '').includes(':')) return null // a port
  try {
    return new URL(`http://${host}/`).hostname
  } catch {
    return null
  }
}
