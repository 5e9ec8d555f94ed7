/** Which requests are kept as dead letters, beside those that end with an error, 429 or 5xx. */
export interface DeadLetterOptions {
  /** Statuses of answers that count as failures for good: 400 to 599, 200 of them at most. Default: none. */
  statuses?: number[] | undefined
}
