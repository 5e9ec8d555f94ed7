/** Where a solve sees that a script left something without going on. */
export interface CookieEvidence {
  /**
   * Brings what the browser wrote into the record; the `Cookie` header for the URL then, or null when another process has
   * taken over. A secret: for comparing only.
   */
  read(): Promise<string | null>
  /** Whether a request over HTTP passes with what the record holds now. It takes no cookie in return. */
  proves(): Promise<boolean>
}

/** How long nothing has to happen after the first new cookie before a request proves it; then twice as long each time. */
const QUIET_MS = 1_500
const MAX_QUIET_MS = 12_000

/**
 * Distinguishes a clearance from other cookies. What the challenge's own documents set is none: a gate may set a nonce with each
 * answer. Another new cookie may be one: a request over HTTP proves it, while the page goes on.
 */
export class ClearanceWatch {
  readonly #evidence: CookieEvidence
  readonly #known: Set<string>
  readonly #quietMs: number
  #changedAt: number | undefined
  #waitMs: number
  #asking = false

  /** @param before - the `Cookie` header from before the solve */
  constructor(evidence: CookieEvidence, before: string, quietMs = QUIET_MS) {
    this.#evidence = evidence
    this.#known = new Set(before.split('; '))
    this.#quietMs = quietMs
    this.#waitMs = quietMs
  }

  /** Whether there is a new cookie that no document of the challenge has set. */
  get changed(): boolean {
    return this.#changedAt !== undefined
  }

  /** These pairs are no evidence: a document that was no way through has set them. */
  discount(pairs: readonly string[]): void {
    for (const pair of pairs) this.#known.add(pair)
  }

  /** A document has come: what happened before it is answered by it. */
  restart(): void {
    this.#changedAt = undefined
    this.#waitMs = this.#quietMs
  }

  /** Looks once; resolves to whether it is proven that the session passes. Never rejects. */
  async look(isQuiet: () => boolean): Promise<boolean> {
    if (this.#asking) return false
    this.#asking = true
    try {
      const header = await this.#evidence.read()
      if (header === null || header === '') return false
      if (header.split('; ').every((pair) => this.#known.has(pair))) {
        this.#changedAt = undefined
        return false
      }
      this.#changedAt ??= performance.now()
      if (!isQuiet() || performance.now() - this.#changedAt < this.#waitMs) return false
      if (await this.#evidence.proves()) return true
      this.#changedAt = performance.now()
      this.#waitMs = Math.min(MAX_QUIET_MS, 2 * this.#waitMs)
      return false
    } catch {
      return false
    } finally {
      this.#asking = false
    }
  }
}
