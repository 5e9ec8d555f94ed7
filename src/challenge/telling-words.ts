import { PhraseSet } from './phrase-set.ts'
import type { Signal } from './signal.ts'
import { ROOM_WORDS } from './waiting-room.ts'

/**
 * What a document has to hold, by place, where a row of the table or an observation of its build can be true of it. Words are in lower
 * case, of four bytes or more each in UTF-8.
 */
export interface TellingWords {
  /** In a tag or a comment. */
  readonly tags: readonly string[]
  readonly scripts: readonly string[]
  readonly titles: readonly string[]
  /** The phrases that the words of titles are of. */
  readonly titlePhrases: PhraseSet
  /** In what a person reads of a short document, with and without scripts. */
  readonly texts: readonly string[]
  /** The phrases that the words of texts are of. */
  readonly textPhrases: PhraseSet
  /** In the title or the text of a waiting room. */
  readonly rooms: readonly string[]
  /** Anywhere, whatever the length. */
  readonly anywhere: readonly string[]
}

/** Puzzles are recognised by more than rows: by the name of a frame, a field or a picture. */
const PUZZLE = 'captcha'
/** A box that nobody sees is made and started by these. */
const UNSEEN_BOX = 'captcha.render'
/** Shorter ones are looked for in a way of their own, see `MarkupScan`. */
const SHORTEST = 4
const OWN_WAY: ReadonlySet<string> = new Set(['#wci', '&t=bv'])

/**
 * The needles that rows about documents can not be true without, for responses with one of some statuses. A text may be parted by tags
 * and white space and have references in it, so that its words are looked for: first the longest of each, then all of them.
 */
export function tellingWords(rows: readonly Signal[], statuses: readonly number[]): TellingWords {
  const counted = rows.filter(({ status }) => status?.some((code) => statuses.includes(code)) ?? true)
  const of = (...places: readonly Signal['in'][]) =>
    counted
      .filter((row) => places.includes(row.in))
      .flatMap((row) => [row.has ?? []].flat().map((has) => ({ has, place: row.in, when: row.when })))
  const titles = of('title')
  const texts = of('text', 'noscript')
  return {
    tags: distinct([PUZZLE, ...of('resource', 'element', 'comment').flatMap(markOf)]),
    scripts: distinct([UNSEEN_BOX, ...of('inline').map(({ has }) => has)]),
    titles: distinct(titles.map(({ has }) => longestWord(has))),
    titlePhrases: new PhraseSet(titles.map(({ has }) => has)),
    texts: distinct(texts.map(({ has }) => longestWord(has))),
    textPhrases: new PhraseSet(texts.map(({ has }) => has)),
    rooms: distinct(ROOM_WORDS),
    anywhere: distinct(
      texts.filter(({ when }) => when === undefined || when === 'any').map(({ has }) => longestWord(has)),
    ),
  }
}

/** What holds another word is found by it. */
function distinct(words: readonly string[]): readonly string[] {
  const unique = [...new Set(words)]
  return unique.filter((word) => !unique.some((other) => other !== word && word.includes(other)))
}

/** A part of an address that no reference stands for, or the name of an element without its sign. */
function markOf({ has, place }: { readonly has: string; readonly place: Signal['in'] }): readonly string[] {
  if (OWN_WAY.has(has)) return []
  return [place === 'element' ? has.replace(/^[#.]|^\[(.*)\]$/, '$1') : longest(has.split(/[\s&<>"']+/))]
}

function longestWord(phrase: string): string {
  return longest(phrase.split(/[^\p{L}]+/u))
}

/** @throws RangeError when none is long enough to be looked for */
function longest(parts: readonly string[]): string {
  const best = parts.reduce((a, b) => (b.length > a.length ? b : a), '')
  if (Buffer.byteLength(best) < SHORTEST) throw new RangeError('a row has no needle that is long enough')
  return best
}
