import { createHash } from 'node:crypto'
import { LazyMap } from '../../core/index.ts'

/** Of 54 bits: enough to be compared, and too little to find out what it was made of where that was a secret. */
export const DIGEST_CHARS = 9
const MAX_KNOWN = 5_000
/** What is longer is not kept to be looked up. */
const MAX_KEPT_CHARS = 256

const known = new LazyMap<string, string>()

/** What stands for a text where the text itself is not to be kept. */
export function digest(text: string): string {
  const before = known.get(text)
  if (before !== undefined) return before
  const made = createHash('sha256').update(text).digest('base64url').slice(0, DIGEST_CHARS)
  if (text.length > MAX_KEPT_CHARS) return made
  known.set(text, made)
  const [oldest] = known.keys()
  if (known.size > MAX_KNOWN) known.delete(oldest as string)
  return made
}
