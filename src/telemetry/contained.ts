import {
  type Attributes,
  context,
  type Meter,
  type MeterProvider,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { UserCode } from '../core/index.ts'
import type { Log, LogFields } from './log.ts'

/** A log whose exceptions are contained, and whose lines name the span that they were written in. */
export function containedLog(log: Log, code: UserCode): Log {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log[typeof level] =>
    (fields, message) =>
      void code.run('telemetry.log', () => log[level]({ ...fields, ...activeSpan() }, message))
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** The meter of a provider; undefined when it returns none. */
export function meterOf(provider: MeterProvider, name: string, code: UserCode): Meter | undefined {
  return code.run('telemetry.meterProvider', () => provider.getMeter(name))
}

/** The tracer of a provider; undefined when it returns none. */
export function tracerOf(provider: TracerProvider, name: string, code: UserCode) {
  return code.run('telemetry.tracerProvider', () => provider.getTracer(name))
}

/** What a stage may add to the span of its request. */
export interface NotedSpan {
  setAttributes(attributes: Attributes): void
}

/** A log with further fields on each line. */
export function withFields(log: Log, fields: () => LogFields): Log {
  const line =
    (level: keyof Log): Log[typeof level] =>
    (more, message) =>
      log[level]({ ...fields(), ...more }, message)
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

function activeSpan(): Pick<LogFields, 'trace_id' | 'span_id'> {
  const held = trace.getSpanContext(context.active())
  if (held === undefined || !trace.isSpanContextValid(held)) return {}
  return { trace_id: held.traceId, span_id: held.spanId }
}
