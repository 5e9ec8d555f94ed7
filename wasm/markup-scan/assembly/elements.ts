// The elements that the scan has to tell from the others, by name.

import { ELEMENTS, INPUT } from './layout'

// An element: the first eight letters of its name, its length, its last letter, and what is known of it.
const ELEMENT: usize = 16
const LOWER: u64 = 0x2020202020202020
const SLOTS: u32 = 255

/** Adds the element whose name, of nine letters at most, is at the beginning of the input. */
export function addElement(length: i32, kind: i32): void {
  const name = INPUT
  const key = keyOf(name, length)
  let slot = slotOf(key)
  while (load<u64>(ELEMENTS + <usize>slot * ELEMENT) != 0) slot = (slot + 1) & SLOTS
  const element = ELEMENTS + <usize>slot * ELEMENT
  store<u64>(element, key)
  store<u8>(element, <u8>length, 8)
  store<u8>(element, load<u8>(name + length - 1), 9)
  store<u16>(element, <u16>kind, 10)
}

/** What is known of the element of a name; 0 of those that do not matter. */
export function kindOf(start: i32, end: i32): i32 {
  const length = end - start
  const key = keyOf(INPUT + start, length)
  let element = ELEMENTS + <usize>slotOf(key) * ELEMENT
  for (let known = load<u64>(element); known != 0; known = load<u64>(element)) {
    if (known == key && load<u8>(element, 8) == <u8>length) {
      const last = load<u8>(INPUT + end - 1) | 0x20
      if (last == load<u8>(element, 9)) return load<u16>(element, 10)
    }
    element = ELEMENTS + ((element - ELEMENTS + ELEMENT) & (ELEMENT * SLOTS))
  }
  return 0
}

@inline
function keyOf(name: usize, length: i32): u64 {
  const letters = load<u64>(name) | LOWER
  return length >= 8 ? letters : letters & ((<u64>1 << (<u64>length << 3)) - 1)
}

@inline
function slotOf(key: u64): u32 {
  return <u32>((key * 0x9e3779b97f4a7c15) >> 56)
}
