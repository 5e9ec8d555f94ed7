import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { buildConnector } from 'undici'
import type { ContextSettings, EndpointFunction } from '../../browser/index.ts'
import type { Signal } from '../../challenge/index.ts'
import type { AddressSetting, IsolationOptions, Purpose } from '../../compliance/index.ts'
import type { CredentialProvider } from '../../credentials/index.ts'
import type { BotAuthOptions, PinOptions } from '../../http/index.ts'
import type { QueueOptions } from '../../queue/index.ts'
import type { Intervention } from '../../routing/index.ts'
import type { BrokerWarning, ProxyRoute, ProxySetting } from '../../services/index.ts'
import type { StoreOptions, StoreProvider } from '../../store/index.ts'
import type { Log } from '../../telemetry/index.ts'
import type { DeadLetterOptions } from './dead-letter-options.ts'
import type { ReauthenticateHook } from './reauthentication.ts'
import type { RequestIdHeaderOptions } from './request-id-header.ts'

/** What `onChallenge` gets: the page that shows the puzzle, what was seen, and which session it is. */
export interface ManualIntervention extends Intervention {
  /** The session that is blocked. */
  readonly session: { readonly tenant: string; readonly id: string }
}

/** How often a request is sent again, and after which pauses. */
export interface RetryOptions {
  /** How often a request is sent at most, the first time included: 1 to 10. Default: 3. */
  attempts?: number | undefined
  /** The shortest pause before another attempt, in milliseconds. Default: 250. */
  firstDelayMs?: number | undefined
  /** The longest pause of Onejar's own, in milliseconds; a longer Retry-After is kept all the same. Default: 10,000. */
  maxDelayMs?: number | undefined
}

/** Connections of HTTP, through proxies too; those of the browser are its own. A request that finds none free waits in line. */
export interface ConnectionOptions {
  /**
   * To one origin, for each tenant and proxy: 1 to 10,000, or `false` for no limit. With HTTP/2 one connection carries up to 100
   * requests at once. Default: 32.
   */
  perOrigin?: number | false | undefined
  /**
   * Of the broker: 1 to 1,000,000, or `false` for no limit. Where they are all in use, each origin in its order gets one, and one that is at rest gives
   * up its connections. Default: 512.
   */
  total?: number | false | undefined
  /** How long one stays open without a request, in milliseconds, where the site does not say: up to 600,000. Default: 4,000. */
  keepAliveMs?: number | undefined
  /** How many requests one carries before it is closed, with HTTP/1.1; `false` for no limit. Default: `false`. */
  requestsPerConnection?: number | false | undefined
}

/** What one origin, or each, may be asked. */
export interface OriginLimit {
  /** The origin (of a URL). Default: each origin for itself. */
  origin?: string | undefined
  /** How many requests may be without a response at once: 1 to 1,000. Default: no limit. */
  concurrency?: number | undefined
  /** How many requests may begin in a time, a sliding window: no more than `requests` in any `perMs` milliseconds. Default: no limit. */
  rate?: OriginRate | undefined
  /**
   * Whether it holds for all processes on the store, tenants and brokers together. A request then costs a round trip to the store or
   * more. While the store is away each process keeps to the limit for itself. Default: false.
   */
  shared?: boolean | undefined
}

/** A number of requests in a time. */
export interface OriginRate {
  /** 1 to 100,000. */
  requests: number
  /** In milliseconds: 10 to 86,400,000. */
  perMs: number
}

/** How long what Onejar keeps is kept, in milliseconds: a second to 3,650 days. */
export interface RetentionOptions {
  /**
   * A session, at most so long after it was last used; not together with `store.retentionFloorMs` and `retentionCeilingMs`. Default: as
   * long as its longest cookie, 30 to 400 days.
   */
  recordsMs?: number | undefined
  /** A dead letter. A shorter time holds for those that are kept already, once their session is opened. Default: 30 days. */
  deadLettersMs?: number | undefined
  /** The response under an idempotency key, where `idempotencyTtlMs` does not say; 30 days at most. Default: a day. */
  idempotencyMs?: number | undefined
  /** A record of the audit trail; `false` keeps it for good. What is pruned leaves a trail that can be verified. Default: `false`. */
  trailMs?: number | false | undefined
  /** A picture in `screenshotFolder`; `false` keeps it for good. Default: 30 days. */
  screenshotsMs?: number | false | undefined
  /** Log files that others write: what ends in `.log`, `.jsonl` or `.ndjson` directly in this folder, rotated and packed ones too. Default: none. */
  logs?: LogRetentionOptions | undefined
}

/** Log files that are deleted when they are old. */
export interface LogRetentionOptions {
  /** The folder that they are in. */
  folder: string
  /** How long after it was last written a file is kept, in milliseconds. Default: 30 days. */
  maxAgeMs?: number | undefined
}

/** When an origin that fails is left alone. */
export interface CircuitOptions {
  /** How many attempts in a row have to fail: 1 to 1,000. Default: 10. */
  failures?: number | undefined
  /** The first pause, in milliseconds; it doubles with each probe that fails. Default: 1,000. */
  firstPauseMs?: number | undefined
  /** The longest pause, in milliseconds. Default: 60,000. */
  maxPauseMs?: number | undefined
}

/** What is done about sites that answer 429 again and again. */
export interface RateLimitOptions {
  /**
   * Of all answers in the window, the share of 429 above which there is an alert (an event, `onWarning`, a log line, a metric, an
   * entry of the audit trail): for each origin, and for all together. Default: 0.05.
   */
  alertShare?: number | undefined
  /** How far the window reaches back, in milliseconds: a second to a day. Default: 900,000. */
  windowMs?: number | undefined
  /** With fewer answers in the window there is no alert. Default: 20. */
  minRequests?: number | undefined
  /**
   * The pause between two requests to an origin while its alert holds, in milliseconds, over all sessions; it doubles with each
   * further 429, up to 32 times, and shortens again. 0 for none. Default: 1,000.
   */
  slowDownMs?: number | undefined
  /** After so many 429 in a row a session is in quarantine at the origin, with an alert; `false` for never. Default: 4. */
  quarantineAfter?: number | false | undefined
  /** For how long, in milliseconds; `session.unblock(origin)` ends it. Default: 600,000. */
  quarantineMs?: number | undefined
}

/** What a broker and each of its sessions do about failures. A session's own take precedence over the broker's. */
export interface FailureOptions {
  /**
   * Retries of requests that failed in a way that time may mend; `false` for none. Retry-After is kept in any case. Default:
   * three attempts in all, 250 ms and more apart.
   */
  retry?: RetryOptions | false | undefined
  /**
   * When an origin that fails again and again is left alone for a while: requests then fail at once with ONEJAR_CIRCUIT_OPEN.
   * `false` for never. Default: after ten failures in a row, for a second at first.
   */
  circuitBreaker?: CircuitOptions | false | undefined
  /**
   * Logs the session in where a site asks for that: a 401, a 403 that asks to log in, a login page instead of the page. Called
   * once for all requests that were refused, in all processes on the store; then each is sent again, and once more where the
   * new cookies are old by then. Default: nobody
   * logs in, and the refusal is the response.
   */
  reauthenticate?: ReauthenticateHook | undefined
  /** How long one login may take, in milliseconds. Default: 30,000. */
  reauthenticateTimeoutMs?: number | undefined
  /** Where the hook's credentials come from: `environment`, `{ file }` or a provider of your own. Default: `environment`. */
  credentials?: 'environment' | { file: string } | CredentialProvider | undefined
  /**
   * Keep requests that fail for good, without credentials, in `session.deadLetters`: those that end with an error, 429 or 5xx.
   * `{ statuses: [404, 410] }` also keeps those whose last answer has one of these statuses. Default: false.
   */
  deadLetters?: boolean | DeadLetterOptions | undefined
  /**
   * Faults of security after which the session's cookies, storage and kept responses are deleted, in open pages, the store and
   * other processes too: `tls` (no trusted connection), `pin` (a key that is not the pinned one), `refusal` (the site's protection
   * refuses the session). In any case there is an alert, and the session is in quarantine or blocked. Default: none.
   */
  purgeOn?: ('tls' | 'pin' | 'refusal')[] | undefined
  /** How long the response to a request with an idempotency key is kept, in milliseconds: a second to 30 days. Default: a day. */
  idempotencyTtlMs?: number | undefined
}

/** What a session shows of itself instead of what the browser shows. */
export interface IdentityOptions {
  /** The User-Agent header, 1 to 1,024 Latin-1 characters. */
  userAgent: string
  /** Client hints by header name, as they are sent. Default: none. */
  clientHints?: Record<string, string> | undefined
  /** The Accept-Language header. Default: `en-US,en;q=0.9`. */
  acceptLanguage?: string | undefined
}

/** What sets a session apart from others of its broker. */
export interface SessionOptions extends FailureOptions {
  /** Sessions of different tenants share nothing, connections included. 1 to 256 characters. Default: `default`. */
  tenant?: string | undefined
  /**
   * An `http:`, `https:` or `socks5:` URL, or `{ server, username, password }`. For both transports. Default: what
   * `proxyRoutes` of the broker says, else the broker's.
   */
  proxy?: ProxySetting | undefined
  /** Which addresses the session may reach. It can narrow what the broker allows, and not widen it. Default: the broker's. */
  addresses?: AddressSetting | undefined
  /** Whether clearances of an old proxy are still shown through a new one; see `BrokerOptions`. Default: the broker's. */
  keepClearance?: boolean | undefined
  /**
   * How the session's browser contexts are made: locale, time zone, viewport, permissions, geolocation, HAR, video. The user agent
   * goes by `identity`, for both transports. Without effect on contexts that are attached. Where workers
   * hold the pages, recordings are ONEJAR_BAD_OPTIONS. Default: the broker's.
   */
  contextOptions?: ContextSettings | undefined
  /** A URL of the site that the session is for: `proxyRoutes` of the broker chooses a proxy by it. Default: none. */
  target?: string | undefined
  /** An undici connector, or its TLS options. For HTTP only. Default: the broker's. */
  connect?: buildConnector.connector | buildConnector.BuildOptions | undefined
  /** Keys that hosts have to show, by host: `{ 'bank.example': ['sha256//…'] }`. For HTTP only. Default: the broker's. */
  pins?: PinOptions | undefined
  /** What the session shows of itself. Default: what the browser shows; `null` sends no identity headers and starts no browser. */
  identity?: IdentityOptions | null | undefined
  /**
   * What content is fetched for: `search`, `ai-train`, `ai-input`, `archive` or `text-mining`. What a site forbids for that (in
   * robots.txt, headers, metas, a TDM reservation) is ONEJAR_PURPOSE_REFUSED. Default: the broker's.
   */
  purpose?: Purpose | undefined
}

/** The browser that a broker starts or uses. It is started when a page or an escalation first needs it. */
export interface BrokerBrowserOptions {
  /** The Chromium to start. Default: `ONEJAR_CHROMIUM`, Playwright's own, or the first on PATH. */
  executablePath?: string | undefined
  /** The browser to start by its name, where it is installed in its usual place: `chrome`, `msedge`, `chrome-beta`, … Default: none. */
  channel?: string | undefined
  /**
   * The folder of a profile, which keeps what it has: one session at a time lives in it, as in a context that is attached, and a second
   * one that needs a browser gets ONEJAR_CONTEXT_IN_USE. No other program may have it open. Not with `proxy`, `contextOptions` and
   * `ignoreHTTPSErrors`: make such a context yourself, and attach it. Default: none; each session has a context that ends with it.
   */
  userDataDir?: string | undefined
  /**
   * Use the browser at this DevTools endpoint (`http(s)://` or `ws(s)://`), which others may use at the same time: only
   * contexts that are made here are touched, and they end with the connection. Needs Playwright 1.61. Default: none.
   */
  cdpEndpoint?: string | undefined
  /**
   * Rents a browser at each call: returns its DevTools address (`ws(s)://` or `http(s)://`, a token in it is in no message) and `release`,
   * which gives it back and is called once for each browser, whatever happens. A session's context lives in one of them; one that
   * fails is not used again, and what was under way is done in another one. Its `signal` fires after `launchTimeoutMs`, and when nobody
   * needs the browser any more. Default: none.
   */
  endpoint?: EndpointFunction | undefined
  /**
   * How many browsers are rented at a time, 1 to 1,000; those that have not been given back count. Sessions are spread over them.
   * Default: 1.
   */
  maxEndpoints?: number | undefined
  /** How long a rented browser is kept that has no page open, in milliseconds. Contexts in it are closed, and made anew. Default: 60,000. */
  endpointIdleMs?: number | undefined
  /** Without a window. Default: true. */
  headless?: boolean | undefined
  /** Further arguments for Chromium, after Onejar's own. Default: none. */
  args?: string[] | undefined
  /**
   * Environment variables for the browser. Of this process's own it gets those that it needs (PATH, HOME, DISPLAY, LANG and
   * the like) and none that may hold a secret; proxies without their credentials. Default: none.
   */
  env?: Record<string, string> | undefined
  /** How long the start may take, in milliseconds. Default: 30,000. */
  launchTimeoutMs?: number | undefined
  /** How long the browser may leave a command unanswered before it is given up and ended, in milliseconds. Default: 15,000. */
  answerTimeoutMs?: number | undefined
  /**
   * While the browser rests, one context with an empty page is made ready for the next session that needs a browser: its solve
   * takes about half as long. Made once two contexts in a row were opened with the same options, closed after a minute
   * without use; it takes some 40 MB meanwhile. Only in a browser that Onejar starts without a window and without `userDataDir`.
   * Default: true.
   */
  spareContext?: boolean | undefined
  /** Escalations do not load images, fonts and media. Pages of `session.page()` load everything. Default: true. */
  blockResources?: boolean | undefined
  /**
   * The request that led to a solve is answered with the document that the browser got, `via` `page`, and not asked for once
   * more over HTTP; the next request proves that HTTP passes. Only where it is the same: a GET as if typed in, without headers
   * or tokens of its own. Default: false; each request is sent again over HTTP, and has the browser's document where that fails.
   */
  answerFromSolve?: boolean | undefined
  /** How many pages of escalations are open at once, 1 to 1,000; further ones wait. Default: 2. */
  maxSolves?: number | undefined
  /**
   * After so many pages a session's context is replaced by a new one that holds the same, once no page is open. IndexedDB is
   * carried over; caches, service workers, and what a caller set up on the context are not. Default: 200.
   */
  recycleAfterPages?: number | undefined
  /**
   * The same after a page that weighed more than this, in megabytes, when it was closed: its JavaScript, DOM and buffers, and
   * what its origins keep in the context (caches, service workers; not databases). Default: 512.
   */
  recycleAfterMegabytes?: number | undefined
}

/** Where measurements, spans and log lines go. */
export interface TelemetryOptions {
  /** An OpenTelemetry MeterProvider. Default: the global one. */
  meterProvider?: MeterProvider | undefined
  /** An OpenTelemetry TracerProvider. Default: the global one. */
  tracerProvider?: TracerProvider | undefined
  /** A pino logger. Default: nothing is logged. */
  log?: Log | undefined
  /** Report of each Set-Cookie line what the record made of it, values left out. Default: false. */
  cookieDiagnostics?: boolean | undefined
}

/** How robots.txt is respected. */
export interface RobotsOptions {
  /** The product token whose groups count, beside those for everybody: letters, `-` and `_`. Default: `onejar`. */
  userAgent?: string | undefined
  /** Origins whose robots.txt is neither asked for nor respected. Each use is audited. Default: none. */
  bypass?: string[] | undefined
}

/** How the fields of pages are taken from the data that the pages ask for themselves. */
export interface DataRouteOptions {
  /** After so many answers without the page, one page is rendered to check them; the first time after 10. 1 to 1,000. Default: 50. */
  checkEvery?: number | undefined
  /** URLs of which you say that a POST to them only reads; GraphQL queries are recognised without. Default: none. */
  reads?: string[] | undefined
}

/** Which personal data is cut out of bodies. */
export interface RedactOptions {
  /** Which kinds. Default: all three. */
  kinds?: ('email' | 'phone' | 'ip')[] | undefined
  /** A country whose national phone numbers are found beside international ones: `DE`. Default: none. */
  phoneRegion?: string | undefined
}

/** The audit trail. */
export interface AuditOptions {
  /** The file; made with mode 0600. */
  path: string
  /** A file that is larger, in bytes, is put aside, and the chain goes on in a new one. 4,096 at least. Default: 64 MiB. */
  maxFileBytes?: number | undefined
}

/** Options of `openBroker()`. Unknown names are refused with ONEJAR_BAD_OPTIONS, and so are values of the wrong form. */
export interface BrokerOptions extends FailureOptions {
  /**
   * `memory`, a file path, `sqlite:PATH`, `redis://…` (see `StoreOptions`), or a store that is brought along: `onejar/dynamodb`,
   * or your own (see `onejar/store-kit`). Default: the embedded SQLite store in `ONEJAR_HOME`, or in the user's state folder.
   */
  store?: string | StoreProvider | StoreOptions | undefined
  /**
   * Keys of 32 bytes, newest first, as base64 or hex, or a function that gives them (from a KMS, from Vault), which is called
   * again: see `StoreOptions.keys`. Default: `ONEJAR_KEYS`, the file that `ONEJAR_KEYS_FILE`
   * names, else a key file beside the store.
   */
  keys?: StoreOptions['keys']
  /** How often a function or a key file is asked for keys, in milliseconds. Default: 60,000. */
  keysRefreshMs?: number | undefined
  /**
   * The browser that pages and escalations use; `false` for none, even where there is one. With `queue`, workers then render, fetch in
   * pages and renew tokens too, as where no Chromium is found. Default: the Chromium of this machine, without a window.
   */
  browser?: BrokerBrowserOptions | false | undefined
  /** Accept any certificate, in both transports. Default: false. */
  ignoreHTTPSErrors?: boolean | undefined
  /** An undici connector, or its TLS options, for sessions that have none of their own. For HTTP only. Default: undici's. */
  connect?: buildConnector.connector | buildConnector.BuildOptions | undefined
  /** Keys that hosts have to show, by host, for sessions that have none of their own. For HTTP only. Default: none. */
  pins?: PinOptions | undefined
  /**
   * Which addresses requests and pages may connect to: `any`; `public`, so none of this machine, its networks or its cloud;
   * or the public ones and what `allow` names: `['10.1.0.0/16', '127.0.0.1/32:8080', 'intranet.example']`. It is judged when a
   * connection is made, for redirects and what pages load too: ONEJAR_ADDRESS_REFUSED. Default: `any`.
   */
  addresses?: AddressSetting | undefined
  /** The proxy of sessions that have none of their own and that no row of `proxyRoutes` is for. Default: none. */
  proxy?: ProxySetting | undefined
  /** Which proxies serve which tenant at which target. Takes precedence over `proxy`, and a session's own over it. Default: none. */
  proxyRoutes?: ProxyRoute[] | undefined
  /**
   * Whether a session whose proxy changes goes on showing what challenges left it when it went through the old one. A site
   * that bound it to the old address may take the session for a thief. Default: false.
   */
  keepClearance?: boolean | undefined
  /** How the browser contexts of sessions are made that say nothing about it. Default: Playwright's own. */
  contextOptions?: ContextSettings | undefined
  /** What sessions show of themselves. Default: what the browser shows; `null` sends no identity headers and starts no browser. */
  identity?: IdentityOptions | null | undefined
  /**
   * What content is fetched for: `search`, `ai-train`, `ai-input`, `archive` or `text-mining`. What a site forbids for that (in
   * robots.txt, headers, metas, a TDM reservation) is ONEJAR_PURPOSE_REFUSED, and kept in the audit trail. Default: nothing is declared, and nothing is refused.
   */
  purpose?: Purpose | undefined
  /**
   * What tenants' sessions may do with what they hold: a decision (`allow`, `deny`, `transform`) for each behaviour, from a preset
   * (`neutral`, `gdpr`, `ccpa`) and rows of your own. Each decision is kept in the audit trail. Default: everything is allowed, and
   * nothing is written about it.
   */
  isolation?: IsolationOptions | undefined
  /**
   * What is done about e-mail addresses, phone numbers and IP addresses in headers that callers give a request: `allow`, `warn`
   * (an event, `onWarning`, the trail) or `refuse` (ONEJAR_POLICY_DENIED). `From`, `User-Agent`, `Cookie` and `Authorization`
   * are left alone. Default: `allow`.
   */
  personalHeaders?: 'allow' | 'warn' | 'refuse' | undefined
  /**
   * What a 402 is: an `error` with the price that the site names (ONEJAR_PAYMENT_REQUIRED), or a `response` like others. Nothing
   * is paid either way. Default: `error`.
   */
  paymentRequired?: 'error' | 'response' | undefined
  /**
   * Sign requests to chosen origins, so that they can tell who asks (Web Bot Auth: RFC 9421 and
   * draft-ietf-webbotauth-httpsig-protocol-01): each hop over HTTP and each request of the sessions' pages. Other origins get no
   * signature, after redirects neither. Default: nothing is signed.
   */
  botAuth?: BotAuthOptions | undefined
  /**
   * A header with a random UUID, the same on each request of an open session, so that a site's operator can tell which requests
   * belong together: a name (`X-Request-Id`), or `{ name, origins }`. Default: none, as a site could follow a session by it that
   * has cleared its cookies.
   */
  requestIdHeader?: string | RequestIdHeaderOptions | undefined
  /** For a whole request, in milliseconds: redirects, a solve in the browser, the body. Default: 60,000. */
  timeoutMs?: number | undefined
  /** Until a connection stands, in milliseconds. Default: 10,000. */
  connectTimeoutMs?: number | undefined
  /** Until the headers of a response are there, in milliseconds. Default: 60,000. */
  headersTimeoutMs?: number | undefined
  /** Between two pieces of a body, in milliseconds. Default: 60,000. */
  bodyTimeoutMs?: number | undefined
  /** For one solve of a challenge in the browser, in milliseconds. Default: 30,000. */
  solveTimeoutMs?: number | undefined
  /**
   * What one body may have at most, in bytes, over HTTP or from a page, as it comes and decoded, also while it is streamed;
   * `false` for no limit. A request may have its own. Beyond it: ONEJAR_BODY_TOO_LARGE. Default: 256 MiB.
   */
  maxResponseBytes?: number | false | undefined
  /**
   * `before-response`: the store holds what a response changed before the response is returned, for one round trip more.
   * Default: `behind`, so written shortly afterwards.
   */
  persist?: 'behind' | 'before-response' | undefined
  /**
   * Where `onejar worker` processes take solves from, on the same store: a URL, or options. This process then needs no browser:
   * workers pass challenges, and where there is no Chromium here (or `browser` is `false`) they load pages, fetch in them and renew
   * tokens as well. Default: the browser here does all that.
   */
  queue?: string | QueueOptions | undefined
  /** How many connections HTTP has to sites, and for how long. Default: see `ConnectionOptions`. */
  connections?: ConnectionOptions | undefined
  /**
   * How many requests an origin gets at once, and how many in a time, of all sessions together; the first entry for an origin counts,
   * else the first without one. A request waits within its own time, and sessions get theirs in turn. For requests of
   * `session.fetch` and `session.request`, retries and what they lead to; not for pages and `session.dispatcher`. Default: no limits.
   */
  originLimits?: OriginLimit[] | undefined
  /** What is done about sites that answer 429 again and again; `false` for nothing. Default: see `RateLimitOptions`. */
  rateLimits?: RateLimitOptions | false | undefined
  /** Where measurements, spans and log lines go. Default: to OpenTelemetry's global providers; no log. */
  telemetry?: TelemetryOptions | undefined
  /**
   * robots.txt and Crawl-delay are respected by `session.fetch`, `session.request`, `session.dispatcher` and the escalations
   * they lead to; not by pages of `session.page()`. `false` does without. Default: on.
   */
  robots?: RobotsOptions | false | undefined
  /**
   * Personal data that is cut out of response bodies of text, by its form: `email`, `phone` and `ip`. Responses, `extract`, dead
   * letters and responses that are kept have only what is left. `expect` is judged before: its text, selector or path is looked
   * for in the body as the site sent it, and its function gets that body. Pages of `session.page()` are not redacted, and
   * `session.dispatcher` is refused. Default: nothing is cut out.
   */
  redact?: RedactOptions | undefined
  /**
   * Fields of `extract` that a page's HTML does not hold come from the page's own data, over HTTP, once two pages have proven it;
   * until then, and for checks, the page is rendered. `false` extracts from what HTTP gives, and renders nothing. Default: on.
   */
  dataRoutes?: DataRouteOptions | false | undefined
  /**
   * Whether the processes of a session give each other headers that only the memory of a page has, in sealed messages that nothing
   * keeps, so that one page renews them for all. Needs a Redis store with encryption. Default: `false`, each process has a page of
   * its own.
   */
  shareMemoryTokens?: boolean | undefined
  /**
   * Cookies of known trackers (`_ga`, `_fbp`, …). `withhold`: pages and HTTP have them while the session is open, and they are
   * neither stored nor exported; `keep`: they are like others. Default: `withhold`.
   */
  trackingCookies?: 'withhold' | 'keep' | undefined
  /**
   * Where decisions about robots.txt, blocked origins, redaction, exports and deletions are kept: an append-only file of
   * chained records. Default: the file that `ONEJAR_AUDIT` names; without it there is none.
   */
  audit?: AuditOptions | undefined
  /**
   * Lets a person take over where a CAPTCHA or a refusal blocks a session: gets a page of the session that shows it, and
   * resolves when the person is done; then the session goes on there, and requests that wait are sent again. For a person at
   * this machine set `browser.headless: false`, or `browser.cdpEndpoint` to a browser with a window. One that throws leaves the
   * origin blocked. Default: nobody is asked.
   */
  onChallenge?: ((intervention: ManualIntervention) => Promise<void> | void) | undefined
  /** How long a person may take, in milliseconds. Default: 600,000. */
  manualInterventionTimeoutMs?: number | undefined
  /**
   * A folder for pictures of what blocks sessions: PNG files with mode 0600; `details.screenshotPath` of the error has the
   * path. They show what the site shows. Default: none are taken.
   */
  screenshotFolder?: string | undefined
  /**
   * How long everything is kept that Onejar keeps; what is over is deleted about once an hour while a broker is open, and with
   * `broker.purge()`, which the audit trail says. Default: see `RetentionOptions`.
   */
  retention?: RetentionOptions | undefined
  /** Further rows for the table of challenge signals. Default: none. */
  signals?: Signal[] | undefined
  /**
   * Called with what a person should know: the store is away or back, something in it cannot be used, or a site (or a rule
   * kept on its behalf) blocks a session. Open sessions get the same as events. What it throws is contained. Default: a
   * warning of the process (`process.emitWarning`).
   */
  onWarning?: ((warning: BrokerWarning) => void) | undefined
}

/** Options of `broker.pool()`. */
export interface PoolOptions {
  /** Sessions without a name of their own are called `<name>-<number>`. 1 to 256 characters. Default: `pool`. */
  name?: string | undefined
  /** How many sessions are open at once. One more releases the one that was used longest ago. Default: 20. */
  maxSessions?: number | undefined
  /** A session that nobody used for so long, in milliseconds, is released. Default: 300,000. */
  idleMs?: number | undefined
  /** A session is used at least so long, in milliseconds, however soon its cookies expire. Default: 600,000. */
  ttlFloorMs?: number | undefined
  /** A session is used at most so long, in milliseconds, however long its cookies are good for. Default: 86,400,000. */
  ttlCeilingMs?: number | undefined
  /** Below this health (0 to 1) a session is put into quarantine. Default: 0.3. */
  minHealth?: number | undefined
  /** For how long, in milliseconds. Default: 600,000. */
  quarantineMs?: number | undefined
  /** How many leases a session without a name of its own has at once. Default: 1. */
  leasesPerSession?: number | undefined
  /** Options of each session of the pool. Default: the broker's. */
  session?: SessionOptions | undefined
}
