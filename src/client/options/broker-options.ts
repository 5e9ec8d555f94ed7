import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { buildConnector } from 'undici'
import * as zod from 'zod'
import { z } from 'zod'
import { signalSchema } from '../../challenge/index.ts'
import { addressesSchema, isPhoneRegion } from '../../compliance/index.ts'
import { pinsSchema } from '../../http/index.ts'
import { queueOptionsSchema } from '../../queue/index.ts'
import type { Intervention } from '../../routing/index.ts'
import { type BrokerWarning, proxySchema, proxyTableSchema } from '../../services/index.ts'
import { keysRefreshSchema, keysSchema, storeOptionsSchema, storeProviderSchema } from '../../store/index.ts'
import type { Log } from '../../telemetry/index.ts'
import { resilienceShape } from './resilience-options.ts'

/** What `onChallenge` gets: the page that shows the puzzle, what was seen, and which session it is. */
export interface ManualIntervention extends Intervention {
  readonly session: { readonly tenant: string; readonly id: string }
}

/** What a timer can wait at most: a longer time would fire at once. */
export const positiveMs = z
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)

const connectSchema = z.union([
  z.custom<buildConnector.connector>(
    (value) => typeof value === 'function',
    'expected an undici connector function',
  ),
  z.custom<buildConnector.BuildOptions>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected connect options',
  ),
])

/** What a header can carry, and a record keeps. */
const headerText = z
  .string()
  .max(1024)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'expected a text of one line, in Latin-1')

const identitySchema = z.strictObject({
  userAgent: headerText.min(1),
  clientHints: z
    .record(
      z
        .string()
        .max(256)
        .regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'expected a header name'),
      headerText,
    )
    .transform((hints) =>
      Object.fromEntries(Object.entries(hints).map(([name, value]) => [name.toLowerCase(), value])),
    )
    .default({}),
  acceptLanguage: headerText.default('en-US,en;q=0.9'),
})

const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'expected an http: or https: origin',
  )
  .transform((text) => new URL(text).origin)

const robotsSchema = z.strictObject({
  /** The product token whose groups count, beside those for everybody. Default: `onejar`. */
  userAgent: z
    .string()
    .regex(/^[A-Za-z_-]{1,64}$/, 'expected a product token: letters, - and _ only')
    .default('onejar'),
  /** Origins whose robots.txt is neither asked for nor respected. Each use is audited. Default: none. */
  bypass: z.array(origin).default([]),
})

const redactSchema = z.strictObject({
  kinds: z
    .array(z.enum(['email', 'phone', 'ip']))
    .min(1)
    .default(['email', 'phone', 'ip']),
  /** A country whose national phone numbers are found beside international ones: `DE`. Default: none. */
  phoneRegion: z.string().refine(isPhoneRegion, 'expected a country code of two capital letters').optional(),
})

/** Stores keep it as UTF-8. */
const tenantSchema = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => text.isWellFormed(), 'expected Unicode text without lone surrogates')

/** What a session may have of its own; the rest comes from the broker. */
export const sessionOptionsSchema = z.strictObject({
  /** Sessions of different tenants share nothing, connections included. Default: `default`. */
  tenant: tenantSchema.default('default'),
  /** `http:`, `https:` or `socks5:` URL, or with credentials apart. For both transports. */
  proxy: proxySchema.optional(),
  /** Which addresses the session may reach; it can narrow what the broker allows, and not widen it. Default: the broker's. */
  addresses: addressesSchema.optional(),
  /** See the broker's. Default: the broker's. */
  keepClearance: z.boolean().optional(),
  /** A URL of the site that the session is for: `proxyRoutes` of the broker chooses a proxy by it. */
  target: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  /** An undici connector or its TLS options. For HTTP only. */
  connect: connectSchema.optional(),
  /** Keys that hosts have to show, by host: `{ 'bank.example': ['sha256//…'] }`. For HTTP only. */
  pins: pinsSchema.optional(),
  /** What the session shows of itself. Default: what the browser shows; null sends no identity headers. */
  identity: identitySchema.nullable().optional(),
  ...resilienceShape,
})

const telemetrySchema = z.strictObject({
  /** An OpenTelemetry MeterProvider. Default: the global one. */
  meterProvider: z
    .custom<MeterProvider>((value) => hasMethods(value, ['getMeter']), 'expected a MeterProvider')
    .optional(),
  /** An OpenTelemetry TracerProvider. Default: the global one. */
  tracerProvider: z
    .custom<TracerProvider>((value) => hasMethods(value, ['getTracer']), 'expected a TracerProvider')
    .optional(),
  /** A pino logger. Default: nothing is logged. */
  log: z
    .custom<Log>((value) => hasMethods(value, ['debug', 'info', 'warn', 'error']), 'expected a pino logger')
    .optional(),
  /** Log what the record did with each Set-Cookie line, without values. Default: false. */
  cookieDiagnostics: z.boolean().default(false),
})

/** Options of `openBroker()`. */
export const brokerOptionsSchema = z.strictObject({
  /**
   * `memory`, a file path, `sqlite:PATH`, `redis://…` (see `StoreOptions`). Default: the embedded SQLite store in
   * `ONEJAR_HOME`, or in the user's state folder. Or a store that is brought along: `onejar/dynamodb`, or your own (see
   * `onejar/store-kit`).
   */
  store: z.union([z.string().min(1), storeProviderSchema, storeOptionsSchema]).optional(),
  /**
   * Keys of 32 bytes, newest first, as base64 or hex, or a function that gives them (from a KMS, from Vault), which is called
   * again: see `StoreOptions.keys`. Default: `ONEJAR_KEYS`, else a key file beside the store.
   */
  keys: keysSchema.optional(),
  /** How often a function or a key file is asked for keys. Default: 60,000. */
  keysRefreshMs: keysRefreshSchema.optional(),
  browser: z
    .strictObject({
      /** The Chromium to start. Default: `ONEJAR_CHROMIUM`, Playwright's own, or the first on PATH. */
      executablePath: z.string().min(1).optional(),
      /**
       * Use the browser at this DevTools endpoint (`http(s)://` or `ws(s)://`), which others may use at the same time: only
       * contexts that are made here are touched, and they end with the connection.
       */
      cdpEndpoint: z.string().min(1).optional(),
      headless: z.boolean().default(true),
      args: z.array(z.string()).default([]),
      /**
       * Environment variables for the browser. Of this process's own it gets those that it needs (PATH, HOME, DISPLAY, LANG
       * and the like) and none that may hold a secret; proxies without their credentials.
       */
      env: z.record(z.string(), z.string()).optional(),
      launchTimeoutMs: positiveMs.default(30_000),
      /** How long the browser may leave a command unanswered before it is given up and ended. */
      answerTimeoutMs: positiveMs.default(15_000),
      /** Escalations do not load images, fonts and media. Pages of `session.page()` load everything. Default: true. */
      blockResources: z.boolean().default(true),
      /**
       * The request that led to a solve is answered with the document that the browser got, `via` `page`, and not sent
       * once more over HTTP; the next request proves that HTTP passes. Where it is the same: a GET as if typed in, without
       * headers or tokens of its own. Default: false; each request is replayed over HTTP, and has the browser's document
       * where that fails.
       */
      answerFromSolve: z.boolean().default(false),
      /** How many pages of escalations are open at once; further ones wait. Default: 2. */
      maxSolves: z.number().int().positive().max(1000).default(2),
      /**
       * After so many pages a session's context is replaced by a new one that holds the same, once no page is open.
       * IndexedDB is carried over; caches, service workers, and what a caller set up on the context are not. Default: 200.
       */
      recycleAfterPages: z.number().int().positive().default(200),
      /**
       * The same after a page that weighed more than this when it was closed: its JavaScript, DOM and buffers, and what its
       * origins keep in the context (caches, service workers; not databases). Default: 512.
       */
      recycleAfterMegabytes: z.number().positive().default(512),
    })
    .prefault({}),
  /** Accept any certificate, in both transports. Default: false. */
  ignoreHTTPSErrors: z.boolean().default(false),
  connect: connectSchema.optional(),
  /** For sessions that have none of their own. */
  pins: pinsSchema.optional(),
  /**
   * Which addresses requests and pages may connect to: `any`; `public`, so none of this machine, its networks or its
   * cloud; or the public ones and what `allow` names: `['10.1.0.0/16', '127.0.0.1/32:8080', 'intranet.example']`. It is judged
   * when a connection is made, for redirects and what pages load too: ONEJAR_ADDRESS_REFUSED. Default: any.
   */
  addresses: addressesSchema.default('any'),
  proxy: proxySchema.optional(),
  /** Which proxies serve which tenant at which target; before `proxy` above, and after a session's own. */
  proxyRoutes: proxyTableSchema.default([]),
  /**
   * Whether a session whose proxy changes goes on showing what challenges left it when it went through the old one. A site
   * that bound it to the old address may take the session for a thief. Default: false.
   */
  keepClearance: z.boolean().default(false),
  identity: identitySchema.nullable().optional(),
  ...resilienceShape,
  /** For a whole request: redirects, a solve in the browser, the body. Default: 60,000. */
  timeoutMs: positiveMs.default(60_000),
  connectTimeoutMs: positiveMs.default(10_000),
  headersTimeoutMs: positiveMs.default(60_000),
  bodyTimeoutMs: positiveMs.default(60_000),
  /** For one solve of a challenge in the browser. Default: 30,000. */
  solveTimeoutMs: positiveMs.default(30_000),
  /**
   * What one body may have at most, over HTTP or from a page, as it comes and decoded, also while it is streamed; `false`
   * for no limit. A request may have its own. Beyond it: ONEJAR_BODY_TOO_LARGE. Default: 256 MiB.
   */
  maxResponseBytes: z
    .union([z.number().int().positive(), z.literal(false)])
    .default(256 * 1024 * 1024)
    .transform((bytes) => (bytes === false ? 0 : bytes)),
  /** `before-response`: the store holds what a response changed before the response is returned. Default: behind. */
  persist: z.enum(['behind', 'before-response']).default('behind'),
  /**
   * Where `onejar worker` processes take solves from, on the same store: this process then needs no browser to pass a
   * challenge. Default: the browser here makes them.
   */
  queue: z
    .union([
      z
        .string()
        .transform((url) => ({ url }))
        .pipe(queueOptionsSchema),
      queueOptionsSchema,
    ])
    .optional(),
  /** Where measurements, spans and log lines go. */
  telemetry: telemetrySchema.prefault({}),
  /**
   * robots.txt and Crawl-delay are respected by `session.fetch`, `session.request`, `session.dispatcher` and the
   * escalations they lead to; not by pages of `session.page()`. False does without. Default: on.
   */
  robots: z.union([z.literal(false), robotsSchema]).prefault({}),
  /**
   * Personal data that is cut out of the bodies of text before a caller gets them, by its form: `email`, `phone` and `ip`.
   * It does not reach pages of `session.page()`; `session.dispatcher` is refused while it is on. Default: nothing.
   */
  redact: redactSchema.optional(),
  /**
   * Cookies of known trackers (`_ga`, `_fbp`, …). `withhold`: pages and HTTP have them while the session is open, and they
   * are neither stored nor exported; `keep`: they are like others. Default: withhold.
   */
  trackingCookies: z.enum(['withhold', 'keep']).default('withhold'),
  /**
   * Where decisions about robots.txt, blocked origins, redaction, exports and deletions are kept: an append-only file of chained
   * records. Default: the file that `ONEJAR_AUDIT` names; without it there is none.
   */
  audit: z
    .strictObject({
      path: z.string().min(1),
      /** A file that is larger is put aside, and the chain goes on in a new one. Default: 64 MiB. */
      maxFileBytes: z
        .number()
        .int()
        .min(4096)
        .default(64 * 1024 * 1024),
    })
    .optional(),
  /**
   * Lets a person take over where a CAPTCHA or a refusal stops a session: gets a page of the session that shows it, and
   * resolves when the person is done; then the session goes on there, and requests that wait are sent again. For a person at
   * this machine set `browser.headless: false`, or `browser.cdpEndpoint` to a browser with a window. One that throws leaves
   * the session blocked. Default: nobody is asked.
   */
  onChallenge: z
    .custom<(intervention: ManualIntervention) => Promise<void> | void>(
      (value) => typeof value === 'function',
      'expected a function',
    )
    .optional(),
  /** How long a person may take. Default: 600,000. */
  manualInterventionTimeoutMs: positiveMs.default(600_000),
  /**
   * A folder for pictures of what blocks sessions: PNG files with mode 0600; `details.screenshotPath` of the error has the
   * path. They show what the site shows. Default: none are taken.
   */
  screenshotFolder: z.string().min(1).optional(),
  /** Further rows for the table of challenge signals. */
  signals: z.array(signalSchema(zod)).default([]),
  /**
   * Called with what a person should know: the store is away or back, something in it cannot be used, or a site (or a rule kept on
   * its behalf) stops a session. Open sessions get the same as events. What it throws is contained, as with every
   * callback. Default: a warning of the process (`process.emitWarning`).
   */
  onWarning: z
    .custom<(warning: BrokerWarning) => void>((value) => typeof value === 'function', 'expected a function')
    .default(() => emitWarning),
})

function emitWarning(warning: BrokerWarning): void {
  const { type, state, reason } = warning
  const hash = type === 'store' && warning.payloadHash ? ` ${warning.payloadHash}` : ''
  if (state !== 'back') process.emitWarning(`The ${type}: ${reason}${hash}`, 'OnejarWarning')
}

export type BrokerOptions = z.input<typeof brokerOptionsSchema>
export type SessionOptions = z.input<typeof sessionOptionsSchema>
export type ParsedBrokerOptions = z.output<typeof brokerOptionsSchema>
export type ParsedSessionOptions = z.output<typeof sessionOptionsSchema>

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
