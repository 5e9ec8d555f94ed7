import type { SessionResponse } from '../../client/index.ts'
import { printable } from '../printable.ts'
import type { WireTrace } from './wire-watch.ts'

/** What `-w` can say of a transfer, by curl's names, and `via` and `verdict` beside them. Times are in seconds. */
export const FACT_NAMES = [
  'content_type',
  'errormsg',
  'exitcode',
  'filename_effective',
  'http_code',
  'http_version',
  'local_ip',
  'local_port',
  'method',
  'num_connects',
  'num_headers',
  'num_redirects',
  'redirect_url',
  'referer',
  'remote_ip',
  'remote_port',
  'response_code',
  'scheme',
  'size_download',
  'size_header',
  'size_request',
  'size_upload',
  'speed_download',
  'speed_upload',
  'ssl_verify_result',
  'time_appconnect',
  'time_connect',
  'time_namelookup',
  'time_pretransfer',
  'time_redirect',
  'time_starttransfer',
  'time_total',
  'url',
  'url_effective',
  'urlnum',
  'via',
  'verdict',
] as const

export type FactName = (typeof FACT_NAMES)[number]
export type Facts = Readonly<Record<FactName, string | number | null>>

/** One transfer that is over. */
export interface Ended {
  readonly url: string
  readonly number: number
  readonly referer: string | undefined
  readonly trace: WireTrace
  /** Null where none came. */
  readonly response: SessionResponse | null
  readonly file: string | null
  /** Of the body, in decoded bytes. */
  readonly size: number
  readonly exitCode: number
  readonly errorMessage: string | null
  /** How many redirects were followed, where no response came. */
  readonly redirects: number
}

/** X.509 results by OpenSSL's numbers. */
const VERIFY_RESULTS: Readonly<Record<string, number>> = {
  CERT_HAS_EXPIRED: 10,
  DEPTH_ZERO_SELF_SIGNED_CERT: 18,
  SELF_SIGNED_CERT_IN_CHAIN: 19,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 20,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 21,
}

export function factsOf(ended: Ended): Facts {
  const { trace, response, size } = ended
  const { times, socket } = trace
  const since = (at: number | undefined) =>
    at === undefined ? 0 : seconds(Math.max(0, at - trace.startedAt))
  const total = Math.max(1, performance.now() - trace.startedAt)
  const effective = response?.url ?? URL.parse(ended.url)
  const status = response?.statusCode ?? 0
  const head = trace.heads.at(-1)?.toString('latin1') ?? ''
  const contentType = response?.headers['content-type']
  const { method, hops } = (response ?? {}) as { method?: string; hops?: number }
  return {
    content_type: typeof contentType === 'string' ? printable(contentType) : null,
    errormsg: ended.errorMessage,
    exitcode: ended.exitCode,
    filename_effective: ended.file,
    http_code: status,
    http_version: response?.httpVersion ?? '0',
    local_ip: socket?.localAddress ?? '',
    local_port: socket?.localPort ?? 0,
    method: method ?? 'GET',
    num_connects: trace.connects,
    num_headers: Math.max(0, head.split('\r\n').length - 3),
    num_redirects: hops ?? ended.redirects,
    redirect_url: redirectUrl(response),
    referer: ended.referer ?? null,
    remote_ip: socket?.remoteAddress ?? '',
    remote_port: socket?.remotePort ?? 0,
    response_code: status,
    scheme: (effective?.protocol ?? '').replace(':', '').toUpperCase(),
    size_download: size,
    size_header: trace.headBytes,
    size_request: trace.requestBytes,
    size_upload: trace.uploadBytes,
    speed_download: Math.round((size * 1_000) / total),
    speed_upload: Math.round((trace.uploadBytes * 1_000) / total),
    ssl_verify_result: verifyResult(socket),
    time_appconnect: since(times?.securedAt),
    time_connect: since(times?.connectedAt),
    time_namelookup: since(times?.lookupAt),
    time_pretransfer: since(trace.sentAt),
    time_redirect: since(trace.redirectedAt),
    time_starttransfer: since(trace.firstByteAt),
    time_total: seconds(total),
    url: ended.url,
    url_effective: effective?.href ?? ended.url,
    urlnum: ended.number,
    via: response?.via ?? null,
    verdict: response?.verdict?.kind ?? null,
  }
}

function seconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000_000
}

/** Where a redirect leads that was not followed. */
function redirectUrl(response: SessionResponse | null): string | null {
  const location = response?.headers['location']
  if (response === null || typeof location !== 'string') return null
  return URL.parse(location, response.url)?.href ?? null
}

function verifyResult(socket: WireTrace['socket']): number {
  const { authorizationError } = socket ?? {}
  if (!authorizationError) return 0
  const code = (authorizationError as { code?: string }).code ?? String(authorizationError)
  return VERIFY_RESULTS[code] ?? 1
}
