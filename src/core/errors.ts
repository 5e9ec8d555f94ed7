/** What a caller may do after an error: give up, repeat the call, repeat it with another session, or repeat it later. */
export type Retry = 'never' | 'same-session' | 'new-session' | 'after'

/**
 * What kind of failure it is. `recoverable`: waiting, another attempt or another session may help. `non-recoverable`: the
 * same call fails again until something is changed. `compliance-blocked`: the site, or a rule that protects it, refuses;
 * only a person may decide to go on.
 */
export type ErrorTier = 'recoverable' | 'non-recoverable' | 'compliance-blocked'

interface ErrorSpec {
  /** What the code means, in a sentence. The errors page of the docs is made from it. */
  readonly meaning: string
  /** What to do about it, in a sentence. */
  readonly advice: string
  readonly retry: Retry
  readonly tier: ErrorTier
}

/**
 * Every code that Onejar throws, with its meaning, what to do, whether to retry, and its tier. Match on the code: messages
 * may change, codes do not.
 *
 * @example
 * ```ts
 * import { ERRORS, isOnejarError } from 'onejar'
 *
 * function hint(error: unknown): string {
 *   return isOnejarError(error) ? ERRORS[error.code].advice : 'Look at the stack.'
 * }
 * ```
 */
export const ERRORS = {
  ONEJAR_BAD_OPTIONS: {
    meaning: 'An option is unknown, missing or of the wrong shape.',
    advice: 'Correct the options named by their paths.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_NODE_TOO_OLD: {
    meaning: 'This Node.js is older than Onejar needs.',
    advice: 'Install Node.js 24, or run the script with `npx -p node@24 node script.js`.',
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
      'The host resolves to an address that may not be reached: one of this machine, its networks or its cloud.',
    advice: 'If it may be reached, add it to `addresses.allow` (`--allow-address` of the service).',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_PROXY_FAILED: {
    meaning:
      'The proxy failed, not the site: it cannot be reached, refuses the credentials, or does not connect to the site.',
    advice:
      'The details name the proxy, and which of the three it was (`unreachable`, `credentials`, `refused`); `failover` in its rule continues without it.',
    retry: 'new-session',
    tier: 'recoverable',
  },
  ONEJAR_TLS: {
    meaning:
      'No trusted TLS connection could be made: the certificate is not valid for the host, or the handshake failed.',
    advice:
      'The details name the fault; somebody may be intercepting the connection. Set connect.ca for a certificate authority of your own.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_PIN_MISMATCH: {
    meaning:
      'A host presented another key than the one it is pinned to, or the request would have been sent to it without TLS.',
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
    meaning: 'The redirect chain is longer than allowed, or `redirect` says that redirects are errors.',
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
    meaning: 'The browser could not be started, or it crashed while it was used.',
    advice: 'Run `onejar doctor`; a later attempt starts a new browser.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_OUTCOME_UNKNOWN: {
    meaning:
      'The browser or worker that was sending a request which changes something went away: the site may have carried it out, or not.',
    advice:
      'Ask the site whether it was carried out before it is sent again. With an `idempotencyKey` it is sent again under the same key.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_BROWSER_LIMITED: {
    meaning: 'A browser at a DevTools endpoint does not carry out commands that Onejar needs.',
    advice:
      'The details name the commands; ask whoever runs the browser to allow them, or use another endpoint.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_CONTEXT_IN_USE: {
    meaning:
      'A browser context was to be attached that is the context of a session already, or to a session that has pages open in another one.',
    advice: 'Detach what is attached first, or close the pages that the session has open.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_CHALLENGE_UNSOLVED: {
    meaning: 'The browser ran the site’s challenge and the site did not let it pass.',
    advice: 'The evidence shows what was seen; another session, proxy or a headed browser may pass.',
    retry: 'new-session',
    tier: 'recoverable',
  },
  ONEJAR_CHALLENGE_LOOP: {
    meaning:
      'The site issued another challenge right after it had accepted a solve, more often than allowed.',
    advice:
      'The clearance is probably bound to something this session changes; wait, or use another session.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_CAPTCHA: {
    meaning: 'The site asks for a puzzle that is meant for a person. Onejar does not solve it.',
    advice:
      'A person can solve it in a headed page (manual intervention); the session is blocked for that origin until session.unblock(origin).',
    retry: 'never',
    tier: 'compliance-blocked',
  },
  ONEJAR_BLOCKED: {
    meaning: 'The site refused this session for good.',
    advice:
      'Respect it, or ask the site’s owner; the session is blocked for that origin until session.unblock(origin).',
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
      'The site put the session in a waiting room and did not admit it within the time of the request.',
    advice:
      'Ask again after retryAfterMs, or with a longer timeoutMs: the session keeps its place in the line.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_QUARANTINED: {
    meaning: 'The session is quarantined for a while, for this origin or for all.',
    advice: 'Wait for retryAfterMs, or use another session; the message says why.',
    retry: 'new-session',
    tier: 'recoverable',
  },
  ONEJAR_EXTRACT_FAILED: {
    meaning: 'The response does not have the form that `extract` asks for, or is too large to be examined.',
    advice:
      'The message names the places in the JSON; correct the schema, or send the request without `extract` to see what the site returns.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_DISCOVERY_FAILED: {
    meaning:
      'The page whose requests `session.discover()` was to look at is no document, or the site refused it.',
    advice: 'Fetch the URL with `render: true` to see what comes; log in first where the page asks for it.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_AUDIT_FAILED: {
    meaning: 'The audit trail cannot be opened or written, or its end was changed by somebody else.',
    advice:
      'Check it with `onejar audit verify`; to begin a new one, move the file and its .head file aside together.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_ROBOTS_DISALLOWED: {
    meaning:
      'The robots.txt of the site forbids the request, or could not be fetched, which forbids everything.',
    advice:
      'Respect it, or ask the site’s owner. For an application that you are logged in to and may use, name its origin in `robots.bypass`, or send the request with `robots: false`; both are audited.',
    retry: 'never',
    tier: 'compliance-blocked',
  },
  ONEJAR_PURPOSE_REFUSED: {
    meaning:
      'The site forbids the use that the request declared as its `purpose`: in robots.txt, a header, a document or a TDM reservation.',
    advice:
      'Respect it, ask the site’s owner for a licence, or declare what the content is fetched for in truth. The details name the statement.',
    retry: 'never',
    tier: 'compliance-blocked',
  },
  ONEJAR_POLICY_DENIED: {
    meaning: 'The policy of the tenant (`isolation`, `personalHeaders`) denies what was asked for.',
    advice: 'Do without, or have whoever answers for the policy change it. The details name the behaviour.',
    retry: 'never',
    tier: 'compliance-blocked',
  },
  ONEJAR_PAYMENT_REQUIRED: {
    meaning: 'The site asks for money (status 402). Onejar never pays.',
    advice:
      "Decide whether the content is worth the price in the details, and come to terms with the site. With `paymentRequired: 'response'` a 402 is a response like others.",
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_CIRCUIT_OPEN: {
    meaning: 'The circuit breaker of the origin is open after repeated failures: nothing was sent.',
    advice: 'Call again after retryAfterMs; the details name the last failure.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_REAUTH_FAILED: {
    meaning: 'The site demanded a login, and the reauthenticate hook threw or took too long.',
    advice: 'The cause is what the hook threw; it is called again after retryAfterMs at the earliest.',
    retry: 'after',
    tier: 'recoverable',
  },
  ONEJAR_CREDENTIALS_UNUSABLE: {
    meaning:
      'The credential file cannot be read, is open to other users or has the wrong form; an environment variable matches several credential names; or a credential service denies access or returns another form.',
    advice:
      'Make the file JSON of the form { name: { username, password } }, and chmod 600 it; rename the variable as the message says; allow the role of this process to read the secret, and give the secret the fields that the message names.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_CREDENTIALS_UNAVAILABLE: {
    meaning:
      'The credential service cannot be reached, is sealed or overloaded, and no cached credential may be used meanwhile.',
    advice: 'Check the service that the message names; a later attempt may pass.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_IDEMPOTENCY_CONFLICT: {
    meaning: 'An idempotency key was used for another request than the first one.',
    advice: 'Give each request its own key; repeat a key only with the same method, URL and body.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_IDEMPOTENT_RESPONSE_LOST: {
    meaning: 'The request was made before with the same key, and its response was too large to be stored.',
    advice:
      'The request was carried out: read its result from the site by another request. The details have the status.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_EXPECTATION_FAILED: {
    meaning: 'No transport returned a response that meets `expect`.',
    advice: 'Check the expectation against the page; session.events() reports what each transport returned.',
    retry: 'never',
    tier: 'non-recoverable',
  },
  ONEJAR_PAGE_FETCH_REFUSED: {
    meaning:
      'The request had to be made inside a page, and the page’s content security policy or CORS forbids it.',
    advice:
      'The details name which one; name another page as the initiator in `context`, or ask for the document itself.',
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
    meaning:
      'The store is no database of Onejar, is damaged, or is sealed with other keys than the ones given.',
    advice: 'Name the store that is meant, bring it back from a copy, or begin with another one.',
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
      'Challenges are solved by workers, and their queue cannot be reached or no worker finished the solve in time.',
    advice: 'Check that the queue’s Redis is up and that a worker runs (onejar worker).',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_LOCK_LOST: {
    meaning: 'The lock that protected the write has meanwhile passed to another process.',
    advice: 'Read the session again and decide anew: another process has done the work or is doing it.',
    retry: 'same-session',
    tier: 'recoverable',
  },
  ONEJAR_SESSION_TOO_LARGE: {
    meaning: 'The session holds more than its limit.',
    advice: 'Raise the limit, or delete the entries of the origin that fills the session.',
    retry: 'never',
    tier: 'non-recoverable',
  },
} as const satisfies Record<string, ErrorSpec>

/** The name of an error, such as `ONEJAR_TIMEOUT`: a key of `ERRORS`. */
export type ErrorCode = keyof typeof ERRORS

/** What an OnejarError is made with beside its code and text. All of it is optional. */
export interface OnejarErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown
  /** How long to wait before the next attempt, if the server or a circuit breaker said so. Rounded up. */
  readonly retryAfterMs?: number
  /** Facts for programs: small, flat and free of secrets. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * The one error class of this package. `message` says what happened and what to do. It never holds a cookie value, a token,
 * a credential or a query string.
 *
 * @example
 * ```ts
 * import { isOnejarError } from 'onejar'
 *
 * try {
 *   await session.fetch('https://example.com/', { timeoutMs: 1 })
 * } catch (error) {
 *   if (isOnejarError(error) && error.retry === 'after') console.log(`again in ${error.retryAfterMs} ms`)
 * }
 * ```
 */
export class OnejarError extends Error {
  /** Always `OnejarError`. */
  override readonly name = 'OnejarError' as const
  /** Which error it is. */
  readonly code: ErrorCode
  /** What a caller can do: give up, repeat the call, repeat it with another session, or repeat it later. */
  readonly retry: Retry
  /** What kind of failure it is: recoverable, not recoverable, or a refusal that only a person may overrule. */
  readonly tier: ErrorTier
  /** How long to wait before the next attempt, in milliseconds; undefined where nobody said so. */
  readonly retryAfterMs: number | undefined
  /** Facts for programs, such as `status` or `origin`: small, flat and free of secrets. Default: none. */
  readonly details: Readonly<Record<string, unknown>>

  /**
   * Makes an error. The message is `what`, followed by the advice for the code.
   *
   * @param code - which error it is
   * @param what - what happened, in a sentence without secrets
   */
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

/**
 * Whether a caught value is an OnejarError, and (when a code is given) one with this code.
 *
 * @example
 * ```ts
 * import { isOnejarError } from 'onejar'
 *
 * const response = await session.fetch('https://example.com/').catch((error: unknown) => {
 *   if (isOnejarError(error, 'ONEJAR_CAPTCHA')) return null
 *   throw error
 * })
 * ```
 */
export function isOnejarError(value: unknown, code?: ErrorCode): value is OnejarError {
  return value instanceof OnejarError && (code === undefined || value.code === code)
}
