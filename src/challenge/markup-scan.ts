import { ELEMENTS } from './element-kinds.ts'
import { MARKUP_SCAN } from './markup-scan-module.ts'
import type { PhraseSet } from './phrase-set.ts'
import { SET_ANYWHERE, SET_ROOMS, SET_SCRIPTS, SET_TAGS, SET_TEXTS, SET_TITLES } from './scan-constants.ts'
import { TELLING_NAMES } from './telling-names.ts'
import type { TellingWords } from './telling-words.ts'

/** What `wasm/markup-scan` exports. Addresses, sizes and offsets are bytes. */
interface ScanModule {
  readonly memory: WebAssembly.Memory
  readonly FOUND: WebAssembly.Global
  readonly INPUT: WebAssembly.Global
  readonly MAX_INPUT: WebAssembly.Global
  readonly TAGS: WebAssembly.Global
  readonly MAX_TAGS: WebAssembly.Global
  readonly TEXTS: WebAssembly.Global
  readonly MAX_TEXTS: WebAssembly.Global
  start(): void
  openSet(set: number, stride: number): void
  addWord(set: number, size: number): number
  addName(size: number): number
  addElement(size: number, kind: number): void
  survey(size: number): number
  lettersAlone(size: number): number
  scan(size: number, isUtf8: boolean, enoughLetters: number, enoughLinks: number): number
  isAnywhere(): number
  says(set: number): number
  hasForeign(): number
}

/** How many letters of a word are looked up at a time. */
const GROUP = 4
const HAS_HIGH = 1
const HAS_CONTROLS = 2
/** So much beside a document is nothing, since it is read as well. */
const PADDING = 32
const NO_BYTES = Buffer.alloc(0)

let compiled: WebAssembly.Module | undefined

/**
 * One pass over the bytes of a document, with the rules of the tokenizer that `readHtml` has: where its texts, tags and scripts
 * are, a lower bound of what there is to read, and whether a telling word is in its place. It makes no strings. The pass is
 * compiled from `wasm/markup-scan`; an instance holds 320 KiB.
 */
export class MarkupScan {
  /** Begin and end of each `input`, `textarea` and `link`; a begin below zero is that of one inside noscript. */
  readonly tags: Int32Array
  readonly #module: ScanModule
  readonly #input: Uint8Array
  readonly #found: Int32Array
  /** Begin and end of each text, shown with or without scripts, and of each title. */
  readonly #texts: Int32Array
  readonly #titles: PhraseSet
  #bytes: Buffer = NO_BYTES
  #isUtf8 = true

  /** Whether this process can run it: it cannot where WebAssembly is switched off, or has no SIMD. */
  static get isSupported(): boolean {
    return typeof WebAssembly === 'object' && WebAssembly.validate(moduleBytes())
  }

  /** @throws RangeError where a word is too short, or there are too many */
  constructor(words: TellingWords) {
    this.#titles = words.titlePhrases
    const isTitleTelling = (start: number, end: number) => this.#isTitleTelling(start, end)
    compiled ??= new WebAssembly.Module(moduleBytes())
    const instance = new WebAssembly.Instance(compiled, { scan: { isTitleTelling } })
    const scan = instance.exports as unknown as ScanModule
    this.#module = scan
    scan.start()
    const { buffer } = scan.memory
    this.#input = new Uint8Array(buffer, scan.INPUT.value, scan.MAX_INPUT.value + PADDING)
    this.#found = new Int32Array(buffer, scan.FOUND.value, 7)
    this.tags = new Int32Array(buffer, scan.TAGS.value, 2 * scan.MAX_TAGS.value)
    this.#texts = new Int32Array(buffer, scan.TEXTS.value, 2 * scan.MAX_TEXTS.value)
    for (const [name, kind] of ELEMENTS) scan.addElement(this.#write(name), kind)
    for (const name of TELLING_NAMES) must(scan.addName(this.#write(name)))
    this.#addSet(SET_TAGS, words.tags)
    this.#addSet(SET_SCRIPTS, words.scripts)
    this.#addSet(SET_TITLES, words.titles)
    this.#addSet(SET_TEXTS, words.texts)
    this.#addSet(SET_ROOMS, words.rooms)
    this.#addSet(SET_ANYWHERE, words.anywhere)
  }

  /** A lower bound of the letters to read. */
  get letters(): number {
    return this.#found[0] as number
  }

  get links(): number {
    return this.#found[1] as number
  }

  /** Whether anything is there that can act, or ask. */
  get acts(): boolean {
    return this.#found[2] !== 0
  }

  /** A telling word was found, or markup that is not read with certainty: the document has to be looked at in full. */
  get suspect(): boolean {
    return this.#found[3] !== 0
  }

  /** Where the pass ended, in bytes: less than all of it where `enough` was reached. */
  get looked(): number {
    return this.#found[4] as number
  }

  /** Whether there was room for all texts: else the document has more to say than a gate. */
  get hasAllTexts(): boolean {
    return 2 * (this.#found[5] as number) < this.#texts.length
  }

  /** How many numbers of `tags` are of this document. */
  get tagEnds(): number {
    return 2 * (this.#found[6] as number)
  }

  /** Takes a document, or the beginning of one: what does not fit is cut off. Nothing else works before that. */
  load(bytes: Buffer): void {
    this.#bytes = bytes.subarray(0, this.#input.length - PADDING)
    const { length } = this.#bytes
    this.#input.set(this.#bytes)
    this.#input.fill(0, length, length + PADDING)
  }

  /** Whether the document has bytes beyond ASCII, and controls that a tokenizer takes for markup in some places. */
  survey(): { readonly isAscii: boolean; readonly hasControls: boolean } {
    const seen = this.#module.survey(this.#bytes.length)
    return { isAscii: (seen & HAS_HIGH) === 0, hasControls: (seen & HAS_CONTROLS) !== 0 }
  }

  /** Whether of the bytes beyond ASCII more than half have none beside them. */
  hasLettersAlone(): boolean {
    return this.#module.lettersAlone(this.#bytes.length) !== 0
  }

  /**
   * Reads the document until its end, until something is suspect, or until there are more letters or links than wanted.
   *
   * @param isUtf8 - else every byte beyond ASCII is a letter or a sign of its own
   * @returns whether there are more
   */
  run(isUtf8: boolean, enoughLetters: number, enoughLinks: number): boolean {
    this.#isUtf8 = isUtf8
    return this.#module.scan(this.#bytes.length, isUtf8, enoughLetters, enoughLinks) !== 0
  }

  /** After a scan to the end: whether a word is there that decides wherever it stands. */
  isAnywhere(): boolean {
    return this.#module.isAnywhere() !== 0
  }

  /** After a scan to the end: whether a text has one of the words of texts, or of waiting rooms, in it. */
  says(set: typeof SET_TEXTS | typeof SET_ROOMS): boolean {
    return this.#module.says(set) !== 0
  }

  /** After a scan to the end: the texts that were kept, as they are written, in lower case, with a char for each byte. */
  shown(): string {
    let shown = ''
    for (let at = 0; at < 2 * (this.#found[5] as number); at += 2)
      shown += `${this.#bytes.toString('latin1', this.#texts[at], this.#texts[at + 1])} `
    return shown.toLowerCase()
  }

  /** After a scan to the end: whether there are letters of scripts, and old charsets, that words of waiting rooms are not known in. */
  hasForeign(): boolean {
    return this.#module.hasForeign() !== 0
  }

  /** Of a title with a telling word in it, or with letters beyond ASCII. */
  #isTitleTelling(start: number, end: number): boolean {
    const title = this.#bytes.toString(this.#isUtf8 ? 'utf8' : 'latin1', start, end).toLowerCase()
    return this.#isUtf8 ? this.#titles.mayBeIn(title) : this.#titles.mayBeInBytes(title)
  }

  #addSet(set: number, words: readonly string[]): void {
    const shortest = Math.min(...words.map((word) => Buffer.byteLength(word)))
    if (shortest < GROUP) throw new RangeError('a telling word is too short')
    // Two groups that are looked up have to be so close that no word lies between them.
    this.#module.openSet(set, shortest - GROUP + 1)
    for (const word of words) must(this.#module.addWord(set, this.#write(word)))
  }

  /** Puts a text where the module takes it from. @returns its size */
  #write(text: string): number {
    const bytes = Buffer.from(text)
    this.#input.set(bytes)
    return bytes.length
  }
}

function must(done: number): void {
  if (done === 0) throw new RangeError('there are more telling words than there is room for')
}

function moduleBytes(): Buffer<ArrayBuffer> {
  return Buffer.from(MARKUP_SCAN, 'base64')
}
