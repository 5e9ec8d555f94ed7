import { randomBytes } from 'node:crypto'
import { type Clock, steadyMs } from '../../core/index.ts'
import type { HeaderList } from '../request-headers.ts'
import type { BotAuthPlan } from './bot-auth-options.ts'
import { type BotKey, readBotKey } from './bot-key.ts'
import { SIGNATURE_LABEL, type SignedComponent, signMessage } from './sign-message.ts'

/** The tag of draft-ietf-webbotauth-httpsig-protocol-01. */
const TAG = 'web-bot-auth'

interface Signed {
  readonly headers: HeaderList
  /** Until when it is used again, on the steady clock. */
  readonly until: number
}

export interface BotAuthParts {
  readonly clock: Clock
  /** Called when the function that gives the key fails while there is a key. Must not throw. */
  readonly onKeyFailed: (error: unknown) => void
}

/**
 * Signs requests to chosen origins (Web Bot Auth: RFC 9421 as draft-ietf-webbotauth-httpsig-protocol-01 profiles it). A signature
 * covers the host and `Signature-Agent`, so that one is good for all requests to an origin for a moment.
 */
export class BotAuth {
  /** The origins whose requests are signed. */
  readonly origins: ReadonlySet<string>
  readonly #plan: BotAuthPlan
  readonly #parts: BotAuthParts
  readonly #agent: { readonly header: string; readonly component: SignedComponent }
  readonly #signed = new Map<string, Signed>()
  #key: BotKey
  #loadedAt: number
  #loading = false

  private constructor(plan: BotAuthPlan, parts: BotAuthParts, key: BotKey) {
    this.#plan = plan
    this.#parts = parts
    this.#key = key
    this.#loadedAt = steadyMs(parts.clock)
    this.origins = new Set(plan.origins)
    const value = `"${plan.agent}"`
    this.#agent =
      plan.agentFormat === 'string'
        ? { header: value, component: { id: '"signature-agent"', value } }
        : {
            header: `${SIGNATURE_LABEL}=${value}`,
            component: { id: `"signature-agent";key="${SIGNATURE_LABEL}"`, value },
          }
  }

  /**
   * Reads the key, or asks for it.
   *
   * @throws OnejarError ONEJAR_BAD_OPTIONS for what is no key; what the function throws
   */
  static async open(plan: BotAuthPlan, parts: BotAuthParts): Promise<BotAuth> {
    const { key } = plan
    return new BotAuth(plan, parts, readBotKey(typeof key === 'function' ? await key() : key))
  }

  /** The headers that sign a request to this URL; undefined where its origin is none of those that were chosen. */
  headersFor(url: URL, origin: string = url.origin): HeaderList | undefined {
    const known = this.#signed.get(origin)
    if (known === undefined && !this.origins.has(origin)) return undefined
    const now = steadyMs(this.#parts.clock)
    this.#refresh(now)
    if (known !== undefined && now < known.until) return known.headers
    const headers = this.#sign(url.host)
    if (this.#plan.reuseMs > 0) this.#signed.set(origin, { headers, until: now + this.#plan.reuseMs })
    return headers
  }

  #sign(authority: string): HeaderList {
    const { expiresMs, reuseMs } = this.#plan
    const created = Math.floor(this.#parts.clock.now() / 1000)
    const { input, signature } = signMessage(
      this.#key,
      [{ id: '"@authority"', value: authority }, this.#agent.component],
      {
        tag: TAG,
        created,
        expires: created + Math.ceil(expiresMs / 1000),
        // A nonce says that a signature is used once.
        nonce: reuseMs === 0 ? randomBytes(64).toString('base64') : undefined,
      },
    )
    return ['Signature-Agent', this.#agent.header, 'Signature-Input', input, 'Signature', signature]
  }

  /** Asks for the key again when it is time, while requests go on with the one that is there. */
  #refresh(now: number): void {
    const { key, keyRefreshMs } = this.#plan
    if (typeof key !== 'function' || this.#loading || now - this.#loadedAt < keyRefreshMs) return
    this.#loading = true
    this.#loadedAt = now
    this.#ask(key)
      .catch((error: unknown) => this.#parts.onKeyFailed(error))
      .finally(() => {
        this.#loading = false
      })
  }

  async #ask(ask: Extract<BotAuthPlan['key'], (...args: never) => unknown>): Promise<void> {
    const key = readBotKey(await ask())
    if (key.keyId === this.#key.keyId) return
    this.#key = key
    this.#signed.clear()
  }
}
