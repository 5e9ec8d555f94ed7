import { X509Certificate } from 'node:crypto'
import { spkiHash } from '../../http/index.ts'
import type { Fingerprint } from './client-hello.ts'

/** One certificate of a chain. */
export interface ShownCertificate {
  readonly subject: string
  readonly issuer: string
  /** As ISO 8601. */
  readonly validUntil: string
  /** As `pins` takes it. */
  readonly pin: string
}

/** What one side's connection to a site is like. */
export interface Side {
  readonly version: string | null
  /** By its IANA name. */
  readonly cipher: string | null
  readonly alpn: string | null
  /** Null where nothing could be measured. */
  readonly fingerprint: Fingerprint | null
  /** The server's own first. */
  readonly chain: readonly ShownCertificate[]
  /** Why there is no connection, or what is wrong with its certificate. */
  readonly fault: string | null
}

export const NO_CONNECTION = { version: null, cipher: null, alpn: null, chain: [] } as const

/** What is shown of certificates in DER. */
export function shownChain(ders: readonly Buffer[]): ShownCertificate[] {
  return ders.map((der) => {
    const certificate = new X509Certificate(der)
    const { subject, issuer, validTo } = certificate
    return {
      subject: nameOf(subject),
      issuer: nameOf(issuer),
      validUntil: new Date(validTo).toISOString(),
      pin: `sha256//${spkiHash(certificate)}`,
    }
  })
}

/** A name over several lines in one. */
function nameOf(text: string): string {
  return text.split('\n').reverse().join(', ')
}
