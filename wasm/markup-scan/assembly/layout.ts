// Where things are in the memory of the module. Addresses are bytes; nothing is ever allocated.

/** What a byte is in a text, for UTF-8 and for charsets with a byte for each letter. */
export const UTF8_TEXT: usize = 0x0400
export const ONE_BYTE_TEXT: usize = 0x0500
/** What a byte ends, see `bytes.ts`. */
export const CLASSES: usize = 0x0600
/** The elements, by a hash of their names. */
export const ELEMENTS: usize = 0x0800
/** What a scan has found: a number of four bytes each. */
export const FOUND: usize = 0x1800
/** Begin and end of each text. */
export const TEXTS: usize = 0x1900
export const MAX_TEXTS: i32 = 256
/** Begin and end of each tag that is looked at more closely. */
export const TAGS: usize = 0x2100
export const MAX_TAGS: i32 = 24
/** Names of character references: the length of each, then its letters; a zero ends the list. */
export const NAMES: usize = 0x2400
export const NAMES_END: usize = 0x2c00
/** The sets of words. */
export const SETS: usize = 0x3000
export const SET_SIZE: usize = 0x5000
export const RECORDS: usize = 0x21000
export const MAX_RECORDS: i32 = 2_048
export const WORDS: usize = 0x29000
export const MAX_WORDS: i32 = 1_024
export const LETTERS: usize = 0x2b000
export const LETTERS_END: usize = 0x31000
/** The document. Zeros stand before and behind it, so that a look beside it needs no test. */
export const INPUT: usize = 0x31010
export const MAX_INPUT: i32 = 32_768
