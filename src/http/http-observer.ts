import { type HeaderList, indexOfHeader } from './request-headers.ts'

/** A connection that came to be. */
export interface ConnectionFacts {
  /** Where it leads: a site, or the proxy that forwards plain requests. */
  readonly origin: string
  /** `TLSv1.2` or `TLSv1.3`; null without TLS. */
  readonly tlsVersion: string | null
  /** By its IANA name; null without TLS. */
  readonly cipher: string | null
  readonly alpn: 'h2' | 'http/1.1'
  /** Whether version and cipher are among those that the session's settings allow. */
  readonly consistent: boolean
}

/** Notified of connections and requests as they happen. Called synchronously; must not throw. */
export interface HttpObserver {
  onConnection(facts: ConnectionFacts): void
  /**
   * A request (each redirect hop is one) has got its connection and goes out.
   *
   * @param consistent - whether it shows who asks as the session's browser would
   */
  onRequest(consistent: boolean): void
}

/** What a page's own script may say otherwise without the browser being another one. */
const FREE: ReadonlySet<string> = new Set(['accept', 'referer', 'origin', 'priority'])

/**
 * Whether a request shows the identity's headers, each with its value and in their order; headers beside them do not matter.
 *
 * @param identity - what the session's browser sends for this kind of request
 * @param sent - what is sent
 */
export function showsIdentity(identity: HeaderList, sent: HeaderList): boolean {
  let at = 0
  for (let i = 0; i < identity.length; i += 2) {
    const name = identity[i]!.toLowerCase()
    if (FREE.has(name)) {
      if (indexOfHeader(sent, name) < 0) return false
      continue
    }
    while (at < sent.length && sent[at]!.toLowerCase() !== name) at += 2
    if (at >= sent.length) return false
    if (sent[at + 1] !== identity[i + 1]) return false
    at += 2
  }
  return true
}
