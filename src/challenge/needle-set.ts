/** How many bytes of a needle are hashed at a time. */
const BLOCK = 3
const HASHES = 1 << (5 * BLOCK)
const SHORTEST = BLOCK + 1

/**
 * Looks for any of many strings at once, in time that shrinks with the length of the shortest: the method of Wu and Manber.
 * Upper and lower case are the same. It may find what only differs in the sixth bit of a byte (`@` for a backtick), and misses
 * nothing.
 */
export class NeedleSet {
  /** How far to go on from a block of three bytes; 0 where a needle may end its first part there. */
  readonly #shifts: Uint8Array
  readonly #ending = new Map<number, Uint8Array[]>()
  readonly #window: number

  /** @param needles - lower case, four bytes or more each in UTF-8 */
  constructor(needles: readonly string[]) {
    const unique = [...new Set(needles)]
    // What holds another needle is found by it.
    const kept = unique.filter(
      (needle) => !unique.some((other) => other !== needle && needle.includes(other)),
    )
    const parts = kept.map((needle) => new Uint8Array(Buffer.from(needle)))
    if (parts.some(({ length }) => length < SHORTEST)) throw new RangeError('a needle is too short')
    this.#window = Math.min(32, ...parts.map(({ length }) => length))
    this.#shifts = new Uint8Array(HASHES).fill(this.#window - BLOCK + 1)
    for (const part of parts) {
      for (let at = BLOCK - 1; at < this.#window; at++) {
        const hash = hashAt(part, at)
        this.#shifts[hash] = Math.min(this.#shifts[hash] as number, this.#window - 1 - at)
      }
      const end = hashAt(part, this.#window - 1)
      this.#ending.set(end, [...(this.#ending.get(end) ?? []), part])
    }
  }

  /** Whether one of the needles is there, whole, from one offset to before another. */
  isIn(bytes: Uint8Array, from: number, to: number): boolean {
    const shifts = this.#shifts
    let at = from + this.#window - 1
    while (at < to) {
      const hash =
        (((bytes[at - 2] as number) & 31) << 10) |
        (((bytes[at - 1] as number) & 31) << 5) |
        ((bytes[at] as number) & 31)
      const shift = shifts[hash] as number
      if (shift === 0 && this.#matches(bytes, at - this.#window + 1, to, hash)) return true
      at += shift === 0 ? 1 : shift
    }
    return false
  }

  #matches(bytes: Uint8Array, start: number, to: number, hash: number): boolean {
    const needles = this.#ending.get(hash)
    return needles?.some((needle) => startsAt(needle, bytes, start, to)) ?? false
  }
}

function startsAt(needle: Uint8Array, bytes: Uint8Array, start: number, to: number): boolean {
  if (start + needle.length > to) return false
  for (let at = 0; at < needle.length; at++) {
    if (((needle[at] as number) | 0x20) !== ((bytes[start + at] as number) | 0x20)) return false
  }
  return true
}

/** Five bits of a byte are the same for both cases of a letter. */
function hashAt(bytes: Uint8Array, at: number): number {
  let hash = 0
  for (let back = BLOCK - 1; back >= 0; back--) hash = (hash << 5) | ((bytes[at - back] as number) & 31)
  return hash
}
