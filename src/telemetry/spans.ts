import {
  type Attributes,
  type Context,
  context,
  ProxyTracerProvider,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { UserCode } from '../core/index.ts'
import type { NotedSpan } from './contained.ts'

const TRACER = 'telemetry.tracerProvider'

/** Runs work in spans; W3C `traceparent` texts carry a trace from one process to another. */
export class Spans {
  readonly #tracer: Tracer
  readonly #code: UserCode

  /** @param code - contains the exceptions of the tracer */
  constructor(tracer: Tracer, code = new UserCode(() => {})) {
    this.#tracer = tracer
    this.#code = code
  }

  /**
   * Runs work in a child of the active span; the new span is active while the work runs. An error's code is recorded and
   * the error rethrown; its message is not recorded, because messages of foreign errors may hold secrets.
   *
   * @param parent - a `traceparent` from another process, in place of the active span
   */
  async run<T>(
    name: string,
    attributes: Attributes,
    work: (span: NotedSpan) => Promise<T>,
    parent?: string,
  ): Promise<T> {
    const within = parent === undefined ? context.active() : contextOf(parent)
    const note = (call: () => unknown) => void this.#code.run(TRACER, call)
    const span = this.#code.run(TRACER, () =>
      this.#tracer.startSpan(name, { attributes, kind: SpanKind.INTERNAL }, within),
    )
    if (span === undefined) return work({ setAttributes: () => {} })
    const noted: NotedSpan = { setAttributes: (more) => note(() => span.setAttributes(more)) }
    try {
      return await context.with(trace.setSpan(within, span), () => work(noted))
    } catch (error) {
      note(() => span.setStatus({ code: SpanStatusCode.ERROR }))
      note(() => span.setAttribute('error.type', errorClass(error)))
      throw error
    } finally {
      note(() => span.end())
    }
  }

  /** A span for something that is over, with its start time. */
  note(name: string, startedAtMs: number, attributes: Attributes): void {
    this.#note(name, startedAtMs, attributes, SpanKind.INTERNAL)
  }

  /** The same for a request that was sent to a site. */
  noteRequest(name: string, startedAtMs: number, attributes: Attributes, failed: boolean): void {
    this.#note(name, startedAtMs, attributes, SpanKind.CLIENT, failed)
  }

  #note(name: string, startTime: number, attributes: Attributes, kind: SpanKind, failed = false): void {
    const span = this.#code.run(TRACER, () => this.#tracer.startSpan(name, { attributes, startTime, kind }))
    if (failed) this.#code.run(TRACER, () => span?.setStatus({ code: SpanStatusCode.ERROR }))
    this.#code.run(TRACER, () => span?.end())
  }
}

/** The active span as a `traceparent`; undefined outside of any. */
export function traceparent(): string | undefined {
  const held = trace.getSpanContext(context.active())
  if (!held || !trace.isSpanContextValid(held)) return undefined
  return `00-${held.traceId}-${held.spanId}-${held.traceFlags.toString(16).padStart(2, '0')}`
}

/** The code of an OnejarError, or the class of another error. */
export function errorClass(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)) return code
  return typeof name === 'string' && /^\w{1,64}$/.test(name) ? name : 'Error'
}

/** Whether spans are exported: without a provider none is made. */
export function hasTracerProvider(provider: TracerProvider): boolean {
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== NOOP_DELEGATE
}

/** The tracer of a proxy that has no provider. */
const NOOP_DELEGATE = new ProxyTracerProvider().getDelegate()

/** A context with the span of another process as its parent; the active one when the text is no `traceparent`. */
function contextOf(text: string): Context {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text)
  if (!match) return context.active()
  const [, traceId = '', spanId = '', flags = ''] = match
  return trace.setSpanContext(context.active(), {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  })
}
