/** One token of TypeScript source: enough to find imports and calls, not a parser. */
export interface Token {
  readonly kind: 'word' | 'string' | 'mark'
  /** The word or the mark; for a string its content, escapes undone only where they are quotes. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new await yield do else instanceof'.split(' '),
)
const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*/uy

/**
 * Splits source into words, strings and marks. Comments, regular expressions and the fixed parts of templates are left
 * out; the expressions in `${}` of a template are not.
 *
 * @param prose - called with each comment and each fixed part of a template, and its line
 */
export function tokenize(source: string, prose?: (text: string, line: number) => void): Token[] {
  const tokens: Token[] = []
  /** For each open template: how many braces are open inside its current `${}`. */
  const templates: number[] = []
  let line = 1
  let at = source.startsWith('#!') ? endOfLine(source, 0) : 0

  while (at < source.length) {
    const char = source[at]!
    if (char === '\n') {
      line++
      at++
    } else if (/\s/.test(char)) {
      at++
    } else if (source.startsWith('//', at)) {
      const end = endOfLine(source, at)
      prose?.(source.slice(at, end), line)
      at = end
    } else if (source.startsWith('/*', at)) {
      const end = source.indexOf('*/', at + 2) + 2
      prose?.(source.slice(at, end), line)
      skip(end)
    } else if (char === "'" || char === '"') {
      const end = endOfQuoted(source, at, char)
      tokens.push({ kind: 'string', text: source.slice(at + 1, end - 1).replace(/\\(['"\\])/g, '$1'), line })
      skip(end)
    } else if (char === '`') {
      template(at + 1)
    } else if (char === '/' && regexMayStart(tokens.at(-1))) {
      tokens.push({ kind: 'mark', text: '/regex/', line })
      skip(endOfRegex(source, at))
    } else {
      WORD.lastIndex = at
      const word = WORD.exec(source)?.[0]
      if (word) {
        tokens.push({ kind: 'word', text: word, line })
        at += word.length
      } else {
        mark(char)
      }
    }
  }
  return tokens

  function skip(to: number): void {
    const end = to > at ? to : source.length
    for (let i = at; i < end; i++) if (source[i] === '\n') line++
    at = end
  }

  /** Passes over the fixed part of a template, up to its end or to the next `${`. */
  function template(from: number): void {
    let end = from
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end))
      end += source[end] === '\\' ? 2 : 1
    const opens = source.startsWith('${', end)
    prose?.(source.slice(from, end), line)
    skip(end + (opens ? 2 : 1))
    if (opens) templates.push(0)
    else tokens.push({ kind: 'string', text: '', line })
  }

  function mark(char: string): void {
    const depth = templates.at(-1)
    if (depth !== undefined && char === '}' && depth === 0) {
      templates.pop()
      template(at + 1)
      return
    }
    if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1
    if (depth !== undefined && char === '}') templates[templates.length - 1] = depth - 1
    tokens.push({ kind: 'mark', text: char, line })
    at++
  }
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

function endOfQuoted(source: string, from: number, quote: string): number {
  let at = from + 1
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfRegex(source: string, from: number): number {
  let inClass = false
  let at = from + 1
  for (; at < source.length && source[at] !== '\n'; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '[') inClass = true
    else if (source[at] === ']') inClass = false
    else if (source[at] === '/' && !inClass) break
  }
  return at + 1
}

function regexMayStart(before: Token | undefined): boolean {
  if (!before) return true
  if (before.kind === 'word') return BEFORE_REGEX.has(before.text)
  return before.kind === 'mark' && ![')', ']', '}', '/regex/'].includes(before.text)
}
