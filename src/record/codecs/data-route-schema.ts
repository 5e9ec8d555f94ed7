import { z } from 'zod'
import {
  COMPACT_LANGUAGES,
  DATE_LANGUAGES,
  DATE_STYLES,
  type DataRoute,
  type JsonPath,
  NEGATIVE_FORMS,
  type PartSource,
} from '../data-route.ts'
import { routeEvidenceSchema } from './route-evidence-schema.ts'
import { headerName, headerValue, instant, isHttpUrl } from './schema-parts.ts'

const MAX_URL_CHARS = 8192
const MAX_BODY_CHARS = 64 * 1024
const MAX_STEPS = 48

/** What a session adds by itself, or what no data request of a page has of its own. */
const FORBIDDEN =
  /^(?:authorization|connection|content-length|cookie|expect|host|keep-alive|origin|proxy-.*|referer|te|transfer-encoding|upgrade)$/

const name = z.string().max(512)
const index = z.number().int().min(0).max(100_000)
const affix = z.string().max(256)
const httpUrl = z.string().max(MAX_URL_CHARS).refine(isHttpUrl, 'not an http or https URL')
const pick = z.enum(['whole', 'first-digits', 'last-digits', 'stem', 'last-word'])

const pageSource = [
  z.strictObject({ of: z.enum(['path', 'fragment']), index, pick }),
  z.strictObject({ of: z.literal('query'), name, pick }),
] as const

/** What names an element of a list is a part of the page's URL: a path of an earlier answer within a path has no end. */
const path = z
  .array(
    z.union([
      name,
      index,
      z.strictObject({ every: z.literal(true) }),
      z.strictObject({ where: name, is: z.union(pageSource) }),
      z.strictObject({
        where: name,
        as: z
          .array(z.union([name, index]))
          .min(1)
          .max(MAX_STEPS),
      }),
      z.strictObject({ parsed: z.literal(true) }),
    ]),
  )
  .max(MAX_STEPS) satisfies z.ZodType<JsonPath>

const source = z.union([
  ...pageSource,
  z.strictObject({ of: z.literal('response'), request: index, document: name, path }),
]) satisfies z.ZodType<PartSource>

const LANGUAGE_FORMS = DATE_LANGUAGES.flatMap((language) =>
  DATE_STYLES.map((style) => `${language} ${style}` as const),
)

const format = z.discriminatedUnion('as', [
  z.strictObject({ as: z.literal('text'), before: affix, after: affix }),
  z.strictObject({ as: z.literal('html') }),
  z.strictObject({
    as: z.literal('number'),
    before: affix,
    after: affix,
    decimals: z.number().int().min(0).max(20).nullable(),
    group: z.enum(['', ',', '.', ' ', "'", '’']),
    point: z.enum(['.', ',']),
    per: z.number().min(1e-6).max(1e12),
    plus: z.literal(32).optional(),
    negative: z.enum(NEGATIVE_FORMS).optional(),
  }),
  z.strictObject({
    as: z.literal('compact'),
    before: affix,
    after: affix,
    language: z.enum(COMPACT_LANGUAGES),
    decimals: z.union([z.literal(0), z.literal(1), z.literal(2)]).nullable(),
  }),
  z.strictObject({
    as: z.literal('date'),
    before: affix,
    after: affix,
    form: z.enum([
      ...LANGUAGE_FORMS,
      'y-m-d',
      'dd.mm.y',
      'd.m.y',
      'dd/mm/y',
      'd/m/y',
      'mm/dd/y',
      'm/d/y',
      'd month y',
      'month d, y',
      'd mon y',
      'mon d, y',
    ]),
    minutes: z.tuple([z.number().int().min(0).max(1439), z.number().int().min(0).max(1439)]).optional(),
  }),
])

const part = z.strictObject({
  place: z
    .array(z.union([name, index]))
    .min(2)
    .max(16),
  from: source,
  before: affix,
  after: affix,
  count: z.union([
    z.enum(['same', 'less-one', 'plus-one']),
    z.strictObject({
      times: z.number().int().min(1).max(10_000),
      less: z.union([z.literal(0), z.literal(1)]),
    }),
  ]),
  isNumber: z.boolean(),
})

const request = z
  .strictObject({
    isPage: z.boolean(),
    method: z.enum(['GET', 'POST']),
    url: httpUrl,
    body: z.string().max(MAX_BODY_CHARS).nullable(),
    headers: z
      .array(
        z.tuple([headerName.refine((text) => !FORBIDDEN.test(text), 'a header of the session'), headerValue]),
      )
      .max(32),
    parts: z.array(part).max(32),
    redirected: z.boolean(),
  })
  .refine(({ method, body }) => method === 'POST' || body === null, 'a GET with a body')

const segment = z.string().max(2048).nullable()

/** A data route, strict and bounded: it says what is sent with the session, so nothing of it is taken on trust. */
export const dataRouteSchema = z
  .strictObject({
    pattern: z.strictObject({
      origin: httpUrl.refine((text) => URL.canParse(text) && new URL(text).origin === text, 'not an origin'),
      path: z.array(segment).max(64),
      query: z.array(z.tuple([name, segment])).max(64),
      fragment: z.array(segment).max(64),
    }),
    requests: z.array(request).min(1).max(4),
    fields: z
      .array(
        z.strictObject({
          name,
          readings: z
            .array(z.strictObject({ request: index, document: name, path, format }))
            .min(1)
            .max(64),
          beside: z.array(name).max(64),
          mayLack: z.boolean(),
          blanks: z
            .array(
              z.strictObject({
                of: z.enum(['missing', 'null', 'empty']),
                text: affix,
                pages: z.array(z.string().max(64)).max(4),
              }),
            )
            .max(3)
            .optional(),
        }),
      )
      .min(1)
      .max(200),
    marks: z
      .array(z.strictObject({ request: index, document: name, path, is: z.union(pageSource) }))
      .max(32)
      .optional(),
    evidence: routeEvidenceSchema.optional(),
    learnedAt: instant,
    until: instant,
    wrongAt: instant.optional(),
  })
  .refine(
    ({ requests, fields }) =>
      fields.every(({ readings }) => readings.every((one) => one.request < requests.length)),
    'a reading of a request that is not there',
  )
  .refine(
    ({ requests }) =>
      requests.every(({ parts }, at) =>
        parts.every(({ from }) => from.of !== 'response' || from.request < at),
      ),
    'a part of a later answer',
  ) satisfies z.ZodType<DataRoute>
