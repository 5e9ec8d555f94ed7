import type { z } from 'zod'

/** All places where a signal is looked for. */
const PLACES = [
  'header',
  'cookie',
  'status',
  'url',
  'title',
  'text',
  'noscript',
  'inline',
  'resource',
  'element',
  'comment',
] as const
/** All kinds of verdict. */
const KINDS = [
  'ok',
  'js-challenge',
  'captcha',
  'block',
  'waiting-room',
  'rate-limited',
  'unauthorised',
  'error',
] as const

/** What a response is. */
type VerdictKind = (typeof KINDS)[number]

/** Where a signal is looked for. */
export type SignalPlace = (typeof PLACES)[number]

/**
 * One row of the table of signals: what is looked for in a response, and which verdict it speaks for. Rows of your own are
 * the option `signals` of a broker and of `classify()`.
 *
 * @example
 * ```ts
 * import { classify, type Signal } from 'onejar'
 *
 * const queue: Signal = {
 *   id: 'my-queue', vendor: null, in: 'title', has: 'you are in line',
 *   verdict: 'waiting-room', weight: 0.95, note: 'the title says that the visitor waits in line',
 * }
 * const page = { url: 'https://example.com/', status: 200, headers: { 'content-type': 'text/html' }, body: '<title>You are in line</title>' }
 * console.log(classify(page, { signals: [queue] }).kind)
 * ```
 */
export interface Signal {
  /** Kebab-case, 64 characters at most. A row of one's own with the id of a built-in one replaces that. */
  readonly id: string
  /** Whose product it is, in kebab-case; null when it belongs to no vendor. */
  readonly vendor: string | null
  /** Where it is looked for. See `signals.ts` for what the places mean. */
  readonly in: SignalPlace
  /** The name of the header or cookie, in lower case. Needed for these two places, and only there. */
  readonly name?: string | undefined
  /** What has to be found there, in lower case; of several texts any one. Not for cookies, whose values are not looked at. */
  readonly has?: string | readonly string[] | undefined
  /** The row counts for responses with one of these statuses only. Default: for all. */
  readonly status?: readonly number[] | undefined
  /** On which documents it counts: on `any`, on one that looks like a `gate`, or on one with nothing else on it (`bare`). Default: any. */
  readonly when?: 'any' | 'gate' | 'bare' | undefined
  /** What it speaks for; `present` says only that the vendor is at work there. */
  readonly verdict: VerdictKind | 'present'
  /** How much it counts, from 0 to 1. */
  readonly weight: number
  /** Kinds of verdict that do not count beside it. */
  readonly beats?: readonly VerdictKind[] | undefined
  /** Why it speaks for that: one sentence for people, 200 characters at most. */
  readonly note: string
}

/**
 * The schema of one row; rows that users add pass through it.
 *
 * @param z - handed in, because who imports the package for its types or its errors has no need of zod
 */
export function signalSchema({ z }: typeof import('zod')): z.ZodType<Signal, Signal> {
  const needle = z
    .string()
    .min(1)
    .max(200)
    .refine((value) => value === value.toLowerCase(), 'must be lower case: what it is compared with is')
  return z
    .strictObject({
      id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be kebab-case'),
      vendor: z
        .string()
        .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be kebab-case')
        .nullable(),
      in: z.enum(PLACES),
      name: needle.optional(),
      has: z.union([needle, z.array(needle).min(1).readonly()]).optional(),
      status: z.array(z.int().min(100).max(999)).min(1).readonly().optional(),
      when: z.enum(['any', 'gate', 'bare']).optional(),
      verdict: z.enum([...KINDS, 'present']),
      weight: z.number().min(0).max(1),
      beats: z.array(z.enum(KINDS)).min(1).readonly().optional(),
      note: z.string().min(1).max(200),
    })
    .superRefine((row, context) => {
      const named = row.in === 'header' || row.in === 'cookie'
      if (named && row.name === undefined) {
        context.addIssue({ code: 'custom', path: ['name'], message: `needed for a ${row.in}` })
      }
      if (!named && row.name !== undefined) {
        context.addIssue({ code: 'custom', path: ['name'], message: 'only for a header or a cookie' })
      }
      if (row.in === 'status' ? row.status === undefined : !named && row.has === undefined) {
        const path = row.in === 'status' ? 'status' : 'has'
        context.addIssue({ code: 'custom', path: [path], message: `needed for ${row.in}` })
      }
      if (row.in === 'cookie' && row.has !== undefined) {
        context.addIssue({ code: 'custom', path: ['has'], message: 'values of cookies are not looked at' })
      }
    })
}
