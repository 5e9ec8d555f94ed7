// Looks for any of many words at once. A set keeps the first few groups of four bytes of each word; of a document only every
// `stride`th group is looked up, where `stride` is such that no word can lie between two of them. Upper and lower case are the same:
// the sixth bit of a byte does not count, so that it may find what differs in nothing else (`@` for a backtick), and misses nothing.

import {
  INPUT,
  LETTERS,
  LETTERS_END,
  MAX_RECORDS,
  MAX_WORDS,
  RECORDS,
  SETS,
  SET_SIZE,
  WORDS,
} from './layout'

/** A bit for each hash, then the first record of each group of eight of them. */
const HEADS: usize = 0x1000
const GROUP: i32 = 4
const LOWER: u32 = 0x20202020
const LOWER_16: i8 = 0x20

// A record: the four bytes, the next record of the same group of hashes, the word, and how far into it they stand.
const RECORD: usize = 12
// A word: where its letters are, and how many.
const WORD: usize = 8

let records: i32 = 1
let words: i32 = 0
let lettersEnd: usize = LETTERS

/** How far apart the groups are that are looked up, for each set. */
const strides = memory.data<i32>([1, 1, 1, 1, 1, 1])

/** @param stride - less than the shortest word of the set has letters beyond three */
export function openSet(set: i32, stride: i32): void {
  store<i32>(strides + (<usize>set << 2), stride)
}

@inline
function strideOf(set: i32): i32 {
  return load<i32>(strides + (<usize>set << 2))
}

/** Adds the word at the beginning of the input to a set. @returns whether there was room */
export function addWord(set: i32, length: i32): bool {
  const stride = strideOf(set)
  if (words == MAX_WORDS || records + stride > MAX_RECORDS || lettersEnd + length > LETTERS_END) return false
  memory.copy(lettersEnd, INPUT, length)
  const word = WORDS + <usize>words * WORD
  store<u32>(word, <u32>lettersEnd)
  store<u16>(word, <u16>length, 4)
  for (let offset: i32 = 0; offset < stride; offset++) addRecord(set, load<u32>(lettersEnd + offset) | LOWER, offset)
  words += 1
  lettersEnd += length
  return true
}

function addRecord(set: i32, group: u32, offset: i32): void {
  const base = SETS + <usize>set * SET_SIZE
  const hash = hashOf(group)
  const bits = base + (hash >> 3)
  store<u8>(bits, load<u8>(bits) | (<u8>1 << <u8>(hash & 7)))
  const head = headOf(base, hash)
  const record = RECORDS + <usize>records * RECORD
  store<u32>(record, group)
  store<u16>(record, load<u16>(head), 4)
  store<u16>(record, <u16>words, 6)
  store<u16>(record, <u16>offset, 8)
  store<u16>(head, <u16>records)
  records += 1
}

@inline
function hashOf(group: u32): u32 {
  return (group * 0x9e3779b1) >> 17
}

@inline
function headOf(base: usize, hash: u32): usize {
  return base + HEADS + ((hash >> 2) << 1)
}

@inline
function isKnown(base: usize, hash: u32): bool {
  return ((load<u8>(base + (hash >> 3)) >> (hash & 7)) & 1) != 0
}

/** Whether a word of a set is there, whole, from one offset to before another. */
export function isIn(set: i32, from: i32, to: i32): bool {
  const stride = strideOf(set)
  const base = SETS + <usize>set * SET_SIZE
  for (let at = from; at + GROUP <= to; at += stride) {
    const group = load<u32>(INPUT + at) | LOWER
    const hash = hashOf(group)
    if (isKnown(base, hash) && match(base, hash, group, at, from, to)) return true
  }
  return false
}

function match(base: usize, hash: u32, group: u32, at: i32, from: i32, to: i32): bool {
  for (let index = load<u16>(headOf(base, hash)); index != 0; ) {
    const record = RECORDS + <usize>index * RECORD
    index = load<u16>(record, 4)
    if (load<u32>(record) != group) continue
    const word = WORDS + <usize>load<u16>(record, 6) * WORD
    const start = at - load<u16>(record, 8)
    const end = start + load<u16>(word, 4)
    if (start >= from && end <= to && isSame(load<u32>(word), INPUT + start, end - start)) return true
  }
  return false
}

function isSame(word: usize, text: usize, length: i32): bool {
  for (let at: i32 = 0; at < length; at++) {
    if ((load<u8>(word + at) | LOWER_16) != (load<u8>(text + at) | LOWER_16)) return false
  }
  return true
}
