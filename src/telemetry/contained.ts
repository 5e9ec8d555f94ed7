import type { Attributes, Meter, MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { UserCode } from '../core/index.ts'
import type { Log } from './log.ts'

/** A log whose exceptions are contained. */
export function containedLog(log: Log, code: UserCode): Log {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log[typeof level] =>
    (fields, message) =>
      void code.run('telemetry.log', () => log[level](fields, message))
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
