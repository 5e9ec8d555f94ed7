/** The window moves in steps of its thirtieth part. */
const SLOTS = 30

/** The share of hits among all that was counted in a sliding window. Constant memory, no timer; a count costs two additions. */
export class SlidingShare {
  readonly #slotMs: number
  readonly #alls = new Uint32Array(SLOTS)
  readonly #hits = new Uint32Array(SLOTS)
  #slot: number
  /** The place of now, and when the next one begins. */
  #at: number
  #endsAt: number
  #all = 0
  #hit = 0

  /** @param now - on the clock that all further calls use, in milliseconds */
  constructor(windowMs: number, now: number) {
    this.#slotMs = windowMs / SLOTS
    this.#slot = Math.floor(now / this.#slotMs)
    this.#at = this.#slot % SLOTS
    this.#endsAt = (this.#slot + 1) * this.#slotMs
  }

  add(isHit: boolean, now: number): void {
    if (now >= this.#endsAt) this.#advance(now)
    const at = this.#at
    this.#alls[at] = this.#alls[at]! + 1
    this.#all++
    if (!isHit) return
    this.#hits[at] = this.#hits[at]! + 1
    this.#hit++
  }

  /** What the window holds. */
  at(now: number): { readonly all: number; readonly share: number } {
    if (now >= this.#endsAt) this.#advance(now)
    return { all: this.#all, share: this.#all === 0 ? 0 : this.#hit / this.#all }
  }

  /** Drops what has left the window. */
  #advance(now: number): void {
    const slot = Math.floor(now / this.#slotMs)
    const passed = Math.min(SLOTS, slot - this.#slot)
    for (let i = 1; i <= passed; i++) {
      const at = (this.#slot + i) % SLOTS
      this.#all -= this.#alls[at]!
      this.#hit -= this.#hits[at]!
      this.#alls[at] = 0
      this.#hits[at] = 0
    }
    this.#slot = slot
    this.#at = slot % SLOTS
    this.#endsAt = (slot + 1) * this.#slotMs
  }
}
