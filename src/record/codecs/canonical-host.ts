/**
 * A host as URLs have it: lower case, punycode, IPv4 in four decimal numbers, IPv6 in brackets (they may be missing).
 * Null when the text is no host.
 */
export function canonicalHost(text: string): string | null {
  if (text === '' || /^\.|\.\.|[\s/\\?#@%]/.test(text)) return null
  const host = /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? `[${text}]` : text
  if (/:\d*$/.test(host.replace(/^\[.*\]/, ''))) return null
  try {
    return new URL(`http://${host}/`).hostname
  } catch {
    return null
  }
}
