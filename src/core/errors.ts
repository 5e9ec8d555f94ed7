/** What a caller may do after an error: nothing, the same thing again, again with another session, or again later. */
export type Retry = 'never' | 'same-session' | 'new-session' | 'after'

/**
 * What kind of failure it is. `recoverable`: time, another attempt or another session may mend it. `non-recoverable`: the
 * same thing fails again until somebody changes something. `compliance-blocked`: the site, or a rule that is kept on its
 * behalf, says no; only a person may decide to go on.
 */
export type ErrorTier = 'recoverable' | 'non-recoverable' | 'compliance-blocked'

interface ErrorSpec {
  /** What the code means, in a sentence: the errors page of the docs is made from it. */
  readonly meaning: string
  /** What to do about it, in a sentence. */
  readonly advice: string
  readonly retry: Retry
  readonly tier: ErrorTier
}

/** Every code that Onejar throws. Callers match on `code`; messages may change, codes do not. */
export const ERRORS = {
  ONEJAR_BAD_OPTIONS: {
    meaning: 'An option is unknown, missing or of the wrong shape.',
    advice: 'Correct the options named by their paths.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BAD_URL: {
    meaning: 'The URL cannot be parsed, has credentials in it, or its scheme is neither http nor https.',
    advice: 'Pass an absolute http: or https: URL.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BAD_COOKIE: {
    meaning: 'A Set-Cookie line was refused by the cookie rules.',
    advice: 'The reason names the rule; change the line or the URL it is set for.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BAD_INPUT: {
    meaning: 'A value that was passed in or imported does not have the form it should have.',
    advice: 'The message names the place and the form that is expected.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_CLOSED: {
    meaning: 'The broker or the session was closed before the call.',
    advice: 'Open a new one; a closed one cannot be used again.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_ABORTED: {
    meaning: "The caller's AbortSignal fired.",
    advice: 'Nothing: the caller asked for it. The signal’s reason is the cause.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_TIMEOUT: {
    meaning: 'The deadline of the call passed.',
    advice: 'Raise timeoutMs, or look at session.events() for where the time went.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_NETWORK: {
    meaning: 'The connection failed: name resolution, refusal or reset.',
    advice: 'The cause has the system’s code. A later attempt may pass.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_ADDRESS_REFUSED: {
    meaning:
      'The host stands at an address that may not be reached: one of this machine, its networks or its cloud.',
    advice: 'Where it is wanted, add it to `addresses.allow` (`--allow-address` of the service).',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_PROXY_FAILED: {
    meaning:
      'The proxy, not the site: it cannot be reached, wants other credentials, or does not open a way to the site.',
    advice:
      'The details name the proxy, and which of the three it was (`unreachable`, `credentials`, `refused`); `failover` of its row goes on without it.',
    retry: 'new-session',
    tier: 'recoverable',
  },
  ONEJAR_TLS: {
    meaning:
      'No trustworthy TLS connection came to be: the certificate is not valid for the host, or the handshake failed.',
    advice:
      'The details name the fault; it may be somebody between. Set connect.ca for a certificate authority of your own.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_PIN_MISMATCH: {
    meaning: 'A host showed another key than the one it is pinned to, or was to be asked without TLS.',
    advice: 'Find out who answers before anything else; change `pins` when the host has a new key.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BAD_RESPONSE: {
    meaning:
      'The server answered with something that is not valid HTTP, with headers beyond the limit, or with a body that cannot be decoded or ends too early.',
    advice: 'Look at the cause.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_BODY_TOO_LARGE: {
    meaning: 'The body of the response is larger than maxResponseBytes allows, on the wire or decoded.',
    advice: 'Raise maxResponseBytes for the request or the broker (false for no limit), or ask for less.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_TOO_MANY_REDIRECTS: {
    meaning: 'The redirect chain is longer than allowed, or redirects were to be refused.',
    advice: 'Raise maxRedirects, or look for a loop in the chain.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BAD_REDIRECT: {
    meaning: 'A redirect leads to something that is not an http or https URL.',
    advice: "Use redirect: 'manual' to see where the site points to.",
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BODY_NOT_REPLAYABLE: {
    meaning: 'The request has to be sent again, and its body is a stream that has been consumed.',
    advice: 'Pass the body as a string, bytes, URLSearchParams, FormData or Blob.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_BROWSER_NOT_FOUND: {
    meaning: 'No Chromium was found.',
    advice:
      'Install one (npx playwright install --with-deps chromium, or apt-get install chromium) or set browser.executablePath.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BROWSER_FAILED: {
    meaning: 'The browser could not be started, or it crashed during the visit.',
    advice: 'Run `onejar doctor`; a later attempt starts a new browser.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_CHALLENGE_UNSOLVED: {
    meaning: 'The browser ran the site’s challenge and the site did not let it pass.',
    advice: 'The evidence tells what was seen; another session, proxy or a headed browser may pass.',
    retry: 'new-session',
    tier: 'recoverable',
  },
  ONEJAR_CHALLENGE_LOOP: {
    meaning: 'The site challenged again right after it had accepted an answer, more often than allowed.',
    advice:
      'The clearance is probably bound to something this session changes; wait, or use another session.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_CAPTCHA: {
    meaning: 'The site asks for a puzzle that is meant for a person. Onejar does not solve it.',
    advice:
      'A person can take over in a headed page; the session is halted for that origin until session.unblock(origin).',
    retry: 'never',
    tier: 'compliance-blocked',
  },
  ONEJAR_BLOCKED: {
    meaning: 'The site firmly refused this session.',
    advice:
      'Respect it, or ask the site’s owner; the session is halted for that origin until session.unblock(origin).',
    retry: 'new-session',
    tier: 'compliance-blocked',
  },
  ONEJAR_RATE_LIMITED: {
    meaning: 'The site asked to slow down.',
    advice: 'Wait for retryAfterMs before the next request.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_WAITING_ROOM: {
    meaning:
      'The site has given the session a place in line, and it was not its turn within the time of the request.',
    advice:
      'Ask again after retryAfterMs, or with a longer timeoutMs: the place in line is kept with the session.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_QUARANTINED: {
    meaning: 'The session is not to be used for a while, at this origin or altogether.',
    advice: 'Wait for retryAfterMs, or use another session; the message says why.',
    retry: 'new-session',
    tier: 'recoverable',
  },
  ONEJAR_EXTRACT_FAILED: {
    meaning: 'The response does not have the form that `extract` asks for, or is too large to be looked at.',
    advice:
      'The message names the places in the JSON; correct the schema, or ask without `extract` what comes.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_AUDIT_FAILED: {
    meaning: 'The audit trail cannot be opened or written, or its end is not as it was left.',
    advice:
      'Look at it with `onejar audit verify`; to begin a new one, move the file and its .head file aside together.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_ROBOTS_DISALLOWED: {
    meaning: 'The robots.txt of the site forbids the request, or could not be had, which forbids everything.',
    advice:
      'Respect it, or ask the site’s owner. For an application that you are logged in to and may use, name its origin in `robots.bypass`, or send the request with `robots: false`; both are audited.',
    retry: 'never',
    tier: 'compliance-blocked',
  },
  ONEJAR_CIRCUIT_OPEN: {
    meaning: 'The origin failed again and again, so that it is left alone for a while: nothing was sent.',
    advice: 'Call again after retryAfterMs; the details name the last failure.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_REAUTH_FAILED: {
    meaning: 'A site asked to log in, and the reauthenticate hook threw or took too long.',
    advice: 'The cause is what the hook threw; it is called again after retryAfterMs at the earliest.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_CREDENTIALS_UNUSABLE: {
    meaning:
      'The credential file cannot be read, is open to others or is not of the right form; a variable could be that of several names; or a service that keeps credentials does not let this process read them, or has them in another form.',
    advice:
      'Make the file JSON of the form { name: { username, password } }, and chmod 600 it; give a variable the name that the message says; give the role of this process the right to read, and the secret the fields that the message says.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_CREDENTIALS_UNAVAILABLE: {
    meaning:
      'The service that keeps the credentials cannot be reached, is sealed or overloaded, and nothing is kept that may be used meanwhile.',
    advice: 'See to the service that the message names; a later attempt may pass.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_IDEMPOTENCY_CONFLICT: {
    meaning: 'An idempotency key was given to another request than the one it was first used for.',
    advice: 'Give each request its own key; repeat a key only with the same method, URL and body.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_IDEMPOTENT_RESPONSE_LOST: {
    meaning: 'The request was made before under the same key, and its response was too large to be kept.',
    advice: 'It has been done: ask the site for its result in another way. The details have the status.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_EXPECTATION_FAILED: {
    meaning: 'No transport gave a response that holds what `expect` asks for.',
    advice: 'Check the expectation against the page; session.events() names what each transport gave.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_PAGE_FETCH_REFUSED: {
    meaning:
      'The request was to be made inside a page, and the page’s content security policy or CORS forbids it.',
    advice:
      'The details name which; name another page as the initiator in `context`, or ask for the document itself.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_STORE_UNAVAILABLE: {
    meaning: 'The store cannot be opened, read or written.',
    advice: 'Check that the path is writable or the server is up; the cause has the details.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_STORE_CORRUPT: {
    meaning: 'What the store returned is altered, truncated, or encrypted with another key.',
    advice: 'Check the keys; the entry is dropped and acquired afresh.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_STORE_VERSION: {
    meaning: 'The store was written by a newer Onejar.',
    advice: 'Upgrade Onejar, or use another store.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_QUEUE_UNAVAILABLE: {
    meaning:
      'Visits are made by workers, and the queue to them cannot be reached or no worker ended the visit in time.',
    advice: 'Check that the queue’s Redis is up and that a worker runs (onejar worker).',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_LOCK_LOST: {
    meaning: 'The lock under which the write was made was given to another process in the meantime.',
    advice: 'Read the session again and decide anew: somebody else has done the work or is doing it.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_SESSION_TOO_LARGE: {
    meaning: 'The session holds more than its limit.',
    advice: 'Raise the limit, or purge what an origin floods the session with.',
    retry: 'never',
    tier: 'non-recoverable',
  },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERRORS

export interface OnejarErrorOptions {
  readonly cause?: unknown
  /** How long to wait before the next attempt, where the server or a breaker said so. Rounded up. */
  readonly retryAfterMs?: number
  /** Facts for programs: small, flat and free of secrets. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * The one error class. `message` says what happened and what to do, and never holds a cookie value, a token, a
 * credential or a query string.
 */
export class OnejarError extends Error {
  override readonly name = 'OnejarError' as const
  readonly code: ErrorCode
  readonly retry: Retry
  readonly tier: ErrorTier
  readonly retryAfterMs: number | undefined
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, what: string, options: OnejarErrorOptions = {}) {
    const spec = ERRORS[code]
    super(
      `${what.replace(/[.\s]+$/, '')}. ${spec.advice}`,
      'cause' in options ? { cause: options.cause } : undefined,
    )
    this.code = code
    this.retry = spec.retry
    this.tier = spec.tier
    const { retryAfterMs } = options
    this.retryAfterMs = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs)
    this.details = options.details ?? {}
  }
}

/** Whether a caught value is an OnejarError, and (when given) one with this code. */
export function isOnejarError(value: unknown, code?: ErrorCode): value is OnejarError {
  return value instanceof OnejarError && (code === undefined || value.code === code)
}
