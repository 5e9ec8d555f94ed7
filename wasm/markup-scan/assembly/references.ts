// Character references. See the HTML standard, section 13.2.5.72 and the following.

import { AMP, byteAt, HASH, IS_ALPHANUMERIC, is, SEMICOLON } from './bytes'
import { INPUT, NAMES } from './layout'

const LONGEST_NAME: i32 = 32
const MOST_DIGITS: i32 = 7

/**
 * Whether an `&` begins a character reference that cannot spell a part of a telling word, or none at all: such words may be looked for
 * in what was written then.
 */
export function isPlainReference(at: i32, length: i32): bool {
  if (byteAt(at + 1) == HASH) return isPlainNumber(at + 2, length)
  const end = nameEnd(at + 1, length)
  return byteAt(end) != SEMICOLON || !isTellingName(at + 1, end)
}

/** Behind the last sign that may belong to a reference. */
export function referenceEnd(at: i32, length: i32): i32 {
  const end = nameEnd(byteAt(at + 1) == HASH ? at + 2 : at + 1, length)
  return byteAt(end) == SEMICOLON ? end + 1 : end
}

/** Whether an `&` begins a part of an address that a row asks for: `t=bv`. */
export function isBanned(at: i32): bool {
  const from = isText(at + 1, 0x3b706d61) ? at + 5 : at + 1 // amp;
  return isText(from, 0x76623d74) // t=bv
}

@inline
function isText(at: i32, fourBytes: u32): bool {
  return (load<u32>(INPUT + at) | 0x20202020) == (fourBytes | 0x20202020)
}

function isPlainNumber(start: i32, length: i32): bool {
  const isHex = (byteAt(start) | 0x20) == 0x78
  const from = isHex ? start + 1 : start
  const end = nameEnd(from, length)
  if (end - from > MOST_DIGITS) return false
  let value: i32 = 0
  let at = from
  for (; at < end; at++) {
    const digit = digitOf(byteAt(at))
    if (digit >= (isHex ? 16 : 10)) break
    value = value * (isHex ? 16 : 10) + digit
  }
  return at == from || value > 0x7f || isPlainCode(value)
}

function digitOf(byte: u8): i32 {
  return byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10
}

/** Signs of ASCII that no telling word has in it: white space, quotes, angle brackets. */
function isPlainCode(code: i32): bool {
  switch (code) {
    case 9:
    case 10:
    case 12:
    case 13:
    case 32:
    case 34:
    case 39:
    case 60:
    case 62:
      return true
    default:
      return false
  }
}

function isTellingName(start: i32, end: i32): bool {
  let at = NAMES
  for (let length: i32 = load<u8>(at); length != 0; length = load<u8>(at)) {
    if (length == end - start && isName(start, at + 1, length)) return true
    at += length + 1
  }
  return false
}

function isName(start: i32, name: usize, length: i32): bool {
  for (let at: i32 = 0; at < length; at++) {
    if ((byteAt(start + at) | 0x20) != load<u8>(name + at)) return false
  }
  return true
}

function nameEnd(start: i32, length: i32): i32 {
  let at = start
  while (at < length && at - start < LONGEST_NAME && is(at, IS_ALPHANUMERIC)) at += 1
  return at
}
