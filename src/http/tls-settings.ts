import type { buildConnector } from 'undici'

/**
 * The TLS settings of every connection that Onejar opens: to sites, through CONNECT proxies and SOCKS5, and to proxies that
 * speak TLS. They are those of Node.js 24, written down, so that neither a flag (`--tls-min-v1.0`, `--tls-cipher-list`)
 * nor a later Node.js changes what a site sees. They imitate no browser. The `connect` option of a session takes precedence over them.
 */

/** Older versions are refused by both sides of the handshake (RFC 8996). */
export const TLS_MIN_VERSION = 'TLSv1.2'
export const TLS_MAX_VERSION = 'TLSv1.3'

/** What is offered, best first; the first three are TLS 1.3. By OpenSSL's names. */
export const TLS_CIPHERS: readonly string[] = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ...['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'DHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-RSA-AES128-SHA256', 'DHE-RSA-AES128-SHA256', 'ECDHE-RSA-AES256-SHA384', 'DHE-RSA-AES256-SHA256'],
  ...['DHE-DSS-AES256-GCM-SHA384', 'DHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ...['ECDHE-RSA-CHACHA20-POLY1305', 'DHE-RSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES256-CCM'],
  ...['DHE-RSA-AES256-CCM', 'ECDHE-ECDSA-ARIA256-GCM-SHA384', 'ECDHE-ARIA256-GCM-SHA384'],
  ...['DHE-DSS-ARIA256-GCM-SHA384', 'DHE-RSA-ARIA256-GCM-SHA384', 'DHE-DSS-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES128-CCM', 'DHE-RSA-AES128-CCM', 'ECDHE-ECDSA-ARIA128-GCM-SHA256'],
  ...['ECDHE-ARIA128-GCM-SHA256', 'DHE-DSS-ARIA128-GCM-SHA256', 'DHE-RSA-ARIA128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-SHA384', 'DHE-DSS-AES256-SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
  ...['DHE-DSS-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-RSA-AES256-SHA', 'DHE-RSA-AES256-SHA'],
  ...['DHE-DSS-AES256-SHA', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'DHE-RSA-AES128-SHA'],
  ...['DHE-DSS-AES128-SHA', 'AES256-GCM-SHA384', 'AES256-CCM', 'ARIA256-GCM-SHA384', 'AES128-GCM-SHA256'],
  ...['AES128-CCM', 'ARIA128-GCM-SHA256', 'AES256-SHA256', 'AES128-SHA256', 'AES256-SHA', 'AES128-SHA'],
]

/** Key exchange groups; a key share is sent for those with a star. OpenSSL before 3.5 (Node.js 22) has no hybrid. */
export const TLS_CURVES = hasHybridGroups()
  ? '*X25519MLKEM768/*X25519:P-256:X448:P-384:P-521/ffdhe2048:ffdhe3072'
  : 'X25519:P-256:X448:P-384:P-521:ffdhe2048:ffdhe3072'

/** As undici's connector takes them. ALPN is `h2`, then `http/1.1`, which is Chromium's order; without HTTP/2 the latter alone. */
export const TLS_SETTINGS = {
  minVersion: TLS_MIN_VERSION,
  maxVersion: TLS_MAX_VERSION,
  ciphers: TLS_CIPHERS.join(':'),
  ecdhCurve: TLS_CURVES,
  preferH2: true,
  // A resumed session shows a site a different ClientHello, and that two sessions of a process are one.
  maxCachedSessions: 0,
} as const satisfies buildConnector.BuildOptions

function hasHybridGroups(): boolean {
  const [major = 0, minor = 0] = process.versions.openssl.split('.').map(Number)
  return major > 3 || (major === 3 && minor >= 5)
}
