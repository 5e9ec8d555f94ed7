/*
 * What the scan of markup and what asks it have in common. `wasm/markup-scan` is compiled with this file: nothing but numbers may stand
 * in it.
 */

/** What is known of an element, as bits. */
export const IS_LINK = 1
/** It has nothing but text in it, up to its own end. */
export const IS_RAW_TEXT = 2
/** What it holds up to the next tag is not shown. */
export const IS_HIDDEN = 4
/** It is read in a way of its own, and seldom met. */
export const IS_ODD = 8
/** It can act by itself, or ask. */
export const ACTS = 16
export const IS_KEPT = 32
export const IS_NOSCRIPT = 64
export const IS_BODY = 128
export const IS_SCRIPT = 256
export const IS_TITLE = 512

/** The sets of telling words, see `TellingWords`. */
export const SET_TAGS = 0
export const SET_SCRIPTS = 1
export const SET_TITLES = 2
export const SET_TEXTS = 3
export const SET_ROOMS = 4
export const SET_ANYWHERE = 5
