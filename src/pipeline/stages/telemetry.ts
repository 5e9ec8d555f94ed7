import type { Attributes } from '@opentelemetry/api'
import { isOnejarError, safeUrl } from '../../core/index.ts'
import type { CookieSource } from '../../http/index.ts'
import type { ChangeSource, SessionRecord } from '../../record/index.ts'
import type { EventHub, RoutedResponse, RouteRequest, Stage } from '../../routing/index.ts'
import {
  errorClass,
  type Log,
  type LogFields,
  type NotedSpan,
  type Telemetry,
  withFields,
} from '../../telemetry/index.ts'
import { AttemptTelemetry } from '../telemetry/attempt-telemetry.ts'
import { diagnoseCookies } from '../telemetry/cookie-diagnostics.ts'
import { noteEvent } from '../telemetry/event-telemetry.ts'

/** Turns what happens in one session into measurements, spans and log lines. Made only where somebody sees them. */
export class SessionTelemetry {
  /** Notified of each attempt of a request. */
  readonly attempts: AttemptTelemetry
  readonly #telemetry: Telemetry
  readonly #record: SessionRecord
  readonly #events: EventHub
  readonly #session: string
  readonly #log: Log | null
  readonly #unsubscribe: () => void

  /** @param about - what each log line says of the session, where others than its owner read */
  constructor(
    telemetry: Telemetry,
    about: { readonly pseudonym: string; readonly proxy: () => string },
    record: SessionRecord,
    events: EventHub,
  ) {
    const { pseudonym, proxy } = about
    this.#telemetry = telemetry
    this.#session = pseudonym
    this.#record = record
    this.#events = events
    this.attempts = new AttemptTelemetry(telemetry.instruments, telemetry.spans)
    this.#log = telemetry.log && withFields(telemetry.log, () => ({ session: pseudonym, proxy: proxy() }))
    const { instruments } = telemetry
    const sinks = { instruments, spans: telemetry.spans, log: this.#log }
    this.#unsubscribe = record.subscribe((delta) => {
      const cookies = delta.filter(({ kind }) => kind === 'cookie').length
      if (cookies > 0) instruments.rate('cookie_jar_mutation_frequency', cookies)
    })
    events.tap((event) => noteEvent(event, sinks), false)
  }

  /** Names and values of the live cookies. */
  get cookieBytes(): number {
    return this.#record.cookies().reduce((sum, { name, value }) => sum + name.length + value.length, 0)
  }

  /** The outermost stage of a request: its duration, and the span that contains everything else. */
  readonly stage: Stage = (next) => (request) => {
    const { spans } = this.#telemetry
    if (spans === null) return this.#measured(request, () => next(request))
    const { origin, pathname } = request.url
    const attributes: Attributes = {
      'http.request.method': request.method ?? 'GET',
      'url.full': `${origin}${pathname}`,
      'onejar.session': this.#session,
    }
    return spans.run('onejar.fetch', attributes, (span) => this.#measured(request, () => next(request), span))
  }

  /** Reports the result of each Set-Cookie line over HTTP, if wanted. */
  watch(record: SessionRecord, source: ChangeSource): CookieSource['receive'] {
    const receive: CookieSource['receive'] = (lines, url, context, date) => {
      const changes = record.receive(lines, url, context, source, date)
      if (!this.#telemetry.cookieDiagnostics) return
      const cookies = diagnoseCookies(lines, changes)
      this.#events.emit({ type: 'set-cookie', at: Date.now(), url: safeUrl(url), cookies })
    }
    return receive
  }

  /** A context was opened. */
  launched(ms: number): void {
    this.#telemetry.instruments.record('headless_context_launch_latency', ms)
    this.#telemetry.spans?.note('onejar.launch', Date.now() - ms, {})
    this.#log?.info({ duration_ms: round(ms) }, 'browser context opened')
  }

  /** A barrier has run. */
  readonly synced = (direction: 'pull' | 'push', ms: number): void => {
    this.#telemetry.instruments.record('state_sync_duration_ms', ms, { direction })
    this.#telemetry.spans?.note('onejar.sync', Date.now() - ms, { 'onejar.direction': direction })
  }

  close(): void {
    this.#unsubscribe()
  }

  async #measured(
    request: RouteRequest,
    send: () => Promise<RoutedResponse>,
    span?: NotedSpan,
  ): Promise<RoutedResponse> {
    const startedAt = performance.now()
    const { instruments } = this.#telemetry
    const log = this.#log
    const method = request.method ?? 'GET'
    const line = (ms: number): LogFields => ({
      method,
      url: safeUrl(request.url),
      duration_ms: round(ms),
    })
    try {
      const response = await send()
      const ms = performance.now() - startedAt
      const { statusCode: status, via } = response
      instruments.record('request_duration_ms', ms, { via, outcome: `${Math.floor(status / 100)}xx` })
      span?.setAttributes({ 'http.response.status_code': status, 'onejar.via': via })
      log?.debug({ ...line(ms), status, via }, 'request answered')
      return response
    } catch (error) {
      const ms = performance.now() - startedAt
      const outcome = isOnejarError(error) ? error.code : 'error'
      instruments.record('request_duration_ms', ms, { via: 'none', outcome })
      log?.warn({ ...line(ms), error_class: errorClass(error) }, 'request failed')
      throw error
    }
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
