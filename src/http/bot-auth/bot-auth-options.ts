import { z } from 'zod'
import type { BotKeyJwk } from './bot-key.ts'

/** A signed identity for chosen origins: Web Bot Auth. */
export interface BotAuthOptions {
  /**
   * The Ed25519 key as a JWK with `x` and `d`, or a function that gives it (from a KMS, from a file), which is asked when the
   * broker is opened and again after `keyRefreshMs`.
   */
  key: BotKeyJwk | (() => BotKeyJwk | Promise<BotKeyJwk>)
  /** The `https:` origin that serves the key directory: what `Signature-Agent` names. */
  agent: string
  /** The origins whose requests are signed: `['https://shop.example']`. No other origin gets a signature. */
  origins: string[]
  /** How long a signature is good for, in milliseconds: a second to a day. Default: 60,000. */
  expiresMs?: number | undefined
  /**
   * For how long the signature of an origin is used again, in milliseconds; a minute at most, and less than `expiresMs`. It covers
   * the host and not the path, so one signature is good for many requests. 0 signs each request anew, with a nonce, for about
   * 35 microseconds. Default: 1,000.
   */
  reuseMs?: number | undefined
  /** How often a function is asked for the key again, in milliseconds. Default: 60,000. */
  keyRefreshMs?: number | undefined
  /**
   * The form of `Signature-Agent`: `dictionary` as in the current draft, or `string` as in those before it, for verifiers that
   * know no other. Default: `dictionary`.
   */
  agentFormat?: 'dictionary' | 'string' | undefined
}

const DAY_MS = 24 * 3_600_000

const webOrigin = (protocols: RegExp, expected: string) =>
  z
    .string()
    .max(2048)
    .refine((text) => {
      if (!URL.canParse(text)) return false
      const { protocol, pathname, search, hash, username, password } = new URL(text)
      return protocols.test(protocol) && `${pathname}${search}${hash}${username}${password}` === '/'
    }, expected)
    .transform((text) => new URL(text).origin)

export const botAuthSchema = z
  .strictObject({
    key: z.custom<BotAuthOptions['key']>(
      (value) => typeof value === 'function' || (typeof value === 'object' && value !== null),
      'expected a JWK, or a function that gives one',
    ),
    agent: webOrigin(/^https:$/, 'expected an https: origin, without a path'),
    origins: z
      .array(webOrigin(/^https?:$/, 'expected an http: or https: origin, without a path'))
      .min(1)
      .max(1000),
    expiresMs: z.number().int().min(1_000).max(DAY_MS).default(60_000),
    reuseMs: z.number().int().min(0).max(60_000).default(1_000),
    keyRefreshMs: z
      .number()
      .int()
      .min(1_000)
      .max(2 ** 31 - 1)
      .default(60_000),
    agentFormat: z.enum(['dictionary', 'string']).default('dictionary'),
  })
  .refine(({ reuseMs, expiresMs }) => reuseMs < expiresMs, {
    path: ['reuseMs'],
    message: 'expected less than expiresMs',
  })

/** The options with their defaults. */
export type BotAuthPlan = z.output<typeof botAuthSchema>
