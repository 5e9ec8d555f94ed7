import { Input } from './input.ts'

/** Whom a quarantine keeps out, for how long and why, as a caller said it. */
export interface QuarantineOptions {
  /** Default: all of them. */
  readonly origin?: string | URL
  /** Default: 10 minutes. At most 10 years. */
  readonly forMs?: number
  /** The origin that stopped the session, where that is why: it ends when the session goes on there. */
  readonly from?: string | URL
}

/** How long a quarantine lasts when nothing is said. */
const DEFAULT_MS = 10 * 60_000
const MAX_MS = 10 * 365 * 24 * 3_600_000
/** What a record keeps. */
const MAX_REASON_CHARS = 1024

const INPUT = new Input('session.quarantine()')

/** @throws OnejarError ONEJAR_BAD_OPTIONS, ONEJAR_BAD_URL */
export function takeQuarantine(reason: unknown, options: unknown) {
  const { origin, forMs = DEFAULT_MS, from } = INPUT.members(options, ['origin', 'forMs', 'from'])
  if (typeof forMs !== 'number' || !(forMs > 0 && forMs <= MAX_MS)) {
    throw INPUT.bad(`forMs: expected milliseconds above 0, up to ${MAX_MS}`)
  }
  return {
    origin: origin === undefined ? '' : INPUT.url(origin).origin,
    reason: INPUT.text(reason, 'reason', MAX_REASON_CHARS),
    forMs,
    from: from === undefined ? undefined : INPUT.url(from).origin,
  }
}
