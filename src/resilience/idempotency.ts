/** Refusals that say nothing of what the request would have done: the same one may be made again. */
const NOT_DONE: ReadonlySet<number> = new Set([401, 403, 407, 408, 409, 421, 423, 425, 429])

/**
 * Whether a response is the answer to the request, so that whoever repeats the request gets it too. A failure of the server
 * is none, nor is what asks to log in, to wait or to come back.
 *
 * @param verdict - what the classifier calls it; undefined when nobody asked
 */
export function isFinalAnswer(status: number, verdict: string | undefined): boolean {
  if (verdict !== undefined && verdict !== 'ok' && verdict !== 'error') return false
  return status < 500 && !NOT_DONE.has(status)
}

/** A key: something that fits into a header as it is. */
export function isIdempotencyKey(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value)
}
