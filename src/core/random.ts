/** A source of random numbers. The pure floors take one instead of reading the system's. */
export interface Random {
  /** At least 0 and below 1. */
  next(): number
}

export const systemRandom: Random = { next: () => Math.random() }
