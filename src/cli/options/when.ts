import { UsageError } from '../usage-error.ts'

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 24 * 3_600_000 }

/**
 * The instant that a flag names: a date of ISO 8601, or how long ago (`90s`, `15m`, `2h`, `30d`).
 *
 * @returns epoch milliseconds
 * @throws UsageError
 */
export function takeWhen(text: string, flag: string, now: number): number {
  const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (amount !== undefined) return now - Number(amount) * (UNIT_MS[unit] ?? 0)
  const at = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new UsageError(
    `${flag} takes a date (2026-11-30, 2026-11-30T08:00:00Z) or how long ago (90s, 15m, 2h, 30d), not ${JSON.stringify(text)}`,
  )
}
