import type { Cookie } from '../../../../src/record/cookie.ts'
import { msToTime } from '../../../../src/record/stamp.ts'

/** 2026-01-01, the present of these tests. */
export const NOW_MS = 1_767_225_600_000

/** A cookie without anything special, and what is wanted otherwise. */
export function aCookie(part: Partial<Cookie> = {}): Cookie {
  return {
    name: 'sid',
    value: 'v4lue',
    domain: 'example.com',
    hostOnly: true,
    path: '/',
    secure: false,
    httpOnly: false,
    sameSite: 'unspecified',
    priority: 'medium',
    partitionKey: null,
    expiresAt: null,
    sourceScheme: 'unset',
    sourcePort: -1,
    created: msToTime(NOW_MS),
    ...part,
  }
}

/** Import options whose clock starts at `NOW_MS`. */
export function importOptions(): { tick: () => number } {
  let time = msToTime(NOW_MS)
  return { tick: () => ++time }
}
