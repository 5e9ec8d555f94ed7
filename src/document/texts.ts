import { type HtmlDocument, isShown } from './html-document.ts'
import { type Steps, upTo } from './steps.ts'

/** The limit for the text of all fields together, in characters. */
const MAX_CHARS = 32 * 1024 * 1024

/** The fields hold more text than the limit: nested elements repeat the text they hold. */
export class TooMuchText extends Error {}

/** Joins the texts of elements, up to a limit for all of them. */
export class TextReader {
  readonly #document: HtmlDocument
  #work = 0

  constructor(document: HtmlDocument) {
    this.#document = document
  }

  /**
   * The text of an element with white space collapsed, without that of scripts and styles.
   *
   * @throws TooMuchText
   */
  *read(element: number): Steps<string> {
    const { textStarts, textEnds, texts } = this.#document
    const parts: string[] = []
    const end = textEnds[element] as number
    for (let i = textStarts[element] as number; i < end; i++) {
      const text = texts[i] as string
      if (isShown(this.#document, i)) parts.push(text)
      this.#work += text.length + 1
      if (this.#work > MAX_CHARS) throw new TooMuchText('The fields hold too much text')
      if (i % 4096 === 0) yield
    }
    return parts.join('').replace(/\s+/g, ' ').trim()
  }
}

/** Whether an element's text contains a text. */
export function* holdsText(
  { texts, textStarts, textEnds, count }: HtmlDocument,
  wanted: string,
  anyCase: boolean,
): Steps<(i: number) => boolean> {
  const offsets = new Float64Array(texts.length + 1)
  const parts: string[] = new Array(texts.length)
  yield* upTo(texts.length, (i) => {
    const text = texts[i] as string
    parts[i] = anyCase ? text.toLowerCase() : text
    offsets[i + 1] = (offsets[i] as number) + (parts[i] as string).length
  })
  const whole = parts.join('')
  yield
  /** The next place of the text, from the start of each text on. */
  const next = new Float64Array(texts.length + 1).fill(Number.POSITIVE_INFINITY)
  let found = whole.lastIndexOf(wanted)
  for (let i = texts.length; i >= 0; i--) {
    const offset = offsets[i] as number
    // The first place at or after the offset: places are gone through from the last one on.
    while (found >= offset) {
      next[i] = found
      if (found === 0) {
        found = -1
        break
      }
      found = whole.lastIndexOf(wanted, found - 1)
    }
    if (next[i] === Number.POSITIVE_INFINITY && i < texts.length) next[i] = next[i + 1] as number
    if (i % 4096 === 0) yield
  }
  const holds = new Uint8Array(count)
  yield* upTo(count, (i) => {
    const start = textStarts[i] as number
    const end = offsets[textEnds[i] as number] as number
    holds[i] = Number((next[start] as number) + wanted.length <= end)
  })
  return (i) => wanted === '' || holds[i] === 1
}
