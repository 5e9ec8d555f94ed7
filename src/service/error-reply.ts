import { type ErrorCode, isOnejarError } from '../core/index.ts'

export interface ErrorReply {
  readonly status: number
  readonly body: {
    readonly error: {
      readonly code: string
      readonly message: string
      readonly retry?: string
      readonly retryAfterMs?: number
    }
  }
}

/** What is not here is the service's own trouble: 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  ONEJAR_BAD_OPTIONS: 400,
  ONEJAR_BAD_URL: 400,
  ONEJAR_BAD_INPUT: 400,
  ONEJAR_BAD_COOKIE: 400,
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

/** An error as an HTTP reply. Errors that are neither an OnejarError nor of the HTTP layer are not described. */
export function errorReply(error: unknown): ErrorReply {
  if (isOnejarError(error)) {
    const { code, message, retry, retryAfterMs } = error
    const status = STATUS[code] ?? (error.tier === 'compliance-blocked' ? 409 : 500)
    return {
      status,
      body: { error: { code, message, retry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } },
    }
  }
  const { statusCode, code, message } = (error ?? {}) as Record<string, unknown>
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      body: { error: { code: String(code ?? 'BAD_REQUEST'), message: String(message) } },
    }
  }
  return {
    status: 500,
    body: { error: { code: 'INTERNAL', message: 'Something unexpected happened; the log has its class' } },
  }
}
