import type { HtmlDocument } from './html-document.ts'
import { type Steps, upTo } from './steps.ts'

const SPACE_ONLY = /^[ \t\r\n]*$/

/** Whether an element holds neither elements nor text. */
export function* isEmpty({
  count,
  parents,
  texts,
  textParents,
}: HtmlDocument): Steps<(i: number) => boolean> {
  const filled = new Uint8Array(count)
  yield* upTo(count, (i) => {
    const parent = parents[i] as number
    if (parent >= 0) filled[parent] = 1
  })
  yield* upTo(texts.length, (i) => {
    const parent = textParents[i] as number
    if (parent >= 0 && !SPACE_ONLY.test(texts[i] as string)) filled[parent] = 1
  })
  return (i) => filled[i] === 0
}

/** Whether an element's language, its own or inherited, is within one of the ranges (RFC 4647, extended filtering). */
export function* speaks(
  { count, parents, attributes }: HtmlDocument,
  ranges: readonly string[],
): Steps<(i: number) => boolean> {
  const wanted = ranges.map((range) => range.split('-'))
  const noLanguage = ranges.includes('')
  const speaking = new Uint8Array(count)
  yield* upTo(count, (i) => {
    const own = attributes[i]?.['xml:lang'] ?? attributes[i]?.['lang']
    const parent = parents[i] as number
    if (own === undefined) speaking[i] = parent >= 0 ? (speaking[parent] as number) : Number(noLanguage)
    else if (own === '') speaking[i] = Number(noLanguage)
    else {
      const tag = own.slice(0, MAX_TAG_CHARS).toLowerCase().split('-')
      speaking[i] = Number(wanted.some((range) => isWithin(tag, range)))
    }
  })
  return (i) => speaking[i] === 1
}

/** A longer text is no language tag. */
const MAX_TAG_CHARS = 256

function isWithin(tag: readonly string[], range: readonly string[]): boolean {
  if (range[0] !== '*' && range[0] !== tag[0]) return false
  let at = 1
  for (const part of range.slice(1)) {
    if (part === '*') continue
    while (at < tag.length && tag[at] !== part) if ((tag[at++] as string).length <= 1) return false
    if (at >= tag.length) return false
    at++
  }
  return true
}
