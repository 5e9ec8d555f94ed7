import { z } from 'zod'
import type { Cookie, PartitionKey } from '../cookie.ts'
import type { EntryKind, EntryValues, Identity, RouteMemory, SolveMemory, TokenBinding } from '../entry.ts'
import type { Stamp } from '../stamp.ts'
import { isBoundedJson } from './bounded-json.ts'
import { canonicalHost } from './canonical-host.ts'
import { dataRouteSchema } from './data-route-schema.ts'
import {
  blockSchema,
  deadLetterSchema,
  idempotentRequestSchema,
  loginSchema,
  quarantineSchema,
  rateLimitPauseSchema,
} from './operation-schemas.ts'
import { headerName, headerValue, instant, MAX_HEADER_CHARS } from './schema-parts.ts'

/** Chromium's limit for name and value of a cookie together. */
const MAX_COOKIE_PAIR_BYTES = 4096
/** A path may come from a URL instead of an attribute, so Chromium's 1,024 for attributes is not the bound. */
const MAX_PATH_BYTES = 65_536
/** Room for a host name (253), brackets and a trailing dot. */
const MAX_DOMAIN_CHARS = 256
const MAX_ORIGIN_CHARS = 2048
const MAX_URL_CHARS = 8192
/** Chromium's quota for the web storage of one origin is 10 MiB, keys and values together, two bytes a char. */
const MAX_STORAGE_CHARS = 5 * 1024 * 1024

const COOKIE_NAME = /^[\x20-\x3a\x3c\x3e-\x7e\x80-\xff]*$/
const COOKIE_VALUE = /^[\x20-\x3a\x3c-\x7e\x80-\xff]*$/
/** A semicolon too: no attribute can hold one, but the URL that a path is taken from can (`;jsessionid=`). */
const COOKIE_PATH = /^\/[\x20-\x7e\x80-\xff]*$/

const logicalTime = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const origin = z
  .string()
  .max(MAX_ORIGIN_CHARS)
  .regex(/^[^\s\x00-\x1f]*$/, 'not an origin')
const storageText = z.string().max(MAX_STORAGE_CHARS)

/**
 * A plain object of strings, bounded in chars. The object itself is passed on: a copy made key by key would lose an
 * item named `__proto__`, which web storage can hold.
 */
function stringMap(key: z.ZodType<string>, value: z.ZodType<string>, maxChars: number) {
  return z.custom<Readonly<Record<string, string>>>((map) => {
    if (map === null || typeof map !== 'object' || Array.isArray(map)) return false
    let chars = 0
    return Object.entries(map).every(([name, item]) => {
      if (!key.safeParse(name).success || !value.safeParse(item).success) return false
      chars += name.length + item.length
      return chars <= maxChars
    })
  }, 'not an object of strings, or too large')
}

/** The partition of a cookie: a schemeful site and whether an ancestor frame was cross-site. */
const partitionKeySchema = z.strictObject({
  topLevelSite: origin,
  hasCrossSiteAncestor: z.boolean(),
}) satisfies z.ZodType<PartitionKey>

/**
 * One cookie as the record keeps it: byte strings without control characters, a lower-case domain, and the limits of
 * Chromium. It checks the form only; the cookie rules decide whether a site may set such a cookie.
 */
export const cookieSchema = z
  .strictObject({
    name: z.string().max(MAX_COOKIE_PAIR_BYTES).regex(COOKIE_NAME, 'not the bytes of a cookie name'),
    value: z.string().max(MAX_COOKIE_PAIR_BYTES).regex(COOKIE_VALUE, 'not the bytes of a cookie value'),
    domain: z
      .string()
      .max(MAX_DOMAIN_CHARS)
      .refine((domain) => canonicalHost(domain) === domain, 'not a lower-case host without a leading dot'),
    hostOnly: z.boolean(),
    path: z
      .string()
      .max(MAX_PATH_BYTES)
      .regex(COOKIE_PATH, 'not the bytes of a path that begins with a slash'),
    secure: z.boolean(),
    httpOnly: z.boolean(),
    sameSite: z.enum(['strict', 'lax', 'none', 'unspecified']),
    priority: z.enum(['low', 'medium', 'high']),
    partitionKey: partitionKeySchema.nullable(),
    expiresAt: instant.nullable(),
    sourceScheme: z.enum(['secure', 'non-secure', 'unset']),
    sourcePort: z.number().int().min(-1).max(65_535),
    created: logicalTime,
  })
  .refine((cookie) => cookie.name.length + cookie.value.length <= MAX_COOKIE_PAIR_BYTES, {
    message: 'name and value are longer than 4,096 bytes together',
  }) satisfies z.ZodType<Cookie>

const identitySchema = z.strictObject({
  userAgent: headerValue,
  clientHints: stringMap(headerName, headerValue, 8 * MAX_HEADER_CHARS),
  acceptLanguage: headerValue,
}) satisfies z.ZodType<Identity>

const routeSchema = z.strictObject({
  transport: z.enum(['http', 'page-fetch', 'page']),
  reason: z.string().max(4096),
  until: instant,
}) satisfies z.ZodType<RouteMemory>

const solveSchema = z.strictObject({
  outcome: z.enum(['passed', 'failed']),
  endedAt: instant,
  code: z.string().max(64).nullable(),
  reason: z.string().max(4096),
  failures: z.number().int().min(0),
  pausedUntil: instant,
  clearance: z.array(z.string().max(2 * MAX_URL_CHARS)).max(32),
  observedLifeMs: z.number().min(0).max(Number.MAX_SAFE_INTEGER).nullable(),
  page: z.string().max(MAX_URL_CHARS).optional(),
  through: z.string().max(64).optional(),
}) satisfies z.ZodType<SolveMemory>

const bindingSchema = z.strictObject({
  origin,
  header: headerName,
  template: headerValue,
  transform: z.enum(['raw', 'decoded']),
  page: z.string().max(MAX_URL_CHARS),
  source: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('cookie'),
      name: z.string().max(MAX_COOKIE_PAIR_BYTES),
      path: z.array(storageText).max(64).default([]),
    }),
    z.strictObject({
      kind: z.enum(['local', 'session']),
      origin,
      key: storageText,
      path: z.array(storageText).max(64),
    }),
    z.strictObject({ kind: z.literal('meta'), origin, name: z.string().max(4096) }),
    z.strictObject({
      kind: z.literal('memory'),
      kept: z
        .strictObject({
          origin,
          database: storageText,
          store: storageText,
          key: z.union([storageText, z.number(), z.null()]),
          path: z.array(storageText).max(64),
        })
        .optional(),
    }),
  ]),
  learned: z.boolean(),
  since: instant.optional(),
}) satisfies z.ZodType<TokenBinding>

/** The schema of what each kind of entry holds: strict and bounded, for everything that comes from a store or a file. */
export const entryValueSchemas = {
  cookie: cookieSchema,
  local: storageText,
  'session-snapshot': stringMap(storageText, storageText, MAX_STORAGE_CHARS),
  'indexeddb-snapshot': z.custom<unknown>(
    (value) => isBoundedJson(value),
    'not JSON, or too deep or too large',
  ),
  identity: identitySchema,
  route: routeSchema,
  visit: solveSchema,
  binding: bindingSchema,
  'data-route': dataRouteSchema,
  'dead-letter': deadLetterSchema,
  idempotency: idempotentRequestSchema,
  quarantine: quarantineSchema,
  halt: blockSchema,
  'rate-limit-pause': rateLimitPauseSchema,
  login: loginSchema,
} as const satisfies { readonly [Kind in EntryKind]: z.ZodType<EntryValues[Kind]> }

/** When and by whom an entry was written. */
export const stampSchema = z.strictObject({
  time: logicalTime,
  writer: z.string().min(1).max(256),
}) satisfies z.ZodType<Stamp>
