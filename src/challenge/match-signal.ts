import type { HtmlFacts } from './html-facts.ts'
import { isBlank, isThreshold } from './shape.ts'
import type { Signal } from './signal.ts'
import { firstValue, type Subject } from './subject.ts'

/** Values of headers are looked at so far: a longer one is nothing that a row asks for. */
const HEADER_CHARS = 1_024
/** Who stands in the way of a page says so in a few words: a longer text of a successful page only speaks of it. */
export const SAID_CHARS = 1_200
const SAID = new Set<Signal['in']>(['title', 'text', 'noscript'])

/** Whether a row of the table is true of a response. */
export function matchesSignal(row: Signal, subject: Subject): boolean {
  if (row.status !== undefined && !row.status.includes(subject.statusCode)) return false
  if (row.when !== undefined && !hasShape(row, subject)) return false
  switch (row.in) {
    case 'status':
      return true
    case 'header': {
      const value = firstValue(subject.headers[row.name ?? ''])
      if (value === undefined) return false
      return row.has === undefined || holds(value.slice(0, HEADER_CHARS).toLowerCase(), row.has)
    }
    case 'cookie':
      return subject.cookies.length > 0 && subject.cookies.some((name) => isNamed(name, row.name ?? ''))
    case 'url':
      return row.has !== undefined && holds(subject.address, row.has)
    default:
      return matchesDocument(row, subject)
  }
}

function matchesDocument(row: Signal, { facts, shape, statusCode }: Subject): boolean {
  const { has } = row
  if (facts === null || has === undefined) return false
  if (shape === 'content' && row.verdict !== 'present') return false
  if (
    row.when === 'gate' &&
    statusCode < 400 &&
    shape !== 'part' &&
    SAID.has(row.in) &&
    !canBeMeant(row, facts)
  ) {
    return false
  }
  switch (row.in) {
    case 'title':
      return facts.title.split('\n').some((title) => isTitled(title, has))
    case 'text':
      return holds(facts.text, has)
    case 'noscript':
      return holds(facts.noscript, has)
    case 'inline':
      return holds(facts.inline, has)
    case 'resource':
      return holds(facts.resources, has)
    case 'element':
      return typeof has === 'string' ? facts.elements.has(has) : has.some((mark) => facts.elements.has(mark))
    case 'comment':
      return holds(facts.comments, has)
    default:
      return false
  }
}

/** The head of a response counts before the document has been seen to its end, or at all. */
function hasShape({ when, in: place }: Signal, { facts, shape, statusCode }: Subject): boolean {
  if (when === undefined || when === 'any' || shape === 'bare' || shape === when) return true
  const isOfHead = place === 'header' || place === 'cookie' || place === 'status' || place === 'url'
  if (isOfHead && (facts === null || shape === 'part')) return true
  if (when !== 'gate' || facts === null || !isThreshold(facts, shape, statusCode)) return false
  // What a page loads counts where nothing else can follow: others load it before they say anything.
  return statusCode >= 400 || shape !== 'part' || SAID.has(place) || place === 'element' || isBlank(facts)
}

/** Words stand in for a successful page only where they are few, and where something is there to act on them. */
function canBeMeant({ verdict }: Signal, facts: HtmlFacts): boolean {
  if (facts.text.length > SAID_CHARS) return false
  if (verdict !== 'js-challenge' && verdict !== 'captcha') return true
  return facts.scripts > 0 || facts.forms > 0 || facts.refresh !== null
}

/** A title begins or ends with what it is, beside the name of the site. */
function isTitled(title: string, has: string | readonly string[]): boolean {
  for (const part of typeof has === 'string' ? [has] : has) {
    if (title.startsWith(part) || title.endsWith(part)) return true
  }
  return false
}

function holds(text: string, has: string | readonly string[]): boolean {
  if (text === '') return false
  if (typeof has === 'string') return text.includes(has)
  for (const part of has) if (text.includes(part)) return true
  return false
}

function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
