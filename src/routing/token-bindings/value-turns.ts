import { createHash } from 'node:crypto'

/** So many changes in a row, and the header is made anew for each request. */
const MAX_TURNS = 3
/** A change that took longer may be a renewal. */
const SOON_MS = 10_000

/**
 * How often a header that pages send has changed. One that is another each time, in one document and at once, is made for each
 * request: nobody else can send it.
 */
export class ValueTurns {
  #digest = ''
  #document: string | undefined
  #at = 0
  #times = 0
  #turns = 0

  /**
   * A document has sent this value.
   *
   * @returns how often in a row, in all documents
   */
  note(value: string, document: string | undefined, now: number): number {
    const digest = createHash('sha256').update(value).digest('base64url')
    if (digest === this.#digest) {
      this.#times++
      this.#turns = 0
    } else {
      const isTurn = this.#times === 1 && this.#document === document && now - this.#at < SOON_MS
      this.#turns = isTurn ? this.#turns + 1 : 0
      this.#digest = digest
      this.#times = 1
    }
    this.#document = document
    this.#at = now
    return this.#times
  }

  /** Whether it is made anew for each request. */
  get isMadeAnew(): boolean {
    return this.#turns >= MAX_TURNS
  }
}
