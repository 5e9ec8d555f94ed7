import { createNoopMeter, type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api'
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
  /** Tell of each Set-Cookie line what the record made of it, values left out. Default: false. */
  readonly cookieDiagnostics?: boolean | undefined
}

/** One set of instruments for each provider: series of several brokers add up instead of fighting for a name. */
const SHARED = new WeakMap<MeterProvider, Instruments>()

const NAME = 'onejar'

/** What a broker and its sessions tell of themselves. */
export class Telemetry {
  readonly instruments: Instruments
  /** Null where no spans are wanted. */
  readonly spans: Spans | null
  readonly log: Log | null
  readonly cookieDiagnostics: boolean

  private constructor(meters: MeterProvider, tracers: TracerProvider | null, options: TelemetryOptions) {
    let instruments = SHARED.get(meters)
    if (!instruments) {
      instruments = new Instruments(meters.getMeter(NAME))
      SHARED.set(meters, instruments)
    }
    this.instruments = instruments
    this.spans = tracers && new Spans(tracers.getTracer(NAME))
    this.log = options.log ?? null
    this.cookieDiagnostics = options.cookieDiagnostics ?? false
  }

  /** Null when nobody would see any of it: then nothing is measured, and requests take no step more. */
  static open(options: TelemetryOptions = {}): Telemetry | null {
    const meters = options.meterProvider ?? metrics.getMeterProvider()
    const tracers = options.tracerProvider ?? trace.getTracerProvider()
    const traced = hasTracerProvider(tracers)
    const measured = meters.getMeter(NAME) !== createNoopMeter()
    if (!traced && !measured && !options.log && !options.cookieDiagnostics) return null
    return new Telemetry(meters, traced ? tracers : null, options)
  }
}
