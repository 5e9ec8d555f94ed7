import { partsOfPage } from '../page-parts.ts'
import type { Subject } from './subject.ts'

/** Of the parts of a page's URL. */
const MAX_PARTS = 8
/** A number at the end, by itself: after a mark, or after a few letters of one case (`B1203`), as no cursor has it. */
const NUMBERED = /(?:^|[-_.~]|^[A-Z]{1,4}|^[a-z]{1,8})\d+(?:\.[a-z]{1,5})?$/
/** Sixteen digits, as ids of databases have: with a digit among them, or it is a word. */
const HEXADECIMAL = /^(?=.*\d)[\da-f-]{8,}$/i

/**
 * Whether the ids in a page's URL are even: sites that try two ways to show something give one of them to every second id. Hexadecimal digits
 * are so by their value or by their code, which differ for letters.
 */
export function idFacts(page: URL): Subject[] {
  const ids = partsOfPage(page).filter(
    ({ source, value }) => source.pick === 'whole' && (NUMBERED.test(value) || HEXADECIMAL.test(value)),
  )
  return ids.slice(0, MAX_PARTS).map(({ source, value }) => ({
    name: JSON.stringify(['id', source]),
    field: null,
    kinds: new Set([endOf(value)]),
    states: new Set(),
    sizes: new Map(),
    claims: null,
  }))
}

function endOf(id: string): string {
  const last = id
    .replace(/\.[a-z]+$/, '')
    .slice(-1)
    .toLowerCase()
  const isEven = Number.parseInt(last, 16) % 2 === 0
  return `${/\d/.test(last) ? 'digit' : 'letter'}, ${isEven ? 'even' : 'odd'} id`
}
