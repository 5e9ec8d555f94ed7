import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { buildConnector } from 'undici'
import * as zod from 'zod'
import { z } from 'zod'
import type { EndpointFunction } from '../../browser/index.ts'
import { signalSchema } from '../../challenge/index.ts'
import { addressesSchema, isolationSchema, isPhoneRegion, PURPOSES } from '../../compliance/index.ts'
import { safeUrl } from '../../core/index.ts'
import { botAuthSchema, pinsSchema } from '../../http/index.ts'
import { queueOptionsSchema } from '../../queue/index.ts'
import { rateLimitsSchema } from '../../resilience/index.ts'
import {
  type BrokerWarning,
  connectionsSchema,
  originLimitsSchema,
  proxySchema,
  proxyTableSchema,
  retentionSchema,
} from '../../services/index.ts'
import { keysRefreshSchema, keysSchema, storeOptionsSchema, storeProviderSchema } from '../../store/index.ts'
import type { Log } from '../../telemetry/index.ts'
import { contextOptionsSchema } from './context-options.ts'
import type { ManualIntervention } from './option-types.ts'
import { requestIdHeaderSchema } from './request-id-header.ts'
import { resilienceShape } from './resilience-options.ts'

export type { BrokerOptions, SessionOptions } from './option-types.ts'

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
  userAgent: z
    .string()
    .regex(/^[A-Za-z_-]{1,64}$/, 'expected a product token: letters, - and _ only')
    .default('onejar'),
  bypass: z.array(origin).default([]),
})

const dataRoutesSchema = z.strictObject({
  checkEvery: z.number().int().min(1).max(1_000).default(50),
  reads: z
    .array(
      z
        .string()
        .refine(
          (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
          'expected an http: or https: URL',
        )
        .transform(safeUrl),
    )
    .default([]),
})

const redactSchema = z.strictObject({
  kinds: z
    .array(z.enum(['email', 'phone', 'ip']))
    .min(1)
    .default(['email', 'phone', 'ip']),
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
  tenant: tenantSchema.default('default'),
  proxy: proxySchema.optional(),
  addresses: addressesSchema.optional(),
  keepClearance: z.boolean().optional(),
  target: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  connect: connectSchema.optional(),
  pins: pinsSchema.optional(),
  identity: identitySchema.nullable().optional(),
  purpose: z.enum(PURPOSES).optional(),
  contextOptions: contextOptionsSchema.optional(),
  ...resilienceShape,
})

const telemetrySchema = z.strictObject({
  meterProvider: z
    .custom<MeterProvider>((value) => hasMethods(value, ['getMeter']), 'expected a MeterProvider')
    .optional(),
  tracerProvider: z
    .custom<TracerProvider>((value) => hasMethods(value, ['getTracer']), 'expected a TracerProvider')
    .optional(),
  log: z
    .custom<Log>((value) => hasMethods(value, ['debug', 'info', 'warn', 'error']), 'expected a pino logger')
    .optional(),
  cookieDiagnostics: z.boolean().default(false),
})

const browserSchema = z
  .strictObject({
    executablePath: z.string().min(1).optional(),
    channel: z
      .string()
      .regex(/^[a-z-]{1,64}$/, 'expected the name of a channel, as chrome')
      .optional(),
    userDataDir: z.string().min(1).optional(),
    cdpEndpoint: z.string().min(1).optional(),
    endpoint: z
      .custom<EndpointFunction>((value) => typeof value === 'function', 'expected a function')
      .optional(),
    maxEndpoints: z.number().int().positive().max(1000).default(1),
    endpointIdleMs: positiveMs.default(60_000),
    headless: z.boolean().default(true),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).optional(),
    launchTimeoutMs: positiveMs.default(30_000),
    answerTimeoutMs: positiveMs.default(15_000),
    spareContext: z.boolean().default(true),
    blockResources: z.boolean().default(true),
    answerFromSolve: z.boolean().default(false),
    maxSolves: z.number().int().positive().max(1000).default(2),
    recycleAfterPages: z.number().int().positive().default(200),
    recycleAfterMegabytes: z.number().positive().default(512),
  })
  .refine(
    ({ executablePath, channel, cdpEndpoint, endpoint }) =>
      [executablePath, channel, cdpEndpoint, endpoint].filter((way) => way !== undefined).length < 2,
    'executablePath, channel, cdpEndpoint and endpoint: give one of them',
  )
  .refine(
    ({ userDataDir, cdpEndpoint, endpoint }) =>
      userDataDir === undefined || (cdpEndpoint === undefined && endpoint === undefined),
    'userDataDir: a browser that runs already has its profile: session.attach(address) lives in it',
  )

/** Options of `openBroker()`. */
export const brokerOptionsSchema = z.strictObject({
  store: z.union([z.string().min(1), storeProviderSchema, storeOptionsSchema]).optional(),
  keys: keysSchema.optional(),
  keysRefreshMs: keysRefreshSchema.optional(),
  browser: z
    .union([z.literal(false).transform(() => ({ ...browserSchema.parse({}), off: true })), browserSchema], {
      error: 'expected options of the browser, or false for none',
    })
    .prefault({}),
  ignoreHTTPSErrors: z.boolean().default(false),
  connect: connectSchema.optional(),
  pins: pinsSchema.optional(),
  addresses: addressesSchema.default('any'),
  proxy: proxySchema.optional(),
  proxyRoutes: proxyTableSchema.default([]),
  keepClearance: z.boolean().default(false),
  identity: identitySchema.nullable().optional(),
  contextOptions: contextOptionsSchema.optional(),
  ...resilienceShape,
  timeoutMs: positiveMs.default(60_000),
  connectTimeoutMs: positiveMs.default(10_000),
  headersTimeoutMs: positiveMs.default(60_000),
  bodyTimeoutMs: positiveMs.default(60_000),
  solveTimeoutMs: positiveMs.default(30_000),
  maxResponseBytes: z
    .union([z.number().int().positive(), z.literal(false)])
    .default(256 * 1024 * 1024)
    .transform((bytes) => (bytes === false ? 0 : bytes)),
  botAuth: botAuthSchema.optional(),
  purpose: z.enum(PURPOSES).optional(),
  isolation: isolationSchema.optional(),
  personalHeaders: z.enum(['allow', 'warn', 'refuse']).default('allow'),
  paymentRequired: z.enum(['error', 'response']).default('error'),
  requestIdHeader: requestIdHeaderSchema.optional(),
  persist: z.enum(['behind', 'before-response']).default('behind'),
  queue: z
    .union([
      z
        .string()
        .transform((url) => ({ url }))
        .pipe(queueOptionsSchema),
      queueOptionsSchema,
    ])
    .optional(),
  rateLimits: rateLimitsSchema.prefault({}),
  connections: connectionsSchema.prefault({}),
  originLimits: originLimitsSchema.default([]),
  retention: retentionSchema.prefault({}),
  telemetry: telemetrySchema.prefault({}),
  robots: z.union([z.literal(false), robotsSchema]).prefault({}),
  dataRoutes: z.union([z.literal(false), dataRoutesSchema]).prefault({}),
  shareMemoryTokens: z.boolean().default(false),
  redact: redactSchema.optional(),
  trackingCookies: z.enum(['withhold', 'keep']).default('withhold'),
  audit: z
    .strictObject({
      path: z.string().min(1),
      maxFileBytes: z
        .number()
        .int()
        .min(4096)
        .default(64 * 1024 * 1024),
    })
    .optional(),
  onChallenge: z
    .custom<(intervention: ManualIntervention) => Promise<void> | void>(
      (value) => typeof value === 'function',
      'expected a function',
    )
    .optional(),
  manualInterventionTimeoutMs: positiveMs.default(600_000),
  screenshotFolder: z.string().min(1).optional(),
  signals: z.array(signalSchema(zod)).default([]),
  onWarning: z
    .custom<(warning: BrokerWarning) => void>((value) => typeof value === 'function', 'expected a function')
    .default(() => emitWarning),
})

function emitWarning(warning: BrokerWarning): void {
  const { type, state, reason } = warning
  if (type === 'alert' && state === 'ended') return
  const hash = type === 'store' && warning.payloadHash ? ` ${warning.payloadHash}` : ''
  if (state !== 'back') process.emitWarning(`The ${type}: ${reason}${hash}`, 'OnejarWarning')
}

export type ParsedBrokerOptions = z.output<typeof brokerOptionsSchema>
export type ParsedSessionOptions = z.output<typeof sessionOptionsSchema>

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
}
