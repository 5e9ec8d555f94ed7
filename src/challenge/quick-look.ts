import { isUtf8 } from 'node:buffer'
import { certainCharset, EUROPEAN, guessCharset, PRESCAN_CHARS } from './charset.ts'
import { TINY_CHARS, TINY_LINKS } from './gate.ts'
import { MarkupScan } from './markup-scan.ts'
import { SAID_CHARS } from './match-signal.ts'
import type { PhraseSet } from './phrase-set.ts'
import { asksNoAnswer, readPlainTags } from './plain-tags.ts'
import { SET_ROOMS, SET_TEXTS } from './scan-constants.ts'
import { MOST_LETTERS, MOST_LINKS } from './shape.ts'
import type { Signal } from './signal.ts'
import { tellingWords } from './telling-words.ts'
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
/**
 ** Recognises documents that no row of the table and no observation can make anything but `ok` of, from their bytes, in a fraction of the
 * time that it takes to read them: they have much to read or many links, or they have more to say than a gate and none of
 * the words that a gate has to have. Whatever it lets pass, the full look lets pass too; what it does not is looked at in full.
 */
export class QuickLook {
  /** One for all: a look is over before the next one begins. */
  readonly #scan: MarkupScan
  /** Of the document that was read last: whether it is ASCII alone, and has more to read, or more links, than any gate. */
  #isAscii = true
  #isMore = false
  /** What rows look for in texts. */
  readonly #phrases: PhraseSet
  /** Names of cookies that can decide; `*` at the end for any that begin so. */
  readonly #cookies: readonly string[]
  readonly #statuses: ReadonlySet<number>

  constructor(rows: readonly Signal[]) {
    const deciding = rows.filter(({ verdict }) => verdict !== 'present')
    const decides = (code: number) =>
      deciding.some((row) => row.in === 'status' && row.status?.includes(code))
    this.#statuses = new Set(STATUSES.filter((code) => !decides(code)))
    this.#cookies = deciding.flatMap((row) => (row.in === 'cookie' ? (row.name ?? []) : []))
    const words = tellingWords(rows, STATUSES)
    this.#scan = new MarkupScan(words)
    this.#phrases = words.textPhrases
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
   * What is certain of a document, or of the beginning of one: that it is ordinary, or at least that no row about documents is true of
   * it; null where nothing is.
   *
   * @param type - Content-Type
   */
  look(bytes: Buffer, type: string | undefined): 'ordinary' | 'no-row' | null {
    if (!this.#read(bytes, type)) return null
    if (this.#isMore) return 'ordinary'
    if (this.#scan.suspect || this.#mayMatchText()) return null
    return this.#isNoGate(bytes) ? 'ordinary' : 'no-row'
  }

  /**
   * Whether the beginning of a document has more to read, or more links, than any gate, whatever follows.
   *
   * @param type - Content-Type
   */
  isContent(beginning: Buffer, type: string | undefined): boolean {
    return this.#read(beginning.subarray(0, lettersEnd(beginning)), type) && this.#isMore
  }

  /** Goes through a document. @returns false where it has to be decoded first, or holds what a tokenizer may take for markup */
  #read(bytes: Buffer, type: string | undefined): boolean {
    if (bytes.length < 2 || bytes[0] === 0 || bytes[1] === 0) return false
    this.#scan.load(bytes)
    const { isAscii, hasControls } = this.#scan.survey()
    if (hasControls) return false
    const encoding = isAscii ? 'utf-8' : this.#encodingOf(bytes, type)
    if (encoding === null) return false
    this.#isAscii = isAscii
    this.#isMore = this.#scan.run(encoding === 'utf-8', MOST_LETTERS + MARGIN, MOST_LINKS)
    return true
  }

  /** Of bytes beyond ASCII; null where they are neither UTF-8 nor one of those with a byte for each letter. */
  #encodingOf(bytes: Buffer, type: string | undefined): 'utf-8' | 'one-byte' | null {
    const charset = isUtf8(bytes) ? 'utf-8' : this.#charsetOf(bytes, type)
    if (charset === 'utf-8') return SHRINKING.some((letter) => bytes.includes(letter)) ? null : charset
    return ONE_BYTE.has(charset) ? 'one-byte' : null
  }

  #charsetOf(bytes: Buffer, type: string | undefined): string {
    const certain = certainCharset(bytes, bytes.toString('latin1', 0, PRESCAN_CHARS), type)
    if (certain !== undefined) return certain
    return this.#scan.hasLettersAlone() ? EUROPEAN : guessCharset(bytes.toString('latin1'))
  }

  /** Of a document that was read to its end: whether a row may be true of what a person reads there. */
  #mayMatchText(): boolean {
    const scan = this.#scan
    if (scan.isAnywhere()) return true
    if (scan.letters > SAID_CHARS + MARGIN) return false
    return !scan.hasAllTexts || (scan.says(SET_TEXTS) && this.#phrases.mayBeInBytes(scan.shown()))
  }

  /** Of a document that was read to its end, and that no row is true of. */
  #isNoGate(bytes: Buffer): boolean {
    const scan = this.#scan
    const { letters, links } = scan
    const isTiny = letters <= TINY_CHARS + MARGIN && links <= TINY_LINKS
    let asksUser = false
    if (isTiny || !asksNoAnswer(scan, bytes)) {
      const tags = readPlainTags(scan, bytes)
      if (tags === null || (isTiny && !tags.asksUser && !tags.listed)) return false
      asksUser = tags.asksUser
    }
    if (letters > ROOM_CHARS + MARGIN) return true
    if (!scan.hasAllTexts) return false
    if (!scan.acts || links > ROOM_LINKS || asksUser) return true
    return (this.#isAscii || !scan.hasForeign()) && !scan.says(SET_ROOMS)
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

/** Where the last letter ends that UTF-8 has whole. */
function lettersEnd(bytes: Buffer): number {
  let start = bytes.length - 1
  while (start > bytes.length - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1
  const first = bytes[start] ?? 0
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  return start + length > bytes.length ? start : bytes.length
}
