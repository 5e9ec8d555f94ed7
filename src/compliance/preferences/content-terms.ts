import type { Purpose } from './purpose.ts'

/** What one term of a preference says. */
export interface TermMeaning {
  readonly purposes: readonly Purpose[]
  readonly allowed: boolean
}

/** The categories of draft-ietf-aipref-vocab-08; those of drafts before it, which sites still send, among them. */
const USAGE: Readonly<Record<string, readonly Purpose[]>> = {
  search: ['search'],
  'train-ai': ['ai-train'],
  'train-genai': ['ai-train'],
  'ai-use': ['ai-input'],
  'ai-output': ['ai-input'],
  all: ['search', 'ai-train', 'ai-input', 'archive', 'text-mining'],
  bots: ['search', 'ai-train', 'ai-input', 'archive', 'text-mining'],
}

/** The signals of contentsignals.org. */
const SIGNALS: Readonly<Record<string, readonly Purpose[]>> = {
  search: ['search'],
  'ai-input': ['ai-input'],
  'ai-train': ['ai-train'],
}

const MAX_TERMS = 32

/**
 * The terms of a `Content-Usage` (AIPREF: a dictionary of structured fields, `train-ai=n, search=y`). What is no known
 * category, or neither `y` nor `n`, says nothing.
 */
export function contentUsageTerms(value: string): readonly TermMeaning[] {
  return termsOf(value, USAGE, 'y', 'n')
}

/** The terms of a `Content-Signal`: `search=yes, ai-train=no`. */
export function contentSignalTerms(value: string): readonly TermMeaning[] {
  return termsOf(value, SIGNALS, 'yes', 'no')
}

function termsOf(
  value: string,
  table: Readonly<Record<string, readonly Purpose[]>>,
  yes: string,
  no: string,
): readonly TermMeaning[] {
  const said = new Map<string, string>()
  for (const member of value.slice(0, 4096).split(',').slice(0, MAX_TERMS)) {
    // Parameters of a member qualify it in ways that no draft has given a meaning yet.
    const [name = '', word = ''] = (member.split(';', 1)[0] ?? '').split('=', 2)
    // Of a member that is there twice the last counts (RFC 9651, section 4.2.2).
    said.set(name.trim().toLowerCase(), word.trim().toLowerCase())
  }
  return [...said].flatMap(([name, word]) => {
    const purposes = Object.hasOwn(table, name) ? table[name] : undefined
    return purposes === undefined || (word !== yes && word !== no)
      ? []
      : [{ purposes, allowed: word === yes }]
  })
}
