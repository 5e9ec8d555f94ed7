import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A link's life: new -> bound to the browser that opened it first -> over. Either of the first two may end it. */
type State =
  | { readonly phase: 'new'; readonly token: Buffer }
  | { readonly phase: 'bound'; readonly cookie: Buffer }
  | { readonly phase: 'over' }

/** How long a link lives, from its making, in milliseconds. */
export const LINK_LIFE_MS = 600_000

const SECRET_BYTES = 32
const ID_BYTES = 12

/**
 * A link that one browser can use once: its token is exchanged for a cookie, and is worth nothing afterwards. Only hashes of
 * both are kept. Whoever asks says what time it is, in milliseconds of a clock that never goes back.
 */
export class OneTimeLink {
  /** Names it in paths and logs. No secret. */
  readonly id = randomBytes(ID_BYTES).toString('base64url')
  readonly endsAt: number
  #state: State

  private constructor(token: string, now: number) {
    this.endsAt = now + LINK_LIFE_MS
    this.#state = { phase: 'new', token: digest(token) }
  }

  /** A new one, and the token that opens it: given out here alone. */
  static make(now: number): { readonly link: OneTimeLink; readonly token: string } {
    const token = randomBytes(SECRET_BYTES).toString('base64url')
    return { link: new OneTimeLink(token, now), token }
  }

  /** Whether it can still be opened, or is in use. */
  lives(now: number): boolean {
    return this.#state.phase !== 'over' && now < this.endsAt
  }

  /** Exchanges the token for a cookie's value; null for a wrong one, and where it was exchanged before or is over. */
  claim(token: string, now: number): string | null {
    if (this.#state.phase !== 'new' || !this.lives(now)) return null
    if (!timingSafeEqual(digest(token), this.#state.token)) return null
    const cookie = randomBytes(SECRET_BYTES).toString('base64url')
    this.#state = { phase: 'bound', cookie: digest(cookie) }
    return cookie
  }

  /** Whether a cookie is the one that the token was exchanged for. */
  admits(cookie: string | undefined, now: number): boolean {
    if (cookie === undefined || this.#state.phase !== 'bound' || !this.lives(now)) return false
    return timingSafeEqual(digest(cookie), this.#state.cookie)
  }

  /** Nothing opens it any more. Idempotent. */
  end(): void {
    this.#state = { phase: 'over' }
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
