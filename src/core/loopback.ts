import { isIPv4 } from 'node:net'

/**
 * Whether a host is this machine itself, as Chromium decides it: `localhost` and what ends in `.localhost`, the IPv4
 * addresses of 127.0.0.0/8, and `::1`. A name that merely begins like an address (`127.evil.test`) is not.
 *
 * @param host - as `URL.hostname` has it; an IPv6 address may lack its brackets
 */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/\.$/, '')
  if (isIPv4(bare)) return bare.startsWith('127.')
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '[::1]' || bare === '::1'
}

/** Whether Chromium takes an http(s) URL for potentially trustworthy (Secure Contexts): TLS, or this machine itself. */
export function isTrustworthy(url: { readonly protocol: string; readonly hostname: string }): boolean {
  return url.protocol === 'https:' || url.protocol === 'wss:' || isLoopback(url.hostname)
}
