import type { Cookie, Priority } from '../cookie.ts'

/** A cookie and when it was last sent or set, in epoch milliseconds. */
export interface AccessedCookie {
  readonly cookie: Cookie
  readonly lastAccess: number
}

const MAX_PER_SITE = 180
const KEPT_PER_SITE = 150
export const MAX_TOTAL = 3300
const KEPT_TOTAL = 3000
/** Cookies used in this time are safe when there are too many in total. */
const SAFE_FROM_TOTAL_MS = 30 * 24 * 60 * 60_000
const MAX_PER_PARTITION_BYTES = 10_240

/** How many of a priority a round leaves alone. */
const QUOTA: Readonly<Record<Priority, number>> = { low: 30, medium: 50, high: 70 }
const ROUNDS: readonly { priority: Priority; spareSecure: boolean }[] = [
  { priority: 'low', spareSecure: true },
  { priority: 'low', spareSecure: false },
  { priority: 'medium', spareSecure: true },
  { priority: 'high', spareSecure: true },
  { priority: 'medium', spareSecure: false },
  { priority: 'high', spareSecure: false },
]

/**
 * Which unpartitioned cookies of a site have to go when it has more than 180: those that expired, then by priority,
 * not Secure before Secure, the least recently used first, until 150 are left (Chromium's garbage collection).
 */
export function evictFromSite(cookies: readonly AccessedCookie[], now: number): AccessedCookie[] {
  if (cookies.length <= MAX_PER_SITE) return []
  const gone = cookies.filter((each) => isExpired(each.cookie, now))
  let kept = cookies.filter((each) => !isExpired(each.cookie, now)).sort(byAccess)
  if (kept.length <= MAX_PER_SITE) return gone
  let goal = kept.length - KEPT_PER_SITE
  for (const { priority, spareSecure } of ROUNDS) {
    const level = kept.filter((each) => each.cookie.priority === priority)
    const count = Math.max(0, Math.min(goal, level.length - QUOTA[priority]))
    const victims = level.filter((each) => !(spareSecure && each.cookie.secure)).slice(0, count)
    gone.push(...victims)
    kept = kept.filter((each) => !victims.includes(each))
    goal -= victims.length
  }
  return gone
}

/**
 * Which unpartitioned cookies have to go when there are more than 3,300 in all: those that expired, then the ones not
 * used for 30 days, not Secure before Secure, the least recently used first, until 3,000 are left (Chromium).
 */
export function evictFromAll(cookies: readonly AccessedCookie[], now: number): AccessedCookie[] {
  const safe = now - SAFE_FROM_TOTAL_MS
  if (cookies.length <= MAX_TOTAL || !cookies.some((each) => each.lastAccess < safe)) return []
  const gone = cookies.filter((each) => isExpired(each.cookie, now))
  const kept = cookies.filter((each) => !isExpired(each.cookie, now)).sort(byAccess)
  if (kept.length <= MAX_TOTAL) return gone
  let goal = kept.length - KEPT_TOTAL
  for (const secure of [false, true]) {
    const old = kept.filter((each) => each.cookie.secure === secure && each.lastAccess < safe).slice(0, goal)
    gone.push(...old)
    goal -= old.length
  }
  return gone
}

/**
 * Which cookies of one site in one partition have to go: expired ones when there are more than 180 or they have more
 * than 10 KiB of names and values, then the least recently used until both limits are kept (CHIPS, Chromium).
 */
export function evictFromPartition(cookies: readonly AccessedCookie[], now: number): AccessedCookie[] {
  if (cookies.length <= MAX_PER_SITE && bytesOf(cookies) <= MAX_PER_PARTITION_BYTES) return []
  const gone = cookies.filter((each) => isExpired(each.cookie, now))
  const kept = cookies.filter((each) => !isExpired(each.cookie, now)).sort(byAccess)
  let bytes = bytesOf(kept)
  for (let i = 0; bytes > MAX_PER_PARTITION_BYTES || kept.length - i > MAX_PER_SITE; i++) {
    bytes -= sizeOf(kept[i]!.cookie)
    gone.push(kept[i]!)
  }
  return gone
}

/** Whether a cookie is over at this instant. */
export function isExpired(cookie: Cookie, now: number): boolean {
  return cookie.expiresAt !== null && cookie.expiresAt <= now
}

function byAccess(a: AccessedCookie, b: AccessedCookie): number {
  return a.lastAccess - b.lastAccess || a.cookie.created - b.cookie.created
}

function sizeOf(cookie: Cookie): number {
  return cookie.name.length + cookie.value.length
}

function bytesOf(cookies: readonly AccessedCookie[]): number {
  return cookies.reduce((sum, each) => sum + sizeOf(each.cookie), 0)
}
