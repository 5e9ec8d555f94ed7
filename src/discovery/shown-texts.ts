import { extractFields, type FieldSelectors } from '../compliance/index.ts'
import { parseDocument, type Steps } from '../document/index.ts'
import { collapsed } from './value-format.ts'

/** What is looked for: a name for it, and what the page shows. */
export interface Wanted {
  readonly name: string
  readonly shown: string | readonly string[]
  /** Whether it has to be found; else it only shows how much of the page an answer holds. */
  readonly asked: boolean
}

const MAX_TEXTS = 300
const MAX_CHARS = 200

/** Every text that a document shows, once each, step by step: what a page is made of where nobody says what is wanted. */
export function* shownTexts(html: string): Steps<string[]> {
  const { texts, textParents, names } = yield* parseDocument(html)
  const found = new Set<string>()
  for (const [at, text] of texts.entries()) {
    const parent = names[textParents[at] as number]
    if (parent === 'script' || parent === 'style' || parent === 'noscript' || parent === 'title') continue
    const shown = collapsed(text)
    if (shown.length >= 2 && shown.length <= MAX_CHARS) found.add(shown)
    if (found.size === MAX_TEXTS) break
  }
  return [...found]
}

/** What selectors find in a document: the fields that are there. */
export function* shownFields(html: string, fields: FieldSelectors): Steps<Map<string, string | string[]>> {
  const found = new Map<string, string | string[]>()
  for (const [name, value] of Object.entries(yield* extractFields(html, fields))) {
    if (Array.isArray(value)) {
      const texts = value.filter((text): text is string => text !== null && text !== '')
      if (texts.length === value.length && texts.length > 0) found.set(name, texts)
    } else if (value !== null && value !== '') found.set(name, value)
  }
  return found
}
