import { z } from 'zod'
import { isOnejarError, OnejarError, Secret, startDeadline, withSignal } from '../core/index.ts'
import { type KeyRing, parseKeyRing } from './key-ring.ts'

/** Keys of 32 bytes as base64 or hex, newest first. */
type Keys = string | Secret | readonly (string | Secret)[]

/** Gives the keys of a store, newest first: from a KMS, from Vault. It is called again, see `StoreOptions.keys`. */
export type KeysFunction = () => Keys | Promise<Keys>

/** The option `keys`. */
export const keysSchema = z.union([
  z.string(),
  z.array(z.string()),
  z.custom<KeysFunction>(
    (value) => typeof value === 'function',
    'expected keys as text, a list of them, or a function',
  ),
])

/** How often keys that may change are asked for: once a minute, unless something else is said. */
export const keysRefreshSchema = z
  .number()
  .int()
  .min(1_000)
  .max(24 * 3_600_000)

const givenSchema = z.union([z.string(), z.array(z.string())])
const SOURCE = 'What the function keys gave'

/**
 * Asks a function for keys.
 *
 * @throws OnejarError ONEJAR_STORE_UNAVAILABLE (it threw, or took too long), ONEJAR_BAD_OPTIONS (it gave no keys)
 */
export async function askForKeys(ask: KeysFunction, timeoutMs: number): Promise<KeyRing> {
  const deadline = startDeadline(timeoutMs, 'the function keys')
  let given: unknown
  try {
    given = await withSignal((async () => ask())(), deadline.signal)
  } catch (error) {
    // Errors of foreign code may hold secrets: only their class is reported; our own are reported in full.
    const known = isOnejarError(error)
    const why = known ? error.code : error instanceof Error ? error.constructor.name : typeof error
    throw new OnejarError(
      'ONEJAR_STORE_UNAVAILABLE',
      `The keys of the store cannot be had: the function keys threw or took too long (${why})`,
      known ? { cause: error } : {},
    )
  } finally {
    deadline.clear()
  }
  const texts = givenSchema.safeParse(Array.isArray(given) ? given.map(textOf) : textOf(given))
  if (!texts.success)
    throw new OnejarError('ONEJAR_BAD_OPTIONS', `${SOURCE} is no text, and no list of texts`)
  return parseKeyRing(texts.data, SOURCE)
}

function textOf(value: unknown): unknown {
  return value instanceof Secret ? value.reveal() : value
}
