// Classes of bytes, and how to get from one place of a document to the next. Offsets count from the document's first byte.

import { CLASSES, INPUT, ONE_BYTE_TEXT, UTF8_TEXT } from './layout'

export const LT: u8 = 0x3c
export const GT: u8 = 0x3e
export const SLASH: u8 = 0x2f
export const AMP: u8 = 0x26
export const HASH: u8 = 0x23
export const SEMICOLON: u8 = 0x3b
export const EQUALS: u8 = 0x3d
export const DOUBLE: u8 = 0x22
export const SINGLE: u8 = 0x27
export const DASH: u8 = 0x2d
export const BANG: u8 = 0x21
export const QUESTION: u8 = 0x3f

export const IS_SPACE: u8 = 1
export const ENDS_NAME: u8 = 2
export const ENDS_ATTRIBUTE_NAME: u8 = 4
export const IS_ALPHANUMERIC: u8 = 8

/** Of a byte of a text: how much it counts at least, in bytes of lower-case UTF-8 (two bits), whether it is a gap, a letter, a stop. */
export const WEIGHT: u8 = 3
export const GAP_SHIFT: u8 = 2
export const COUNTED_SHIFT: u8 = 3
export const STOPS: u8 = 128

const BLOCK: i32 = 16

export function fillTables(): void {
  for (let byte: i32 = 0; byte < 256; byte++) {
    store<u8>(CLASSES + byte, classOf(<u8>byte))
    store<u8>(UTF8_TEXT + byte, textOf(<u8>byte, utf8Weight(<u8>byte)))
    store<u8>(ONE_BYTE_TEXT + byte, textOf(<u8>byte, byte > 0xa0 ? 1 : 0))
  }
}

function classOf(byte: u8): u8 {
  if (byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0c || byte == 0x0d)
    return IS_SPACE | ENDS_NAME | ENDS_ATTRIBUTE_NAME
  if (byte == GT || byte == SLASH) return ENDS_NAME | ENDS_ATTRIBUTE_NAME
  if (byte == EQUALS) return ENDS_ATTRIBUTE_NAME
  return isLetter(byte) || (byte >= 0x30 && byte <= 0x39) ? IS_ALPHANUMERIC : 0
}

function utf8Weight(byte: u8): u8 {
  if (byte < 0xc3 || byte == 0xcc || byte == 0xef || byte > 0xf4) return 0
  if (byte == 0xd0 || byte == 0xd1) return 2
  return byte >= 0xe3 && byte <= 0xe9 ? 3 : 1
}

function textOf(byte: u8, highWeight: u8): u8 {
  if (byte == LT || byte == AMP) return STOPS
  if (byte == 0x20) return 1 << GAP_SHIFT
  const weight: u8 = byte < 0x21 || byte == 0x7f ? 0 : byte < 0x7f ? 1 : highWeight
  return weight == 0 ? 0 : weight | (1 << COUNTED_SHIFT)
}

@inline
export function byteAt(at: i32): u8 {
  return load<u8>(INPUT + at)
}

@inline
export function is(at: i32, mask: u8): bool {
  return (load<u8>(CLASSES + byteAt(at)) & mask) != 0
}

@inline
export function isLetter(byte: u8): bool {
  return <u8>((byte | 0x20) - 0x61) < 26
}

/** Whether a byte is a letter, given in lower case, in either case. */
@inline
export function isLetterAt(at: i32, letter: u8): bool {
  return (byteAt(at) | 0x20) == letter
}

@inline
export function isWordPart(at: i32): bool {
  const byte = byteAt(at)
  return byte >= 0x80 || isLetter(byte)
}

/** The first byte of a class, or the end. */
export function until(mask: u8, from: i32, end: i32): i32 {
  let at = from
  while (at < end && !is(at, mask)) at += 1
  return at
}

/** The first byte that is no white space, or the end. */
@inline
export function spaces(from: i32, end: i32): i32 {
  let at = from
  while (at < end && is(at, IS_SPACE)) at += 1
  return at
}

/** The first of a byte, or the end. */
export function find(byte: u8, from: i32, end: i32): i32 {
  return findEither(byte, byte, from, end)
}

/** The first of two bytes, or the end. */
export function findEither(one: u8, other: u8, from: i32, end: i32): i32 {
  const ones = i8x16.splat(<i8>one)
  const others = i8x16.splat(<i8>other)
  let at = from
  for (; at < end; at += BLOCK) {
    const block = v128.load(INPUT + at)
    const met = i8x16.bitmask(v128.or(i8x16.eq(block, ones), i8x16.eq(block, others)))
    if (met != 0) return min(at + ctz(met), end)
  }
  return end
}

export const HAS_HIGH: i32 = 1
export const HAS_CONTROLS: i32 = 2

/** Whether there are bytes beyond ASCII, and controls that the tokenizer takes for markup in some places (`0x1c`, `0x0f`). */
export function survey(length: i32): i32 {
  const first = i8x16.splat(0x1c)
  const second = i8x16.splat(0x0f)
  let high = i8x16.splat(0)
  let controls = i8x16.splat(0)
  for (let at: i32 = 0; at < length; at += BLOCK) {
    const block = v128.load(INPUT + at)
    high = v128.or(high, block)
    controls = v128.or(controls, v128.or(i8x16.eq(block, first), i8x16.eq(block, second)))
  }
  return (i8x16.bitmask(high) != 0 ? HAS_HIGH : 0) | (v128.any_true(controls) ? HAS_CONTROLS : 0)
}

/** Whether of the bytes beyond ASCII more than half have none beside them. */
export function lettersAlone(length: i32): bool {
  let all: i32 = 0
  let alone: i32 = 0
  for (let at: i32 = 0; at < length; at += BLOCK) {
    for (let high = i8x16.bitmask(v128.load(INPUT + at)); high != 0; high &= high - 1) {
      const byte = at + ctz(high)
      all += 1
      if (byteAt(byte - 1) < 0x80 && byteAt(byte + 1) < 0x80) alone += 1
    }
  }
  return 2 * alone > all
}
