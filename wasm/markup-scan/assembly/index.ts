/*
 * One pass over the bytes of a document, with the rules of the tokenizer that `readHtml` of the classifier has: where its texts, tags and
 * scripts are, a lower bound of what there is to read, and whether a telling word is in its place.
 */

import {
  AMP,
  BANG,
  byteAt,
  COUNTED_SHIFT,
  DASH,
  DOUBLE,
  ENDS_ATTRIBUTE_NAME,
  ENDS_NAME,
  EQUALS,
  fillTables,
  find,
  findEither,
  GAP_SHIFT,
  GT,
  is,
  IS_SPACE,
  isLetter,
  isLetterAt,
  isWordPart,
  LT,
  QUESTION,
  SINGLE,
  SLASH,
  spaces,
  STOPS,
  until,
  WEIGHT,
} from './bytes'
import { kindOf } from './elements'
import {
  FOUND,
  INPUT,
  MAX_TAGS,
  MAX_TEXTS,
  NAMES,
  NAMES_END,
  ONE_BYTE_TEXT,
  TAGS,
  TEXTS,
  UTF8_TEXT,
} from './layout'
import { isBanned, isPlainReference, referenceEnd } from './references'
import { isIn } from './words'
import * as known from '../../../src/challenge/scan-constants'

export { lettersAlone, survey } from './bytes'
export { addElement } from './elements'
export { addWord, openSet } from './words'
export { FOUND, INPUT, MAX_INPUT, MAX_TAGS, MAX_TEXTS, TAGS, TEXTS } from './layout'

/** Whether a title, which has a telling word or letters beyond ASCII in it, may be that of a challenge. */
@external('scan', 'isTitleTelling')
declare function isTitleTelling(start: i32, end: i32): bool

fillTables()

// --- what a scan finds ----------------------------------------------------------------------------------------------------

/** A lower bound of the letters to read. */
let letters: i32 = 0
let links: i32 = 0
/** Whether anything is there that can act, or ask. */
let acts: bool = false
/** A telling word was found, or markup that is not read with certainty: the document has to be looked at in full. */
let suspect: bool = false
/** Where the pass ended: less than all of it where `enough` was reached. */
let looked: i32 = 0
/** How many texts were kept. */
let texts: i32 = 0
/** How many tags were kept: each begins below zero where it is inside noscript. */
let tags: i32 = 0

// --- where it is ------------------------------------------------------------------------------------------------------------

let length: i32 = 0
let textTable: usize = UTF8_TEXT
let noscripts: i32 = 0
/** What comes up to the next tag is not shown. */
let hidden: bool = false
let wasCounted: i32 = 0
/** A comment may have parted a word, up to here. */
let joinedAt: i32 = -1

// --- the words --------------------------------------------------------------------------------------------------------------

let namesEnd: usize = NAMES

/** Adds the name at the beginning of the input to those of telling references. @returns whether there was room */
export function addName(size: i32): bool {
  if (namesEnd + size + 2 > NAMES_END) return false
  store<u8>(namesEnd, <u8>size)
  memory.copy(namesEnd + 1, INPUT, size)
  namesEnd += size + 1
  return true
}

// --- questions after a scan ---------------------------------------------------------------------------------------------------

/** Whether a word is there that decides wherever it stands. */
export function isAnywhere(): bool {
  return isIn(known.SET_ANYWHERE, 0, length)
}

/** Whether one of the texts has a word of a set in it. */
export function says(set: i32): bool {
  for (let at: i32 = 0; at < texts; at++) {
    // With what stands before a word.
    if (isIn(set, max(0, startOf(at) - 1), endOf(at))) return true
  }
  return false
}

/** Whether there are letters that words of waiting rooms are not known in as they are written: other scripts, and old charsets. */
export function hasForeign(): bool {
  const isUtf8 = textTable == UTF8_TEXT
  for (let text: i32 = 0; text < texts; text++) {
    for (let at = startOf(text), end = endOf(text); at < end; at++) {
      const byte = byteAt(at)
      if (byte > 0x7f && (!isUtf8 || (byte > 0xc5 && byte != 0xe2))) return true
    }
  }
  return false
}

@inline
function startOf(text: i32): i32 {
  return load<i32>(TEXTS + (text << 3))
}

@inline
function endOf(text: i32): i32 {
  return load<i32>(TEXTS + (text << 3), 4)
}

// --- the pass -----------------------------------------------------------------------------------------------------------------

/**
 * Reads a document until its end, until something is suspect, or until there are more letters or links than wanted.
 *
 * @param isUtf8 - else every byte beyond ASCII is a letter or a sign of its own
 * @returns whether there are more
 */
export function scan(size: i32, isUtf8: bool, enoughLetters: i32, enoughLinks: i32): bool {
  length = size
  textTable = isUtf8 ? UTF8_TEXT : ONE_BYTE_TEXT
  letters = 0
  links = 0
  acts = false
  suspect = false
  texts = 0
  tags = 0
  noscripts = 0
  hidden = false
  wasCounted = 0
  joinedAt = -1
  const isEnough = read(enoughLetters, enoughLinks)
  tell()
  return isEnough
}

function read(enoughLetters: i32, enoughLinks: i32): bool {
  let at: i32 = 0
  while (at < length && !suspect) {
    at = readText(at)
    if (letters > enoughLetters || links > enoughLinks) {
      looked = at
      return true
    }
    if (at < length) at = readMarkup(at)
  }
  looked = min(at, length)
  return !suspect && (letters > enoughLetters || links > enoughLinks)
}

/** Writes down what was found, in the order in which `MarkupScan` reads it. */
function tell(): void {
  store<i32>(FOUND, letters)
  store<i32>(FOUND, links, 4)
  store<i32>(FOUND, acts ? 1 : 0, 8)
  store<i32>(FOUND, suspect ? 1 : 0, 12)
  store<i32>(FOUND, looked, 16)
  store<i32>(FOUND, texts, 20)
  store<i32>(FOUND, tags, 24)
}

/** From the beginning of a text to the next `<` of markup. */
function readText(start: i32): i32 {
  let at = start
  for (;;) {
    at = count(at)
    if (at >= length) break
    if (byteAt(at) == LT) {
      if (isMarkup(byteAt(at + 1))) break
      at += 1
    } else if (isPlainReference(at, length)) at = referenceEnd(at, length)
    else {
      suspect = true
      return at
    }
  }
  if (at != start && !hidden) keepText(start, at)
  return at
}

/** Whether what follows a `<` makes markup of it, and not a sign of the text. */
@inline
function isMarkup(byte: u8): bool {
  return isLetter(byte) || byte == SLASH || byte == BANG || byte == QUESTION
}

/** Counts the letters from within a text to the next `<` or `&`. */
function count(start: i32): i32 {
  let at = start
  let sum: i32 = 0
  let was = wasCounted
  let stopped = false
  for (; at + 16 <= length; at += 16) {
    const block = v128.load(INPUT + at)
    const stops = i8x16.bitmask(
      v128.or(i8x16.eq(block, i8x16.splat(<i8>LT)), i8x16.eq(block, i8x16.splat(<i8>AMP))),
    )
    const size: i32 = stops == 0 ? 16 : ctz(stops)
    const mask = (1 << size) - 1
    // Bytes beyond ASCII are below zero, and weigh by a table.
    if ((i8x16.bitmask(block) & mask) != 0) break
    const gaps = i8x16.bitmask(i8x16.eq(block, i8x16.splat(0x20))) & mask
    const shown =
      i8x16.bitmask(
        v128.andnot(i8x16.gt_s(block, i8x16.splat(0x20)), i8x16.eq(block, i8x16.splat(0x7f))),
      ) & mask
    sum += popcnt(shown) + popcnt(gaps & ((shown << 1) | was))
    if (size > 0) was = (shown >> (size - 1)) & 1
    if (stops != 0) {
      at += size
      stopped = true
      break
    }
  }
  if (!stopped) {
    for (; at < length; at++) {
      const kind = load<u8>(textTable + byteAt(at))
      if (kind >= STOPS) break
      sum += (kind & WEIGHT) + ((kind >> GAP_SHIFT) & was)
      was = kind >> COUNTED_SHIFT
    }
  }
  if (!hidden && noscripts == 0) {
    letters += sum
    wasCounted = was
  }
  return at
}

function keepText(start: i32, end: i32): void {
  if (texts == MAX_TEXTS) return
  store<i32>(TEXTS + (texts << 3), start)
  store<i32>(TEXTS + (texts << 3), end, 4)
  texts += 1
}

/** From a `<` that begins markup to where text begins again. */
function readMarkup(start: i32): i32 {
  const next = byteAt(start + 1)
  if (next == BANG || next == QUESTION) return readComment(start)
  if (next != SLASH) return readTag(start)
  const end = min(find(GT, start + 2, length) + 1, length)
  if (!isLetter(byteAt(start + 2))) joins(start, end)
  else {
    hidden = false
    if (noscripts > 0 && kindOf(start + 2, until(ENDS_NAME, start + 2, length)) == known.IS_NOSCRIPT)
      noscripts -= 1
  }
  return end
}

function readComment(start: i32): i32 {
  let end: i32
  if (byteAt(start + 1) == BANG && byteAt(start + 2) == DASH && byteAt(start + 3) == DASH) {
    const from = start + 4
    end = length
    for (let at = find(DASH, from, length); at < length; at = find(DASH, at + 1, length)) {
      if (byteAt(at + 1) != DASH) continue
      const last = byteAt(at + 2)
      if (last == BANG) suspect = true
      if (last != GT) continue
      end = at + 3
      break
    }
    if (byteAt(from) == GT || (byteAt(from) == DASH && byteAt(from + 1) == GT)) suspect = true
  } else end = min(find(GT, start + 2, length) + 1, length)
  if (isIn(known.SET_TAGS, start, end)) suspect = true
  joins(start, end)
  return end
}

/** What leaves no gap where it stands can part a word that is read as one. */
function joins(start: i32, end: i32): void {
  if (!isWordPart(start - 1) && joinedAt != start) return
  joinedAt = end
  if (isWordPart(end)) suspect = true
}

function readTag(start: i32): i32 {
  const nameEnd = until(ENDS_NAME, start + 1, length)
  const closed = tagEnd(nameEnd)
  const end = closed < 0 ? length : closed
  if (isIn(known.SET_TAGS, start, end)) suspect = true
  // What does not end was cut: it is no tag yet.
  if (suspect || closed < 0) return end
  hidden = false
  const kind = kindOf(start + 1, nameEnd)
  if (kind == 0) return end
  open(kind, start, end)
  if ((kind & known.IS_RAW_TEXT) == 0) return end
  const closes = closeOf(start + 1, nameEnd, end)
  if ((kind & known.IS_SCRIPT) != 0) {
    if (isIn(known.SET_SCRIPTS, end, closes)) suspect = true
  } else if ((kind & known.IS_TITLE) != 0) readTitle(end, closes)
  return closes
}

function open(kind: i32, start: i32, end: i32): void {
  if ((kind & known.IS_LINK) != 0) links += 1
  if ((kind & known.IS_HIDDEN) != 0) hidden = true
  if ((kind & known.IS_NOSCRIPT) != 0) noscripts += 1
  if ((kind & known.IS_BODY) != 0) readBody(start, end)
  if ((kind & known.IS_ODD) != 0) suspect = true
  if ((kind & known.ACTS) != 0) acts = true
  if ((kind & known.IS_KEPT) == 0 || tags == MAX_TAGS) return
  store<i32>(TAGS + (tags << 3), noscripts > 0 ? -start : start)
  store<i32>(TAGS + (tags << 3), end, 4)
  tags += 1
}

/** A body can have a script in an attribute. */
function readBody(start: i32, end: i32): void {
  let loads = false
  for (let at = start; at + 6 <= end && !loads; at++)
    loads =
      isLetterAt(at, 0x6f) && // onload
      isLetterAt(at + 1, 0x6e) &&
      isLetterAt(at + 2, 0x6c) &&
      isLetterAt(at + 3, 0x6f) &&
      isLetterAt(at + 4, 0x61) &&
      isLetterAt(at + 5, 0x64)
  if (!loads) return
  acts = true
  if (find(AMP, start, end) < end || isIn(known.SET_SCRIPTS, start, end)) suspect = true
}

function readTitle(start: i32, end: i32): void {
  let isAscii = true
  for (let at = start; at < end; at++) {
    const byte = byteAt(at)
    if (byte == AMP && !isPlainReference(at, length)) suspect = true
    if (byte >= 0x80) isAscii = false
  }
  if ((!isAscii || isIn(known.SET_TITLES, start, end)) && isTitleTelling(start, end)) suspect = true
  keepText(start, end)
}

/** Where the text of an element ends that has nothing else in it: at its name, behind `</`. */
function closeOf(name: i32, nameEnd: i32, from: i32): i32 {
  const size = nameEnd - name
  for (let at = find(LT, from, length); at < length; at = find(LT, at + 1, length)) {
    if (byteAt(at + 1) != SLASH) continue
    const end = at + 2 + size
    if (end < length && !is(end, ENDS_NAME)) continue
    let same: i32 = 0
    while (same < size && isLetterAt(at + 2 + same, byteAt(name + same) | 0x20)) same += 1
    if (same == size) return at
  }
  return length
}

/** Behind the `>` of a tag whose attributes begin here; below zero where there is none. */
function tagEnd(start: i32): i32 {
  let at = start
  while (at < length) {
    const byte = byteAt(at)
    if (byte == GT) return at + 1
    if (byte == SLASH || is(at, IS_SPACE)) {
      at += 1
      continue
    }
    // The first sign of a name may be any.
    const name = at
    at = until(ENDS_ATTRIBUTE_NAME, at + 1, length)
    const isId = at - name == 2 && isLetterAt(name, 0x69) && isLetterAt(name + 1, 0x64)
    at = spaces(at, length)
    if (at >= length || byteAt(at) != EQUALS) continue
    at = spaces(at + 1, length)
    if (at >= length) return -1
    const quote = byteAt(at)
    const isQuoted = quote == DOUBLE || quote == SINGLE
    if (isQuoted) at += 1
    const from = at
    at = isQuoted ? quotedEnd(quote, at) : bareEnd(at)
    // wci: the value of an id that a row asks for.
    if (isId && at - from == 3 && isLetterAt(from, 0x77) && isLetterAt(from + 1, 0x63) && isLetterAt(from + 2, 0x69))
      suspect = true
    if (isQuoted) at += 1
  }
  return -1
}

function quotedEnd(quote: u8, from: i32): i32 {
  let at = findEither(quote, AMP, from, length)
  while (at < length && byteAt(at) != quote) {
    readReference(at)
    at = findEither(quote, AMP, at + 1, length)
  }
  return at
}

function bareEnd(from: i32): i32 {
  let at = from
  for (; at < length; at++) {
    const byte = byteAt(at)
    if (byte == GT || is(at, IS_SPACE)) break
    if (byte == AMP) readReference(at)
  }
  return at
}

/** Of an attribute. */
function readReference(at: i32): void {
  if (!isPlainReference(at, length) || isBanned(at)) suspect = true
}
