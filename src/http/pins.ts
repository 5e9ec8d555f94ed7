import { createHash, type X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { OnejarError } from '../core/index.ts'

const PIN = /^(?:sha256\/\/?)?([A-Za-z0-9+/]{43}=)$/
const HOST = /^(?:\*\.)?[^\s/:*[\]]+$|^\[[0-9a-f:.]+\]$/i

/**
 * Which keys a host may have: by host (`shop.example`, or `*.shop.example` for everything below it), SHA-256 of the
 * certificate's public key (SubjectPublicKeyInfo) in base64, with or without curl's `sha256//` before it.
 */
export const pinsSchema = z.record(
  z.string().max(255).regex(HOST, 'expected a host, or *. and a domain'),
  z.array(z.string().regex(PIN, 'expected sha256//BASE64 of a public key')).min(1).max(32),
)

/**
 * Which public keys a host may show: by host (`shop.example`, or `*.shop.example` for everything below it), 1 to 32 SHA-256
 * hashes of the certificate's public key (SubjectPublicKeyInfo) in base64, with or without curl's `sha256//` before it.
 */
export type PinOptions = z.input<typeof pinsSchema>

/** Holds the server's own key to what its host is pinned to; the chain above it does not count, as with curl. */
export class Pins {
  readonly #exact = new Map<string, ReadonlySet<string>>()
  /** By `.domain`. */
  readonly #below = new Map<string, ReadonlySet<string>>()

  constructor(options: PinOptions) {
    for (const [host, pins] of Object.entries(options)) {
      const keys = new Set(pins.flatMap((pin) => PIN.exec(pin)?.[1] ?? []))
      const name = host.toLowerCase().replace(/\.$/, '')
      if (name.startsWith('*.')) this.#below.set(name.slice(1), keys)
      else this.#exact.set(name, keys)
    }
  }

  /** Whether the host has pins, and so may be spoken to over TLS alone. */
  has(host: string): boolean {
    return this.#keysOf(host) !== undefined
  }

  /**
   * @param origin - where the connection leads, for the error
   * @param certificate - the server's; undefined when the connection has none
   * @throws OnejarError ONEJAR_PIN_MISMATCH
   */
  check(host: string, origin: string, certificate: X509Certificate | undefined): void {
    const keys = this.#keysOf(host)
    if (keys === undefined) return
    if (certificate !== undefined && keys.has(spkiHash(certificate))) return
    const what = certificate === undefined ? 'showed no certificate' : 'showed another key than the pinned'
    throw new OnejarError('ONEJAR_PIN_MISMATCH', `${host} ${what}`, { details: { origin } })
  }

  /** The pins of the host itself take precedence over those of a domain, a longer domain over a shorter one. */
  #keysOf(host: string): ReadonlySet<string> | undefined {
    const name = host.toLowerCase().replace(/\.$/, '')
    const exact = this.#exact.get(name)
    if (exact !== undefined || this.#below.size === 0) return exact
    for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) {
      const keys = this.#below.get(name.slice(at))
      if (keys !== undefined) return keys
    }
    return undefined
  }
}

/** SHA-256 of a certificate's public key, base64. */
export function spkiHash(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('base64')
}
