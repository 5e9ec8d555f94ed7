import { PRIVATE_WORDS, type PrivateWord } from './private-words.ts'
import { tokenize } from './tokens.ts'

/** A private word in a file. */
export interface FoundWord {
  /** From 1; 0 for the name of the file. */
  readonly line: number
  readonly found: string
  readonly say: string
}

/**
 * The private words in a file of source (`.ts`) or in a page (`.md`). In source: identifiers, comments, and strings that
 * are sentences; a string of one word is a stored kind, a key or a code. In pages: prose; code is left out.
 *
 * @param path - with slashes
 */
export function findPrivateWords(
  path: string,
  content: string,
  words: readonly PrivateWord[] = PRIVATE_WORDS,
): FoundWord[] {
  const found: FoundWord[] = []
  const look = (text: string, line: number, part: 'prose' | 'name') => {
    for (const word of words) {
      const pattern = word[part]
      if (pattern === undefined) continue
      for (const { 0: match, index } of text.matchAll(new RegExp(pattern, `${pattern.flags}g`))) {
        const lines = text.slice(0, index).split('\n').length - 1
        found.push({ line: line + lines, found: match.replace(/\s+/g, ' '), say: word.say })
      }
    }
  }
  look(wordsOf(path.replace(/\.[a-z]+$/, '').replaceAll('/', '.')), 0, 'name')
  if (path.endsWith('.md')) look(proseOfPage(content), 1, 'prose')
  else readSource(content, look)
  return found.sort((a, b) => a.line - b.line)
}

function readSource(
  content: string,
  look: (text: string, line: number, part: 'prose' | 'name') => void,
): void {
  const names = new Set<string>()
  const tokens = tokenize(content, (text, line) => {
    if (/^\/[/*]/.test(text)) look(proseOfComment(text), line, 'prose')
    else if (/\s/.test(text)) look(text, line, 'prose')
  })
  for (const { kind, text, line } of tokens) {
    if (kind === 'string' && /\s/.test(text.trim())) look(text, line, 'prose')
    // Once a file is enough for a name.
    if (kind !== 'word' || names.has(text)) continue
    names.add(text)
    look(wordsOf(text), line, 'name')
  }
}

/** A comment without the stars at its margin, and without the code in it; each line stays where it is. */
function proseOfComment(text: string): string {
  return withoutCode(text.replace(/^[ \t]*\*(?!\/)/gm, ' '))
}

/** A page without code, addresses of links and comments; each line stays where it is. */
function proseOfPage(content: string): string {
  return withoutCode(
    content
      .replace(/^```[\s\S]*?^```/gm, linesOf)
      .replace(/<!--[\s\S]*?-->/g, linesOf)
      .replace(/\]\([^)\n]*\)/g, ']'),
  )
}

function withoutCode(text: string): string {
  return text.replace(/`[^`]*`/g, linesOf)
}

function linesOf(text: string): string {
  return '\n'.repeat(text.split('\n').length - 1)
}

/** An identifier or a path as its words, in lower case: `SolveQueue`, `solve-queue` and `SOLVE_QUEUE` are `solve queue`. */
function wordsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/[^\p{L}\d.]+/gu, ' ')
    .replaceAll('.', ' . ')
    .toLowerCase()
}
