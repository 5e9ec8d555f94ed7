import { isAscii, isUtf8 } from 'node:buffer'
import { charsetOf } from './charset.ts'
import { TINY_CHARS, TINY_LINKS } from './gate.ts'
import { MarkupScan } from './markup-scan.ts'
import { SAID_CHARS } from './match-signal.ts'
import { asksNoAnswer, readPlainTags } from './plain-tags.ts'
import { MOST_LETTERS, MOST_LINKS } from './shape.ts'
import type { Signal } from './signal.ts'
import { type TellingWords, tellingWords } from './telling-words.ts'
import { ROOM_CHARS, ROOM_LINKS } from './waiting-room.ts'

/** Statuses of documents that rows and observations treat alike. */
const STATUSES = [200, 201, 203, 206] as const
/** A lower bound of letters may be one too high: a gap at the end is none. */
const MARGIN = 1
/** Of these, each byte beyond ASCII is a letter of Latin or a sign, and none is an I in capitals with a dot. */
const ONE_BYTE: ReadonlySet<string> = new Set([
  'windows-1252',
  'windows-1250',
  'windows-1257',
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-4',
  'iso-8859-10',
  'iso-8859-13',
  'iso-8859-14',
  'iso-8859-15',
  'iso-8859-16',
  'latin1',
])
/** Letters that become ASCII, or nothing, where a document is made lower case: I with a dot, the dot, the sign of Kelvin. */
const SHRINKING = [Buffer.from('\u0130'), Buffer.from('\u0307'), Buffer.from('\u212a')]
/** What the tokenizer takes for `<` and `/` in some places. */
const LIKE_MARKUP = [0x1c, 0x0f]

/**
 ** Recognises documents that no row of the table and no observation can make anything but `ok` of, from their bytes, in a fraction of the
 * time that it takes to read them: they have much to read or many links, or they have more to say than a gate and none of
 * the words that a gate has to have. Whatever it lets pass, the full look lets pass too; what it does not is looked at in full.
 */
export class QuickLook {
  readonly #words: TellingWords
  /** One for all: a look is over before the next one begins. */
  readonly #scan: MarkupScan
  /** Names of cookies that can decide; `*` at the end for any that begin so. */
  readonly #cookies: readonly string[]
  readonly #statuses: ReadonlySet<number>

  constructor(rows: readonly Signal[]) {
    const deciding = rows.filter(({ verdict }) => verdict !== 'present')
    const decides = (code: number) =>
      deciding.some((row) => row.in === 'status' && row.status?.includes(code))
    this.#statuses = new Set(STATUSES.filter((code) => !decides(code)))
    this.#cookies = deciding.flatMap((row) => (row.in === 'cookie' ? (row.name ?? []) : []))
    this.#words = tellingWords(rows, STATUSES)
    this.#scan = new MarkupScan(this.#words)
  }

  /** How many bytes the last look went through. */
  get looked(): number {
    return this.#scan.looked
  }

  /** Whether a head leaves the verdict to the document alone. */
  suits(statusCode: number, headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
    if (!this.#statuses.has(statusCode) || headers['retry-after'] !== undefined) return false
    const lines = headers['set-cookie']
    return lines === undefined || !this.#setsTelling(typeof lines === 'string' ? [lines] : lines)
  }

  /**
   * Whether a document, or the beginning of one, is certainly ordinary.
   *
   * @param type - Content-Type
   */
  passes(bytes: Buffer, type: string | undefined): boolean {
    const encoding = readableEncoding(bytes, type)
    if (encoding === null) return false
    const isUtf8Text = encoding === 'utf-8'
    return this.#hasEnough(bytes, isUtf8Text) || (!this.#scan.suspect && this.#isNoGate(bytes, isUtf8Text))
  }

  /**
   * Whether the beginning of a document has more to read, or more links, than any gate, whatever follows.
   *
   * @param type - Content-Type
   */
  isContent(beginning: Buffer, type: string | undefined): boolean {
    const bytes = beginning.subarray(0, lettersEnd(beginning))
    const encoding = readableEncoding(bytes, type)
    return encoding !== null && this.#hasEnough(bytes, encoding === 'utf-8')
  }

  #hasEnough(bytes: Buffer, isUtf8Text: boolean): boolean {
    return this.#scan.run(bytes, isUtf8Text, MOST_LETTERS + MARGIN, MOST_LINKS)
  }

  /** Of a document that was read to its end. */
  #isNoGate(bytes: Buffer, isUtf8Text: boolean): boolean {
    const scan = this.#scan
    const { letters, links } = scan
    if (this.#words.anywhere.isIn(bytes, 0, bytes.length)) return false
    const isTiny = letters <= TINY_CHARS + MARGIN && links <= TINY_LINKS
    let asksUser = false
    if (isTiny || !asksNoAnswer(scan, bytes)) {
      const tags = readPlainTags(scan, bytes)
      if (tags === null || (isTiny && !tags.asksUser && !tags.listed)) return false
      asksUser = tags.asksUser
    }
    if (letters > ROOM_CHARS + MARGIN) return true
    if (scan.textEnds === scan.texts.length) return false
    if (letters <= SAID_CHARS + MARGIN && this.#says(scan, bytes, this.#words.texts)) return false
    if (!scan.acts || links > ROOM_LINKS || asksUser) return true
    return !hasForeign(scan, bytes, isUtf8Text) && !this.#says(scan, bytes, this.#words.rooms)
  }

  #says({ texts, textEnds }: MarkupScan, bytes: Buffer, words: TellingWords['texts']): boolean {
    for (let at = 0; at < textEnds; at += 2) {
      // With what stands before a word.
      if (words.isIn(bytes, Math.max(0, (texts[at] as number) - 1), texts[at + 1] as number)) return true
    }
    return false
  }

  #setsTelling(lines: readonly string[]): boolean {
    return lines.some((line) => {
      const name = line.slice(0, line.indexOf('=')).trim().toLowerCase()
      return this.#cookies.some((known) =>
        known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : name === known,
      )
    })
  }
}

/** Null where the bytes have to be decoded before they can be looked at, or hold what a tokenizer may take for markup. */
function readableEncoding(bytes: Buffer, type: string | undefined): 'utf-8' | 'one-byte' | null {
  if (bytes.length < 2 || bytes[0] === 0 || bytes[1] === 0) return null
  return LIKE_MARKUP.some((byte) => bytes.includes(byte)) ? null : encodingOf(bytes, type)
}

/** Where the last letter ends that UTF-8 has whole. */
function lettersEnd(bytes: Buffer): number {
  let start = bytes.length - 1
  while (start > bytes.length - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1
  const first = bytes[start] ?? 0
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  return start + length > bytes.length ? start : bytes.length
}

/** Null where it is neither UTF-8 nor one of those with a byte for each letter. */
function encodingOf(bytes: Buffer, type: string | undefined): 'utf-8' | 'one-byte' | null {
  if (isAscii(bytes)) return 'utf-8'
  const charset = isUtf8(bytes) ? 'utf-8' : charsetOf(bytes, bytes.toString('latin1'), type)
  if (charset === 'utf-8') return SHRINKING.some((letter) => bytes.includes(letter)) ? null : charset
  return ONE_BYTE.has(charset) ? 'one-byte' : null
}

/** Whether there are letters that words of waiting rooms are not known in as they are written: other scripts, and old charsets. */
function hasForeign({ texts, textEnds }: MarkupScan, bytes: Buffer, isUtf8Text: boolean): boolean {
  for (let at = 0; at < textEnds; at += 2) {
    for (let i = texts[at] as number; i < (texts[at + 1] as number); i++) {
      const byte = bytes[i] as number
      if (byte > 0x7f && (!isUtf8Text || (byte > 0xc5 && byte !== 0xe2))) return true
    }
  }
  return false
}
