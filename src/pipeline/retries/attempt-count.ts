/** How often a request was sent, by the response or error that it ended with; only what was sent more than once is here. */
const counts = new WeakMap<object, number>()

export function noteAttempts(end: unknown, attempts: number): void {
  if (typeof end === 'object' && end !== null) counts.set(end, attempts)
}

export function attemptsOf(end: unknown): number {
  return (typeof end === 'object' && end !== null ? counts.get(end) : undefined) ?? 1
}
