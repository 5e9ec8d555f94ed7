/** Where the time comes from. The pure floors take one instead of reading the system's. */
export interface Clock {
  /** Epoch milliseconds; may jump, as the system's clock does. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
