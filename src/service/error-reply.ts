import { ERRORS, type ErrorCode, isOnejarError } from '../core/index.ts'
import { SERVICE_ERRORS, ServiceError, type ServiceErrorCode } from './service-error.ts'

/** An error as RFC 9457 has it, with members of Onejar's own. */
export interface Problem {
  /** Where the code is explained, on this service. */
  readonly type: string
  /** What the code means. */
  readonly title: string
  readonly status: number
  /** What was wrong this time. */
  readonly detail: string
  readonly code: string
  readonly advice: string
  readonly tier?: string
  readonly retry?: string
  readonly retryAfterMs?: number
  /** The form of earlier versions. */
  readonly error: {
    readonly code: string
    readonly message: string
    readonly retry?: string
    readonly retryAfterMs?: number
  }
}

export interface ErrorReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Problem
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** What is not here is the service's own trouble: 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  ONEJAR_BAD_OPTIONS: 400,
  ONEJAR_BAD_URL: 400,
  ONEJAR_BAD_INPUT: 400,
  ONEJAR_BAD_COOKIE: 400,
  ONEJAR_BODY_NOT_REPLAYABLE: 409,
  ONEJAR_PAYMENT_REQUIRED: 402,
  ONEJAR_CAPTCHA: 409,
  ONEJAR_BLOCKED: 409,
  ONEJAR_QUARANTINED: 409,
  ONEJAR_EXPECTATION_FAILED: 422,
  ONEJAR_RATE_LIMITED: 429,
  ONEJAR_CLOSED: 503,
  ONEJAR_STORE_UNAVAILABLE: 503,
  ONEJAR_QUEUE_UNAVAILABLE: 503,
  ONEJAR_BROWSER_NOT_FOUND: 503,
  ONEJAR_BROWSER_FAILED: 503,
  ONEJAR_BROWSER_LIMITED: 503,
  ONEJAR_OUTCOME_UNKNOWN: 502,
  ONEJAR_ADDRESS_REFUSED: 403,
  ONEJAR_NETWORK: 502,
  ONEJAR_PROXY_FAILED: 502,
  ONEJAR_BAD_RESPONSE: 502,
  ONEJAR_BODY_TOO_LARGE: 502,
  ONEJAR_BAD_REDIRECT: 502,
  ONEJAR_TOO_MANY_REDIRECTS: 502,
  ONEJAR_CHALLENGE_UNSOLVED: 502,
  ONEJAR_CHALLENGE_LOOP: 502,
  ONEJAR_TIMEOUT: 504,
}

/** What the HTTP layer refuses, by its status, in the words of this service. */
const BY_STATUS: Readonly<Record<number, ServiceErrorCode>> = {
  413: 'REQUEST_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
}

/** The status that goes with a code of the library. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? (ERRORS[code].tier === 'compliance-blocked' ? 409 : 500)
}

/** An error as an HTTP reply. Errors that are neither an OnejarError nor of the HTTP layer are not described. */
export function errorReply(error: unknown): ErrorReply {
  if (isOnejarError(error)) {
    const { code, message, retry, retryAfterMs, tier } = error
    const status = statusOf(code)
    const { meaning, advice } = ERRORS[code]
    const again = { retry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    return {
      status,
      headers: retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
      body: {
        ...{
          type: `/problems/${code}`,
          title: meaning,
          status,
          detail: message,
          code,
          advice,
          tier,
          ...again,
        },
        error: { code, message, ...again },
      },
    }
  }
  if (error instanceof ServiceError) return reply(error.code, error.message, error.headers)
  const { statusCode, message } = (error ?? {}) as Record<string, unknown>
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const code = BY_STATUS[statusCode] ?? 'MALFORMED_REQUEST'
    return reply(code, String(message), {}, statusCode)
  }
  return reply('INTERNAL', 'Something unexpected happened; the log has its class')
}

function reply(
  code: ServiceErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  status: number = SERVICE_ERRORS[code].status,
): ErrorReply {
  const { meaning: title, advice } = SERVICE_ERRORS[code]
  return {
    status,
    headers,
    body: {
      ...{ type: `/problems/${code}`, title, status, detail: message, code, advice },
      error: { code, message },
    },
  }
}
