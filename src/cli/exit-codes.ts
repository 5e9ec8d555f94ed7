import { type ErrorCode, isOnejarError, type OnejarError } from '../core/index.ts'
import { networkCode } from './network-code.ts'
import { UsageError } from './usage-error.ts'

/**
 * What the process ends with. Where curl has a code for the same thing it is curl's; Onejar's own begin at 101.
 */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  badUrl: 3,
  /** The proxy's name does not resolve. */
  proxy: 5,
  /** The site's name does not resolve. */
  dns: 6,
  /** Nobody listens there: the site, or the proxy. */
  network: 7,
  badResponse: 8,
  /** A body broke off. */
  partial: 18,
  httpError: 22,
  writeFailed: 23,
  readFailed: 26,
  timeout: 28,
  /** The site closed the connection without an answer. */
  noAnswer: 52,
  /** What was to come did not: a proxy made no tunnel, a connection broke. */
  receive: 56,
  tls: 60,
  loginDenied: 67,
  redirects: 47,
  pinMismatch: 90,
  browser: 101,
  challenge: 102,
  captcha: 103,
  blocked: 104,
  rateLimited: 105,
  notAsExpected: 106,
  store: 107,
  badInput: 108,
  refused: 109,
  audit: 110,
  waitingRoom: 111,
} as const

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  ONEJAR_BAD_OPTIONS: EXIT.usage,
  ONEJAR_BAD_URL: EXIT.badUrl,
  ONEJAR_BAD_COOKIE: EXIT.badInput,
  ONEJAR_BAD_INPUT: EXIT.badInput,
  ONEJAR_NETWORK: EXIT.network,
  ONEJAR_PROXY_FAILED: EXIT.proxy,
  ONEJAR_ADDRESS_REFUSED: EXIT.refused,
  ONEJAR_TLS: EXIT.tls,
  ONEJAR_PIN_MISMATCH: EXIT.pinMismatch,
  ONEJAR_BAD_RESPONSE: EXIT.badResponse,
  ONEJAR_BODY_TOO_LARGE: EXIT.badResponse,
  ONEJAR_TIMEOUT: EXIT.timeout,
  ONEJAR_TOO_MANY_REDIRECTS: EXIT.redirects,
  ONEJAR_BAD_REDIRECT: EXIT.redirects,
  ONEJAR_BROWSER_NOT_FOUND: EXIT.browser,
  ONEJAR_BROWSER_FAILED: EXIT.browser,
  ONEJAR_OUTCOME_UNKNOWN: EXIT.browser,
  ONEJAR_BROWSER_LIMITED: EXIT.browser,
  ONEJAR_CHALLENGE_UNSOLVED: EXIT.challenge,
  ONEJAR_CHALLENGE_LOOP: EXIT.challenge,
  ONEJAR_PAGE_FETCH_REFUSED: EXIT.browser,
  ONEJAR_CAPTCHA: EXIT.captcha,
  ONEJAR_BLOCKED: EXIT.blocked,
  ONEJAR_REAUTH_FAILED: EXIT.loginDenied,
  ONEJAR_CREDENTIALS_UNUSABLE: EXIT.loginDenied,
  ONEJAR_CREDENTIALS_UNAVAILABLE: EXIT.loginDenied,
  ONEJAR_IDEMPOTENCY_CONFLICT: EXIT.badInput,
  ONEJAR_IDEMPOTENT_RESPONSE_LOST: EXIT.store,
  ONEJAR_RATE_LIMITED: EXIT.rateLimited,
  ONEJAR_WAITING_ROOM: EXIT.waitingRoom,
  ONEJAR_ROBOTS_DISALLOWED: EXIT.refused,
  ONEJAR_PURPOSE_REFUSED: EXIT.refused,
  ONEJAR_POLICY_DENIED: EXIT.refused,
  ONEJAR_PAYMENT_REQUIRED: EXIT.refused,
  ONEJAR_EXTRACT_FAILED: EXIT.notAsExpected,
  ONEJAR_DISCOVERY_FAILED: EXIT.notAsExpected,
  ONEJAR_AUDIT_FAILED: EXIT.audit,
  ONEJAR_CIRCUIT_OPEN: EXIT.network,
  ONEJAR_EXPECTATION_FAILED: EXIT.notAsExpected,
  ONEJAR_STORE_UNAVAILABLE: EXIT.store,
  ONEJAR_QUEUE_UNAVAILABLE: EXIT.store,
  ONEJAR_QUARANTINED: EXIT.blocked,
  ONEJAR_STORE_CORRUPT: EXIT.store,
  ONEJAR_STORE_VERSION: EXIT.store,
  ONEJAR_LOCK_LOST: EXIT.store,
  ONEJAR_SESSION_TOO_LARGE: EXIT.store,
}

/** A failure that is the command line's own: a file that cannot be written, a session that is not there. */
export class CommandError extends Error {
  override readonly name = 'CommandError' as const
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failed, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof CommandError) return error.exitCode
  if (!isOnejarError(error)) return EXIT.failed
  return networkExit(error) ?? BY_CODE[error.code] ?? EXIT.failed
}

/** As curl distinguishes what a connection failed with. */
function networkExit(error: OnejarError): number | undefined {
  if (error.code !== 'ONEJAR_NETWORK' && error.code !== 'ONEJAR_PROXY_FAILED') return undefined
  const code = networkCode(error.cause)
  const unresolved = code === 'ENOTFOUND' || code === 'EAI_AGAIN'
  if (error.code === 'ONEJAR_PROXY_FAILED') {
    if (error.details['fault'] !== 'unreachable') return EXIT.receive
    return unresolved ? EXIT.proxy : EXIT.network
  }
  if (unresolved) return EXIT.dns
  if (code === 'UND_ERR_SOCKET') return EXIT.noAnswer
  if (code === 'ECONNRESET') return EXIT.receive
  return BROWSER_FAULTS.find(([pattern]) => code !== undefined && pattern.test(code))?.[1]
}

/** The same for what a page could not be loaded for, as Chromium calls it. */
const BROWSER_FAULTS: readonly (readonly [RegExp, number])[] = [
  [/^ERR_NAME_(?:NOT_RESOLVED|RESOLUTION_FAILED)$/, EXIT.dns],
  [/^ERR_(?:CERT|SSL)_/, EXIT.tls],
  [/^ERR_TOO_MANY_REDIRECTS$/, EXIT.redirects],
  [/^ERR_EMPTY_RESPONSE$/, EXIT.noAnswer],
  [/^ERR_CONNECTION_(?:RESET|CLOSED)$/, EXIT.receive],
  [/^ERR_(?:INVALID_HTTP_RESPONSE|HTTP2_PROTOCOL_ERROR)$/, EXIT.badResponse],
  [/^ERR_(?:CONNECTION_)?TIMED_OUT$/, EXIT.timeout],
]
