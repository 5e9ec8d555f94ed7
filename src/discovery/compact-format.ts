import { LazyMap } from '../core/index.ts'
import { COMPACT_LANGUAGES, type CompactFormat } from '../record/index.ts'

const DECIMALS = [null, 0, 1, 2] as const
const LETTERS = /\p{L}/u
/** What is less has no short form. */
const SHORTEST = 1_000

const formatters = new LazyMap<string, Intl.NumberFormat>()

/** A number as `Intl` writes it in short: `1.2K`, `3,4 Mio.`, with white space as texts of elements have it. */
export function compactText(
  value: number,
  { language, decimals }: Pick<CompactFormat, 'language' | 'decimals'>,
) {
  const key = `${language} ${decimals}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.NumberFormat(language, {
      notation: 'compact',
      ...(decimals !== null && { maximumFractionDigits: decimals }),
    })
    formatters.set(key, formatter)
  }
  return formatter.format(value).replace(/\s+/g, ' ')
}

/** Every short form that makes exactly this text of this number. */
export function compactFormats(value: number, shown: string): CompactFormat[] {
  if (!Number.isInteger(value) || value < SHORTEST || !LETTERS.test(shown)) return []
  const found: CompactFormat[] = []
  for (const language of COMPACT_LANGUAGES) {
    for (const decimals of DECIMALS) {
      const text = compactText(value, { language, decimals })
      const at = shown.indexOf(text)
      if (at === -1 || !LETTERS.test(text)) continue
      const before = shown.slice(0, at)
      const after = shown.slice(at + text.length)
      // Where a letter goes on, it is another word.
      if (/\d/.test(before + after) || /^\p{L}/u.test(after)) continue
      found.push({ as: 'compact', before, after, language, decimals })
    }
  }
  return found
}
