import {
  ACTS,
  IS_BODY,
  IS_HIDDEN,
  IS_KEPT,
  IS_LINK,
  IS_NOSCRIPT,
  IS_ODD,
  IS_RAW_TEXT,
  IS_SCRIPT,
  IS_TITLE,
  kindOf,
} from './element-kinds.ts'
import { isPlainReference, referenceEnd } from './references.ts'
import type { TellingWords } from './telling-words.ts'

/** Which element the text belongs to. */
type Raw = '' | 'hidden'

const LT = 0x3c
const GT = 0x3e
const SLASH = 0x2f
const AMP = 0x26
const EQUALS = 0x3d
const DOUBLE = 0x22
const SINGLE = 0x27
/** Texts beyond these are not kept: a document with as many has more to say than a gate. */
const MAX_TEXTS = 256
/** Tags that are looked at more closely when little else was found. */
const MAX_TAGS = 24

/** Classes of bytes, as bits. */
const IS_SPACE = 1
const ENDS_NAME = 2
const ENDS_ATTRIBUTE_NAME = 4
const IS_HIGH = 8
const CLASSES = new Uint8Array(256)
for (const byte of [0x20, 0x0a, 0x09, 0x0c, 0x0d]) CLASSES[byte] = IS_SPACE | ENDS_NAME | ENDS_ATTRIBUTE_NAME
CLASSES[GT] = ENDS_NAME | ENDS_ATTRIBUTE_NAME
CLASSES[SLASH] = ENDS_NAME | ENDS_ATTRIBUTE_NAME
CLASSES[EQUALS] = ENDS_ATTRIBUTE_NAME
CLASSES.fill(IS_HIGH, 0x80)

/** Of a byte of a text: how much it counts at least, in bytes of lower-case UTF-8 (two bits), whether it is a space, a letter, or a stop. */
const WEIGHT = 3
const IS_GAP = 4
const IS_COUNTED = 8
const STOPS = 128
const UTF8_TEXT = textTable((byte) => {
  if (byte < 0xc3 || byte === 0xcc || byte === 0xef || byte > 0xf4) return 0
  return byte === 0xd0 || byte === 0xd1 ? 2 : byte >= 0xe3 && byte <= 0xe9 ? 3 : 1
})
const ONE_BYTE_TEXT = textTable((byte) => (byte > 0xa0 ? 1 : 0))
const NOTHING = Buffer.alloc(0)

/**
 * One pass over the bytes of a document, with the rules of the tokenizer that `readHtml` has: where its texts, tags and scripts
 * are, a lower bound of what there is to read, and whether a telling word is in its place. It makes no strings.
 */
export class MarkupScan {
  /** A lower bound of the letters to read. */
  letters = 0
  links = 0
  /** Whether anything is there that can act, or ask. */
  acts = false
  /** A telling word was found, or markup that is not read with certainty: the document has to be looked at in full. */
  suspect = false
  /** Where the pass ended: less than all of it where `enough` was reached. */
  looked = 0
  /** Begin and end of each text, shown with or without scripts. */
  readonly texts = new Int32Array(2 * MAX_TEXTS)
  textEnds = 0
  /** Begin and end of each `input`, `textarea` and `link`; a begin below zero is that of one inside noscript. */
  readonly tags = new Int32Array(2 * MAX_TAGS)
  tagEnds = 0
  readonly #words: TellingWords
  #bytes: Buffer = NOTHING
  #table = UTF8_TEXT
  #noscripts = 0
  #raw: Raw = ''
  #wasCounted = 0
  /** A comment may have parted a word, up to here. */
  #joinedAt = -1

  constructor(words: TellingWords) {
    this.#words = words
  }

  /**
   * Reads a document until its end, until something is suspect, or until there are more letters or links than wanted.
   *
   * @param isUtf8 - else every byte beyond ASCII is a letter or a sign of its own
   * @returns whether there are more
   */
  run(bytes: Buffer, isUtf8: boolean, enoughLetters: number, enoughLinks: number): boolean {
    this.#bytes = bytes
    this.#table = isUtf8 ? UTF8_TEXT : ONE_BYTE_TEXT
    this.letters = 0
    this.links = 0
    this.acts = false
    this.suspect = false
    this.textEnds = 0
    this.tagEnds = 0
    this.#noscripts = 0
    this.#raw = ''
    this.#wasCounted = 0
    this.#joinedAt = -1
    const isEnough = this.#read(enoughLetters, enoughLinks)
    this.#bytes = NOTHING
    return isEnough
  }

  #read(enoughLetters: number, enoughLinks: number): boolean {
    const bytes = this.#bytes
    let at = 0
    while (at < bytes.length && !this.suspect) {
      at = this.#text(at)
      if (this.letters > enoughLetters || this.links > enoughLinks) {
        this.looked = at
        return true
      }
      if (at < bytes.length) at = this.#markup(at)
    }
    this.looked = Math.min(at, bytes.length)
    return !this.suspect && (this.letters > enoughLetters || this.links > enoughLinks)
  }

  /** From the beginning of a text to the next `<`. */
  #text(start: number): number {
    const bytes = this.#bytes
    let at = start
    for (;;) {
      at = this.#count(at)
      if (at >= bytes.length) break
      if (bytes[at] === LT) {
        if (isMarkup(bytes[at + 1])) break
        at += 1
      } else if (isPlainReference(bytes, at)) at = referenceEnd(bytes, at)
      else {
        this.suspect = true
        return at
      }
    }
    if (at === start) return at
    if (this.#raw === '') this.#keep(start, at)
    return at
  }

  /** From within a text to the next `<` or `&`. */
  #count(start: number): number {
    const bytes = this.#bytes
    const table = this.#table
    const { length } = bytes
    let letters = 0
    let wasCounted = this.#wasCounted
    let at = start
    for (; at < length; at++) {
      const kind = table[bytes[at] as number] as number
      if (kind >= STOPS) break
      letters += (kind & WEIGHT) + ((kind >> 2) & wasCounted)
      wasCounted = kind >> 3
    }
    if (this.#raw === '' && this.#noscripts === 0) {
      this.letters += letters
      this.#wasCounted = wasCounted
    }
    return at
  }

  #keep(start: number, end: number): void {
    if (this.textEnds === this.texts.length) return
    this.texts[this.textEnds++] = start
    this.texts[this.textEnds++] = end
  }

  /** From a `<` that begins markup to where text begins again. */
  #markup(start: number): number {
    const bytes = this.#bytes
    const next = bytes[start + 1] as number
    if (next === 0x21 || next === 0x3f) return this.#comment(start)
    if (next !== SLASH) return this.#tag(start)
    let end = start + 2
    while (end < bytes.length && bytes[end] !== GT) end += 1
    end = Math.min(end + 1, bytes.length)
    if (!isLetter(bytes[start + 2])) this.#joins(start, end)
    else {
      this.#raw = ''
      if (this.#noscripts > 0 && kindOf(bytes, start + 2, this.#until(ENDS_NAME, start + 2)) === IS_NOSCRIPT)
        this.#noscripts -= 1
    }
    return end
  }

  #comment(start: number): number {
    const bytes = this.#bytes
    let end: number
    if (bytes[start + 1] === 0x21 && bytes[start + 2] === 0x2d && bytes[start + 3] === 0x2d) {
      const from = start + 4
      const closed = bytes.indexOf('-->', from)
      end = closed < 0 ? bytes.length : closed + 3
      const isShort = bytes[from] === GT || (bytes[from] === 0x2d && bytes[from + 1] === GT)
      this.suspect ||= isShort || bytes.subarray(from, end).includes('--!')
    } else end = this.#after(GT, start + 2)
    this.suspect ||= this.#words.tags.isIn(bytes, start, end)
    this.#joins(start, end)
    return end
  }

  /** What leaves no gap where it stands can part a word that is read as one. */
  #joins(start: number, end: number): void {
    const bytes = this.#bytes
    if (!isWordPart(bytes[start - 1]) && this.#joinedAt !== start) return
    this.#joinedAt = end
    if (isWordPart(bytes[end])) this.suspect = true
  }

  #tag(start: number): number {
    const bytes = this.#bytes
    const nameEnd = this.#until(ENDS_NAME, start + 1)
    const closed = this.#tagEnd(nameEnd)
    const end = closed < 0 ? bytes.length : closed
    this.suspect ||= this.#words.tags.isIn(bytes, start, end)
    // What does not end was cut: it is no tag yet.
    if (this.suspect || closed < 0) return end
    this.#raw = ''
    const kind = kindOf(bytes, start + 1, nameEnd)
    if (kind === 0) return end
    this.#open(kind, start, end)
    if ((kind & IS_RAW_TEXT) === 0) return end
    const closes = this.#closeOf(start + 1, nameEnd, end)
    if ((kind & IS_SCRIPT) !== 0) this.suspect ||= this.#words.scripts.isIn(bytes, end, closes)
    else if ((kind & IS_TITLE) !== 0) this.#title(end, closes)
    return closes
  }

  #open(kind: number, start: number, end: number): void {
    if ((kind & IS_LINK) !== 0) this.links += 1
    if ((kind & IS_HIDDEN) !== 0) this.#raw = 'hidden'
    if ((kind & IS_NOSCRIPT) !== 0) this.#noscripts += 1
    if ((kind & IS_BODY) !== 0) this.#body(start, end)
    if ((kind & IS_ODD) !== 0) this.suspect = true
    if ((kind & ACTS) !== 0) this.acts = true
    if ((kind & IS_KEPT) === 0 || this.tagEnds === this.tags.length) return
    this.tags[this.tagEnds++] = this.#noscripts > 0 ? -start : start
    this.tags[this.tagEnds++] = end
  }

  /** A body can have a script in an attribute. */
  #body(start: number, end: number): void {
    const tag = this.#bytes.toString('latin1', start, end).toLowerCase()
    if (!tag.includes('onload')) return
    this.acts = true
    this.suspect ||= tag.includes('&') || this.#words.scripts.isIn(this.#bytes, start, end)
  }

  #title(start: number, end: number): void {
    const bytes = this.#bytes
    for (let at = start; at < end; at++) if (bytes[at] === AMP) this.suspect ||= !isPlainReference(bytes, at)
    // Letters beyond ASCII are known in lower case.
    let high = start
    while (high < end && ((CLASSES[bytes[high] as number] as number) & IS_HIGH) === 0) high += 1
    const isAscii = high >= end
    const title = isAscii ? bytes : Buffer.from(bytes.toString('utf8', start, end).toLowerCase())
    this.suspect ||= this.#words.titles.isIn(title, isAscii ? start : 0, isAscii ? end : title.length)
    this.#keep(start, end)
  }

  /** Where the text of an element ends that has nothing else in it: at its name, behind `</`. */
  #closeOf(name: number, nameEnd: number, start: number): number {
    const bytes = this.#bytes
    const length = nameEnd - name
    for (let at = bytes.indexOf(LT, start); at >= 0; at = bytes.indexOf(LT, at + 1)) {
      if (bytes[at + 1] !== SLASH) continue
      const end = at + 2 + length
      if (end < bytes.length && ((CLASSES[bytes[end] as number] as number) & ENDS_NAME) === 0) continue
      let same = 0
      while (same < length && isLetterOf(bytes[at + 2 + same], (bytes[name + same] as number) | 0x20))
        same += 1
      if (same === length) return at
    }
    return bytes.length
  }

  /** Behind the `>` of a tag whose attributes begin here; below zero where there is none. */
  #tagEnd(start: number): number {
    const bytes = this.#bytes
    const { length } = bytes
    let at = start
    while (at < length) {
      let byte = bytes[at] as number
      if (byte === GT) return at + 1
      if (byte === SLASH || isSpace(byte)) {
        at += 1
        continue
      }
      // The first sign of a name may be any.
      const named = at
      at = this.#until(ENDS_ATTRIBUTE_NAME, at + 1)
      const isId = at - named === 2 && isLetterOf(bytes[named], 0x69) && isLetterOf(bytes[named + 1], 0x64)
      at = this.#spaces(at)
      if (bytes[at] !== EQUALS) continue
      at = this.#spaces(at + 1)
      if (at >= length) return -1
      byte = bytes[at] as number
      const quote = byte === DOUBLE || byte === SINGLE ? byte : 0
      if (quote !== 0) at += 1
      const from = at
      for (; at < length; at++) {
        byte = bytes[at] as number
        if (quote === 0 ? byte === GT || isSpace(byte) : byte === quote) break
        if (byte === AMP && (!isPlainReference(bytes, at) || isBanned(bytes, at))) this.suspect = true
      }
      if (isId && at - from === 3 && isWci(bytes, from)) this.suspect = true
      if (quote !== 0) at += 1
    }
    return -1
  }

  /** The first byte of a class. */
  #until(mask: number, start: number): number {
    const bytes = this.#bytes
    let at = start
    while (at < bytes.length && ((CLASSES[bytes[at] as number] as number) & mask) === 0) at += 1
    return at
  }

  /** The first byte that is no space. */
  #spaces(start: number): number {
    const bytes = this.#bytes
    let at = start
    while (at < bytes.length && isSpace(bytes[at] as number)) at += 1
    return at
  }

  #after(byte: number, from: number): number {
    const at = this.#bytes.indexOf(byte, from)
    return at < 0 ? this.#bytes.length : at + 1
  }
}

function textTable(weightOf: (byte: number) => number): Uint8Array {
  const table = new Uint8Array(256)
  for (let byte = 0x21; byte < 0x100; byte++) {
    const weight = byte < 0x7f ? 1 : byte < 0x80 ? 0 : weightOf(byte)
    table[byte] = weight === 0 ? 0 : weight | IS_COUNTED
  }
  table[0x20] = IS_GAP
  table[LT] = STOPS
  table[AMP] = STOPS
  return table
}

function isSpace(byte: number): boolean {
  return ((CLASSES[byte] as number) & IS_SPACE) !== 0
}

function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}

function isLetterOf(byte: number | undefined, letter: number): boolean {
  return byte !== undefined && (byte | 0x20) === letter
}

function isWordPart(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= 0x80 || isLetter(byte))
}

/** Whether what follows a `<` makes markup of it, and not a sign of the text. */
function isMarkup(byte: number | undefined): boolean {
  return isLetter(byte) || byte === SLASH || byte === 0x21 || byte === 0x3f
}

/** The value of an id that a row asks for. */
function isWci(bytes: Buffer, at: number): boolean {
  return isLetterOf(bytes[at], 0x77) && isLetterOf(bytes[at + 1], 0x63) && isLetterOf(bytes[at + 2], 0x69)
}

/** Whether an `&` begins a part of an address that a row asks for: `t=bv`. */
function isBanned(bytes: Buffer, at: number): boolean {
  const from = bytes.toString('latin1', at + 1, at + 9).toLowerCase()
  return from.startsWith('t=bv') || from.startsWith('amp;t=bv')
}
