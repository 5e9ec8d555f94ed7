import type { Logger } from 'pino'
import { OnejarError, onDemand } from '../core/index.ts'

const library = onDemand<typeof import('pino')>('pino')

/** What a log line may hold beside its message. Only facts without secrets. */
export interface LogFields {
  /** Keyed hash of tenant and id. */
  readonly session?: string
  /** Scheme, host and port. */
  readonly origin?: string
  /** Origin and path, without query. */
  readonly url?: string
  readonly method?: string
  readonly status?: number
  readonly via?: string
  readonly verdict?: string
  readonly reason?: string
  readonly outcome?: string
  readonly duration_ms?: number
  readonly retry_attempt?: number
  /** In milliseconds. */
  readonly backoff_duration?: number
  /** The code of an OnejarError, or the class of another error. */
  readonly error_class?: string
  /** For stored data that cannot be used: 16 hex digits of its hash, and where in the code it was read. */
  readonly payload_hash?: string
  readonly stack?: string
  readonly cookies?: readonly unknown[]
  readonly header?: string
  /** The number of entries, and of sessions, that the line is about. */
  readonly entries?: number
  readonly sessions?: number
  readonly trace_id?: string
}

/** The part of a pino logger that is used: any pino logger fits, and so does `console` in tests. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent']

/**
 * A pino logger to stderr, JSON lines, for the `serve` and `worker` processes.
 *
 * @throws OnejarError ONEJAR_BAD_OPTIONS for an unknown level
 */
export function createLog(level = 'info'): Logger {
  if (!LEVELS.includes(level)) {
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `The log level is one of ${LEVELS.join(', ')}`)
  }
  const { pino } = library()
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
