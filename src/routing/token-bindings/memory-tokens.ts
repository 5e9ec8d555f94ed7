import { LazyMap, Secret } from '../../core/index.ts'

/** As many are kept for one session, with as many characters in all: the ones that pages sent last. */
const MAX_TOKENS = 500
const MAX_CHARS = 512 * 1024

interface Held {
  readonly token: Secret
  readonly chars: number
  /** When a page sent it, in epoch milliseconds. */
  readonly sentAt: number
  /** The site has refused it, and no page has sent it since. */
  refused: boolean
  /** The site has refused it, whoever has sent it since. */
  everRefused: boolean
}

/**
 * Tokens that only pages' memory has, by the id of their binding: in this process, and in no record, store or file. What is printed
 * of them is a mask.
 */
export class MemoryTokens {
  readonly #held = new LazyMap<string, Held>()
  #chars = 0

  get size(): number {
    return this.#held.size
  }

  /** The token, refused or not; undefined where there is none (any more). */
  get(id: string): string | undefined {
    return this.#held.get(id)?.token.reveal()
  }

  isRefused(id: string): boolean {
    return this.#held.get(id)?.refused ?? false
  }

  /** Whether the site has refused the token before: a page that sends it again may not know of it yet. */
  wasRefused(id: string): boolean {
    return this.#held.get(id)?.everRefused ?? false
  }

  /** When a page sent it; undefined where there is none. */
  sentAt(id: string): number | undefined {
    return this.#held.get(id)?.sentAt
  }

  ids(): string[] {
    return [...this.#held.keys()]
  }

  /** A page has sent it: it holds until the page sends another one, whatever was thought of it. */
  put(id: string, token: string, sentAt: number): void {
    const before = this.#held.get(id)
    const everRefused = before?.everRefused === true && before.token.reveal() === token
    this.delete(id)
    this.#held.set(id, { token: new Secret(token), chars: token.length, sentAt, refused: false, everRefused })
    this.#chars += token.length
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MAX_TOKENS && this.#chars <= MAX_CHARS) break
      this.delete(oldest)
    }
  }

  /** The site does not take this one any more: it is not sent again until a page sends it. */
  refuse(id: string, token: string): void {
    const held = this.#held.get(id)
    if (held?.token.reveal() === token) held.refused = held.everRefused = true
  }

  delete(id: string): void {
    const held = this.#held.get(id)
    if (held === undefined) return
    this.#chars -= held.chars
    this.#held.delete(id)
  }

  clear(): void {
    this.#held.clear()
    this.#chars = 0
  }
}
