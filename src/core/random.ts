/** Where chance comes from. The pure floors take one instead of asking the system. */
export interface Random {
  /** At least 0 and below 1. */
  next(): number
}

export const systemRandom: Random = { next: () => Math.random() }
