import {
  createNoopMeter,
  type MeterProvider,
  metrics,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { UserCode } from '../core/index.ts'
import { containedLog, meterOf, tracerOf } from './contained.ts'
import { Instruments } from './instruments.ts'
import type { Log } from './log.ts'
import { hasTracerProvider, Spans } from './spans.ts'

/** Where measurements, spans and log lines go. */
export interface TelemetryOptions {
  /** Default: OpenTelemetry's global one, where an SDK has set it. */
  readonly meterProvider?: MeterProvider | undefined
  /** Default: OpenTelemetry's global one, where an SDK has set it. */
  readonly tracerProvider?: TracerProvider | undefined
  /** A pino logger, or anything with its four methods. Default: nothing is logged. */
  readonly log?: Log | undefined
  /** Log what the record did with each Set-Cookie line, without values. Default: false. */
  readonly cookieDiagnostics?: boolean | undefined
}

/** One set of instruments for each provider, so that the series of several brokers add up and no name is registered twice. */
const SHARED = new WeakMap<MeterProvider, Instruments>()

const NAME = 'onejar'

/** The telemetry of a broker and its sessions. */
export class Telemetry {
  readonly instruments: Instruments
  /** Null when no spans are wanted. */
  readonly spans: Spans | null
  readonly log: Log | null
  readonly cookieDiagnostics: boolean

  private constructor(
    meters: MeterProvider,
    tracer: Tracer | undefined,
    options: TelemetryOptions,
    code: UserCode,
  ) {
    let instruments = SHARED.get(meters)
    if (!instruments) {
      instruments = new Instruments(meterOf(meters, NAME, code) ?? createNoopMeter(), { code })
      SHARED.set(meters, instruments)
    }
    this.instruments = instruments
    this.spans = tracer === undefined ? null : new Spans(tracer, code)
    this.log = options.log === undefined ? null : containedLog(options.log, code)
    this.cookieDiagnostics = options.cookieDiagnostics ?? false
  }

  /**
   * Null when nobody collects it: then nothing is measured, and requests have no telemetry stage.
   *
   * @param code - contains the exceptions of log and providers; by default they are not reported
   */
  static open(options: TelemetryOptions = {}, code = new UserCode(() => {})): Telemetry | null {
    const meters = options.meterProvider ?? metrics.getMeterProvider()
    const tracers = options.tracerProvider ?? trace.getTracerProvider()
    const tracer = hasTracerProvider(tracers) ? tracerOf(tracers, NAME, code) : undefined
    const measured = (meterOf(meters, NAME, code) ?? createNoopMeter()) !== createNoopMeter()
    if (!tracer && !measured && !options.log && !options.cookieDiagnostics) return null
    return new Telemetry(meters, tracer, options, code)
  }
}
