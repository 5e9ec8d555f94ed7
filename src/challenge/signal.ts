import { z } from 'zod'

const places = [
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
const kinds = [
  'ok',
  'js-challenge',
  'captcha',
  'block',
  'waiting-room',
  'rate-limited',
  'unauthorised',
  'error',
] as const

const needle = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => value === value.toLowerCase(), 'must be lower case: what it is compared with is')

/** The schema of one row of the table; rows that users add pass through it. */
export const signalSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be kebab-case'),
    vendor: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be kebab-case')
      .nullable(),
    in: z.enum(places),
    name: needle.optional(),
    has: z.union([needle, z.array(needle).min(1).readonly()]).optional(),
    status: z.array(z.int().min(100).max(999)).min(1).readonly().optional(),
    when: z.enum(['any', 'gate', 'bare']).optional(),
    verdict: z.enum([...kinds, 'present']),
    weight: z.number().min(0).max(1),
    beats: z.array(z.enum(kinds)).min(1).readonly().optional(),
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

/** Where a signal is looked for. */
export type SignalPlace = (typeof places)[number]

/** One row of the table of signals. See `signals.ts` for what the places mean. */
export type Signal = Readonly<z.output<typeof signalSchema>>
