import pino, { type Logger, type LoggerOptions } from 'pino'

/** What a log line may hold beside its message. Each is a fact without a secret; anything else is a mistake. */
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
  readonly cookies?: readonly unknown[]
  readonly header?: string
  readonly trace_id?: string
}

/** The part of a pino logger that is used: a pino logger of one's own fits, and so does a `console` in tests. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** A pino logger to stderr as JSON lines, for processes of their own (`serve`, `worker`). */
export function createLog(options: Pick<LoggerOptions, 'level'> = {}): Logger {
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
