import type { ValueFormat } from '../record/index.ts'

const DAY = 24 * 60
/** Where most people live: the time zones that a page may show days in, in minutes ahead of UTC. */
const ZONES = [-8, -7, -6, -5, -4, -3, 0, 1, 2, 3, 5.5, 8, 9, 10].map((hours) => hours * 60)
const TIMED = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$/

/** The minute of its day, in UTC, of a moment; undefined for a date that says no time, or not where. */
function minuteOf(value: unknown): number | undefined {
  const at =
    typeof value === 'number'
      ? new Date(value > 1e11 ? value : value * 1000)
      : typeof value === 'string' && value.length <= 40 && TIMED.test(value)
        ? new Date(value)
        : undefined
  return at === undefined || Number.isNaN(at.getTime())
    ? undefined
    : at.getUTCHours() * 60 + at.getUTCMinutes()
}

function minutesIn(value: unknown): number[] {
  return (Array.isArray(value) ? (value as unknown[]) : [value]).flatMap((one) => minuteOf(one) ?? [])
}

/** A format of dates that a page has shown these values in: their times of day are known to be of the days that it shows. */
export function withTimes<Format extends ValueFormat>(format: Format, values: readonly unknown[]): Format {
  if (format.as !== 'date') return format
  const minutes = [...(format.minutes ?? []), ...values.flatMap(minutesIn)]
  return minutes.length === 0 ? format : { ...format, minutes: [Math.min(...minutes), Math.max(...minutes)] }
}

/** Whether the day of a value can be another one where the page is, in a time zone that all times until now allow. */
export function mayBeAnotherDay(format: ValueFormat, value: unknown): boolean {
  if (format.as !== 'date') return false
  const minutes = minutesIn(value)
  if (minutes.length === 0) return false
  const [first, last] = format.minutes ?? [DAY / 2, DAY / 2]
  const isSameDay = (minute: number, zone: number) => minute + zone >= 0 && minute + zone < DAY
  return ZONES.filter((zone) => isSameDay(first, zone) && isSameDay(last, zone)).some((zone) =>
    minutes.some((minute) => !isSameDay(minute, zone)),
  )
}
