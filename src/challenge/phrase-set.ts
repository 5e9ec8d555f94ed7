/** Letters beyond ASCII, each of which is a byte in some charsets, and more in others. Matches "ü"; not "u". */
const BEYOND_ASCII = /[^\0-\x7f]+/g

/**
 * Whether phrases can be in a text whose words may be parted by anything: all words of one of them have to be there, one after the other.
 * It misses no phrase, and few texts have all words of one that they do not hold.
 */
export class PhraseSet {
  readonly #phrases: readonly (readonly string[])[]
  readonly #inBytes: readonly (readonly (string | RegExp)[])[]

  /** @param phrases - lower case */
  constructor(phrases: readonly string[]) {
    this.#phrases = [...new Set(phrases)].map(wordsOf)
    this.#inBytes = this.#phrases.map((words) => words.map(inBytes))
  }

  /** @param text - lower case */
  mayBeIn(text: string): boolean {
    return this.#phrases.some((words) => follow(words, text))
  }

  /**
   * The same where the charset is not known, or not read: any byte beyond ASCII may be of any letter.
   *
   * @param bytes - lower case, one char for each byte
   */
  mayBeInBytes(bytes: string): boolean {
    return this.#inBytes.some((words) => follow(words, bytes))
  }
}

function follow(words: readonly (string | RegExp)[], text: string): boolean {
  let at = 0
  for (const word of words) {
    const found = typeof word === 'string' ? text.indexOf(word, at) : foundAt(word, text, at)
    if (found < 0) return false
    at = found + 1
  }
  return true
}

function foundAt(word: RegExp, text: string, from: number): number {
  word.lastIndex = from
  return word.exec(text)?.index ?? -1
}

function wordsOf(phrase: string): readonly string[] {
  return phrase.split(/[^\p{L}]+/u).filter((word) => word !== '')
}

function inBytes(word: string): string | RegExp {
  const pattern = word.replace(BEYOND_ASCII, ({ length }) => `[\\x80-\\xff]{${length},}`)
  return pattern === word ? word : new RegExp(pattern, 'g')
}
