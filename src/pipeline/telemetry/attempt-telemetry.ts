import type { Attributes } from '@opentelemetry/api'
import { safeUrl } from '../../core/index.ts'
import type { Via } from '../../http/index.ts'
import type { Answer, AttemptObserver, RouteRequest } from '../../routing/index.ts'
import { errorClass, type Instruments, type Spans } from '../../telemetry/index.ts'

/** Statuses with a series of their own; others count by their class, as a site may send any number. */
const NAMED: ReadonlySet<number> = new Set([
  ...[200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 412, 413, 422, 423, 425, 428, 429, 451],
  ...[500, 501, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530],
])
const METHODS: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY'.split(' '),
)
/** As many sites have series of their own in a process; further ones count together. */
const MAX_HOSTS = 200
const OTHER = '_OTHER'

const hosts = new Set<string>()

/** Counts and measures each time that a request was sent, and makes a span of it, by OpenTelemetry's conventions for HTTP clients. */
export class AttemptTelemetry implements AttemptObserver {
  readonly timed = true
  readonly #instruments: Instruments
  readonly #spans: Spans | null

  constructor(instruments: Instruments, spans: Spans | null) {
    this.#instruments = instruments
    this.#spans = spans
  }

  answered(answer: Answer, attempt: number, ms: number): void {
    const { statusCode, verdict, via, url, method, httpVersion } = answer
    const kind = verdict?.kind ?? 'unknown'
    this.#count(statusName(statusCode), kind, via, attempt)
    const isError = statusCode >= 400
    this.#measure(url, method, ms, {
      'http.response.status_code': statusCode,
      ...(httpVersion === undefined ? {} : { 'network.protocol.version': httpVersion }),
      ...(isError ? { 'error.type': String(statusCode) } : {}),
    })
    this.#note(via, { url, method, attempt }, ms, isError, {
      'http.response.status_code': statusCode,
      'onejar.verdict': kind,
      ...(httpVersion === undefined ? {} : { 'network.protocol.version': httpVersion }),
      ...(isError ? { 'error.type': String(statusCode) } : {}),
    })
  }

  failed(
    { url, method = 'GET', attempt = 1 }: Pick<RouteRequest, 'url' | 'method' | 'attempt'>,
    via: Via,
    error: unknown,
    ms: number,
  ): void {
    const type = errorClass(error)
    this.#count('none', type, via, attempt)
    this.#measure(url, method, ms, { 'error.type': type })
    this.#note(via, { url, method, attempt }, ms, true, { 'error.type': type })
  }

  #count(status: string, kind: string, via: Via, attempt: number): void {
    this.#instruments.total('request_attempts_total', `${status} ${kind} ${via} ${attempt}`, () => ({
      status,
      kind,
      via,
      attempt: String(attempt),
    }))
  }

  #measure(url: URL, method: string, ms: number, more: Attributes): void {
    const server = serverOf(url)
    if (!hosts.has(url.host)) {
      if (hosts.size < MAX_HOSTS) hosts.add(url.host)
      else Object.assign(server, { 'server.address': OTHER, 'server.port': 0 })
    }
    this.#instruments.record('http.client.request.duration', ms / 1_000, {
      'http.request.method': METHODS.has(method) ? method : OTHER,
      'url.scheme': url.protocol.slice(0, -1),
      ...server,
      ...more,
    })
  }

  #note(
    via: Via,
    { url, method, attempt }: { readonly url: URL; readonly method: string; readonly attempt: number },
    ms: number,
    failed: boolean,
    more: Attributes,
  ): void {
    if (this.#spans === null) return
    const attributes: Attributes = {
      'http.request.method': METHODS.has(method) ? method : OTHER,
      'url.full': safeUrl(url),
      ...serverOf(url),
      ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
      ...more,
    }
    this.#spans.noteRequest(`onejar.${via}`, Date.now() - ms, attributes, failed)
  }
}

function serverOf({ hostname, port, protocol }: URL): { 'server.address': string; 'server.port': number } {
  return {
    'server.address': hostname.replace(/^\[|\]$/g, ''),
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
  }
}

function statusName(status: number): string {
  return NAMED.has(status) ? String(status) : `${Math.floor(status / 100)}xx`
}
