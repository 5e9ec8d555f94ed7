import type { Logger } from 'pino'
import { OnejarError, onDemand } from '../core/index.ts'

const library = onDemand<typeof import('pino')>('pino')

/** What a log line may hold beside its message. Only facts without secrets. */
export interface LogFields {
  /** Keyed hash of tenant and id. */
  readonly session?: string
  /** Where the session's requests go through: `direct`, or scheme, host and port of the proxy. */
  readonly proxy?: string
  /** Scheme, host and port. */
  readonly origin?: string
  /** Origin and path, without query. */
  readonly url?: string
  /** The method of the request. */
  readonly method?: string
  /** The status of the response. */
  readonly status?: number
  /** The transport that got the response. */
  readonly via?: string
  /** What the response was taken for. */
  readonly verdict?: string
  /** Why, in a sentence without secrets. */
  readonly reason?: string
  /** How it ended. */
  readonly outcome?: string
  /** How long it took, in milliseconds. */
  readonly duration_ms?: number
  /** Which attempt it was, from 1. */
  readonly retry_attempt?: number
  /** In milliseconds. */
  readonly backoff_duration?: number
  /** The code of an OnejarError, or the class of another error. */
  readonly error_class?: string
  /** The first 16 hex digits of the hash of stored data that cannot be used. */
  readonly payload_hash?: string
  /** Where in the code it was met. */
  readonly stack?: string
  /** What the record made of each `Set-Cookie` line, values left out. */
  readonly cookies?: readonly unknown[]
  /** The name of a header. */
  readonly header?: string
  /** How many entries the line is about. */
  readonly entries?: number
  /** How many sessions the line is about. */
  readonly sessions?: number
  /** The OpenTelemetry trace, in hex. */
  /** The trace of the span that the line was written in; absent outside of any. */
  readonly trace_id?: string
  /** The span that the line was written in; absent outside of any. */
  readonly span_id?: string
}

/** The part of a pino logger that is used: any pino logger fits, and so does `console` in tests. */
export interface Log {
  /** A detail for those who look for a fault. */
  debug(fields: LogFields, message: string): void
  /** Something that is expected. */
  info(fields: LogFields, message: string): void
  /** Something that a person should know. */
  warn(fields: LogFields, message: string): void
  /** Something that failed for good. */
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
