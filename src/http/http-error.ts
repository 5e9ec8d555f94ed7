import { errors } from 'undici'
import { OnejarError, safeUrl } from '../core/index.ts'
import { nameProxy } from './proxy-fault.ts'

const TIMEOUT_CODES = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
const RESPONSE_CODES = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])
const INPUT_CODES = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
])

/**
 * An error of undici, the system or TLS as an OnejarError, with the original as its cause. What is one already stays.
 *
 * @param url - where the request went; only origin and path are named
 * @param proxy - that it went through
 */
export function toHttpError(failure: unknown, url: URL, proxy?: URL): OnejarError {
  const error = failure instanceof Error ? nameProxy(failure, proxy) : failure
  if (error instanceof OnejarError) return error
  const where = safeUrl(url)
  if (error instanceof errors.HTTPParserError) {
    // The original carries the bytes of the response, and with them its cookies.
    const cause = new Error(error.message)
    cause.name = error.name
    return new OnejarError('ONEJAR_BAD_RESPONSE', `${where} did not answer in HTTP`, { cause })
  }
  const code = codeOf(error)
  const fault = tlsFault(code)
  if (fault !== undefined) {
    return new OnejarError('ONEJAR_TLS', `${where}: ${fault}`, {
      cause: error,
      details: { origin: url.origin, fault },
    })
  }
  if (TIMEOUT_CODES.has(code)) return new OnejarError('ONEJAR_TIMEOUT', `${where}: ${code}`, { cause: error })
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new OnejarError('ONEJAR_BODY_TOO_LARGE', `${where}: the body is larger than allowed`, {
      cause: error,
    })
  }
  if (code.startsWith('ERR_HTTP2_') || RESPONSE_CODES.has(code)) {
    return new OnejarError('ONEJAR_BAD_RESPONSE', `${where}: ${code}`, { cause: error })
  }
  if (INPUT_CODES.has(code)) {
    const message = messageOf(error)
    return new OnejarError('ONEJAR_BAD_INPUT', `The request to ${where} cannot be sent: ${message}`, {
      cause: error,
    })
  }
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new OnejarError('ONEJAR_CLOSED', 'The HTTP transport is closed', { cause: error })
  }
  if (code === 'UND_ERR_ABORTED' || nameOf(error) === 'AbortError') {
    return new OnejarError('ONEJAR_ABORTED', `${where} was aborted`, { cause: error })
  }
  return new OnejarError('ONEJAR_NETWORK', `${where}: ${code || 'the connection failed'}`, { cause: error })
}

/** A body that goes beyond `max` bytes. */
export function tooLarge(url: URL, max: number): OnejarError {
  return new OnejarError('ONEJAR_BODY_TOO_LARGE', `${safeUrl(url)}: the body is larger than ${max} bytes`)
}

/** What a fired AbortSignal means: ONEJAR_TIMEOUT for AbortSignal.timeout(), ONEJAR_ABORTED for the rest. */
export function toAbortError(reason: unknown, url: URL): OnejarError {
  if (reason instanceof OnejarError) return reason
  const code = nameOf(reason) === 'TimeoutError' ? 'ONEJAR_TIMEOUT' : 'ONEJAR_ABORTED'
  return new OnejarError(code, `${safeUrl(url)}: the signal fired`, { cause: reason })
}

/** OpenSSL's and Node's codes for certificates that do not verify. */
const CERTIFICATE_FAULT =
  /^(?:CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/

/** The code of what went wrong with TLS; undefined when it was something else. */
function tlsFault(code: string): string | undefined {
  return code === 'EPROTO' || CERTIFICATE_FAULT.test(code) ? code : undefined
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code === 'string') return code
  // Several addresses were tried: AggregateError carries the code of each.
  const first = (error as { errors?: unknown[] } | null)?.errors?.[0]
  return first === undefined ? '' : codeOf(first)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : ''
}
