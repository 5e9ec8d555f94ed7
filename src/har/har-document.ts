import type { Redactor } from './redact.ts'
import type { HeaderPairs, TracedExchange } from './traced-exchange.ts'

export interface HarOptions {
  readonly version: string
  readonly redactor: Redactor
  /** What is said of the whole trace; none where it is empty. */
  readonly comment: string
}

/** A trace as HAR 1.2, as its text. Names that begin with an underscore are of our own, which the format lets anybody have. */
export function harDocument(exchanges: readonly TracedExchange[], options: HarOptions): string {
  const entries = exchanges
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map((exchange) => harEntry(exchange, options.redactor))
  const log = {
    version: '1.2',
    creator: { name: 'onejar', version: options.version },
    pages: [],
    entries,
    ...(options.comment === '' ? {} : { comment: options.comment }),
  }
  return JSON.stringify({ log }, null, 1)
}

function harEntry(exchange: TracedExchange, redactor: Redactor) {
  const { request, response, startedAt, waitMs, receiveMs, transport, resourceType, error, reason } = exchange
  const wait = Math.max(0, waitMs)
  const receive = Math.max(0, receiveMs)
  return {
    startedDateTime: new Date(startedAt).toISOString(),
    time: wait + receive,
    request: harRequest(request, redactor),
    response: response === null ? NO_RESPONSE(error) : harResponse(response, redactor),
    cache: {},
    timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait, receive },
    _transport: transport,
    _resourceType: resourceType ?? 'fetch',
    ...(reason === null ? {} : { comment: reason }),
  }
}

function harRequest(request: TracedExchange['request'], redactor: Redactor) {
  const url = redactor.url(request.url)
  const headers = pairs(redactor.headers(request.headers))
  const type = headerOf(request.headers, 'content-type')
  return {
    method: request.method,
    url,
    httpVersion: request.httpVersion,
    cookies: cookiesOf(headerOf(request.headers, 'cookie')?.split(/; */) ?? [], redactor),
    headers,
    queryString: queryOf(url),
    headersSize: -1,
    bodySize: request.bodyBytes,
    ...(request.body === null
      ? {}
      : { postData: { mimeType: type ?? '', params: [], text: request.body.toString() } }),
  }
}

function harResponse(response: NonNullable<TracedExchange['response']>, redactor: Redactor) {
  const { status, statusText, httpVersion, headers, body, bodyBytes } = response
  const shown = redactor.headers(headers)
  const lines = headers.flatMap(([name, value]) =>
    name.toLowerCase() === 'set-cookie' ? value.split('\n') : [],
  )
  return {
    status,
    statusText,
    httpVersion,
    cookies: cookiesOf(
      lines.map((line) => line.split(';', 1)[0] as string),
      redactor,
    ),
    headers: pairs(shown),
    content: contentOf(body, bodyBytes, headerOf(headers, 'content-type') ?? ''),
    redirectURL: headerOf(shown, 'location') ?? '',
    headersSize: -1,
    bodySize: bodyBytes,
  }
}

const NO_RESPONSE = (error: string | null) => ({
  status: 0,
  statusText: '',
  httpVersion: '',
  cookies: [],
  headers: [],
  content: { size: 0, mimeType: 'x-unknown' },
  redirectURL: '',
  headersSize: -1,
  bodySize: -1,
  _error: error ?? 'no response',
})

function contentOf(body: Buffer | null, bodyBytes: number, mimeType: string) {
  if (body === null) return { size: bodyBytes, mimeType, comment: 'the body was not recorded' }
  const text = body.toString()
  // What is no text would not survive as one.
  return Buffer.from(text).equals(body)
    ? { size: body.length, mimeType, text }
    : { size: body.length, mimeType, text: body.toString('base64'), encoding: 'base64' }
}

function pairs(headers: HeaderPairs) {
  return headers.map(([name, value]) => ({ name, value }))
}

function headerOf(headers: HeaderPairs, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
}

function cookiesOf(list: readonly string[], redactor: Redactor) {
  return list.flatMap((pair) => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [{ name: pair.slice(0, at).trim(), value: redactor.cookie(pair.slice(at + 1)) }]
  })
}

function queryOf(url: string) {
  return [...(URL.parse(url)?.searchParams ?? [])].map(([name, value]) => ({ name, value }))
}
