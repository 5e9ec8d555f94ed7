import type { ConnectionFacts, HttpObserver } from './http-observer.ts'

/** What was counted since the start. */
export interface ConnectionCounts {
  readonly connections: number
  /** Connections with a version and a cipher of the session's settings. */
  readonly consistentConnections: number
  readonly requests: number
  /** Requests that showed the session's identity as its browser would. */
  readonly consistentRequests: number
  /** Connections by TLS version (`none` without TLS). */
  readonly tlsVersions: Readonly<Record<string, number>>
  /** Connections by cipher suite; those without TLS are not among them. */
  readonly ciphers: Readonly<Record<string, number>>
}

/** Counts connections and requests. What can be a key of it comes from OpenSSL's own names, so it stays small. */
export class ConnectionTally implements HttpObserver {
  #connections = 0
  #consistentConnections = 0
  #requests = 0
  #consistentRequests = 0
  readonly #tlsVersions = new Map<string, number>()
  readonly #ciphers = new Map<string, number>()

  onConnection({ tlsVersion, cipher, consistent }: ConnectionFacts): void {
    this.#connections += 1
    if (consistent) this.#consistentConnections += 1
    count(this.#tlsVersions, tlsVersion ?? 'none')
    if (cipher !== null) count(this.#ciphers, cipher)
  }

  onRequest(consistent: boolean): void {
    this.#requests += 1
    if (consistent) this.#consistentRequests += 1
  }

  read(): ConnectionCounts {
    return {
      connections: this.#connections,
      consistentConnections: this.#consistentConnections,
      requests: this.#requests,
      consistentRequests: this.#consistentRequests,
      tlsVersions: Object.fromEntries(this.#tlsVersions),
      ciphers: Object.fromEntries(this.#ciphers),
    }
  }
}

/**
 * How far what sites saw was one and the same client, from 0 to 1: the share of connections with the session's TLS settings,
 * or that of requests with its browser's headers, whichever is smaller. 1 when nothing was sent.
 */
export function consistencyScore(counts: ConnectionCounts): number {
  const { connections, consistentConnections, requests, consistentRequests } = counts
  return Math.min(share(consistentConnections, connections), share(consistentRequests, requests))
}

/** The share of requests that found a connection open already; 0 when there was no request. */
export function connectionReuse({ connections, requests }: ConnectionCounts): number {
  return requests === 0 ? 0 : Math.max(0, (requests - connections) / requests)
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
