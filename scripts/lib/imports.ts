import type { Token } from './tokens.ts'

export interface Import {
  readonly specifier: string
  /** From 1; the line of the specifier. */
  readonly line: number
}

/** Every module that a source names: static, re-exported, dynamic with a literal, and in types (`import('x').Y`). */
export function findImports(tokens: readonly Token[]): Import[] {
  const found: Import[] = []
  tokens.forEach((token, at) => {
    if (token.kind !== 'word' || tokens[at - 1]?.text === '.') return
    const specifier =
      token.text === 'import'
        ? importSpecifier(tokens, at)
        : token.text === 'export'
          ? exportSpecifier(tokens, at)
          : null
    if (specifier) found.push({ specifier: specifier.text, line: specifier.line })
  })
  return found
}

/** The names that a file of re-exports and declarations exports; `*` for each `export *`. */
export function exportedNames(tokens: readonly Token[]): string[] {
  const names: string[] = []
  tokens.forEach((token, at) => {
    if (token.kind !== 'word' || token.text !== 'export' || tokens[at - 1]?.text === '.') return
    const open = at + (tokens[at + 1]?.text === 'type' && tokens[at + 2]?.kind === 'mark' ? 2 : 1)
    if (tokens[open]?.text === '*') {
      names.push(tokens[open + 1]?.text === 'as' ? tokens[open + 2]!.text : '*')
    } else if (tokens[open]?.text === '{') {
      const close = closing(tokens, open)
      for (let i = open + 1; i < close; i++) {
        if (tokens[i]!.kind !== 'mark' && /^[,}]$/.test(tokens[i + 1]!.text)) names.push(tokens[i]!.text)
      }
    } else {
      const name = declaredName(tokens, at + 1)
      if (name) names.push(name)
    }
  })
  return names
}

const BEFORE_NAME = new Set(
  'abstract async class const declare default function interface let type var'.split(' '),
)

function declaredName(tokens: readonly Token[], from: number): string | null {
  let at = from
  while (BEFORE_NAME.has(tokens[at]?.text ?? '') || tokens[at]?.text === '*') at++
  return tokens[at]?.kind === 'word' ? tokens[at]!.text : null
}

function importSpecifier(tokens: readonly Token[], at: number): Token | null {
  const next = tokens[at + 1]
  if (next?.kind === 'string') return next
  if (next?.text === '(') return tokens[at + 2]?.kind === 'string' ? tokens[at + 2]! : null
  if (next?.text === '.' || next?.text === ':') return null // import.meta, or a property of that name
  return fromClause(tokens, at + 1)
}

function exportSpecifier(tokens: readonly Token[], at: number): Token | null {
  const open = at + (tokens[at + 1]?.text === 'type' ? 2 : 1)
  if (tokens[open]?.text !== '{' && tokens[open]?.text !== '*') return null
  return fromClause(tokens, open)
}

/** The string after `from`, with nothing but a clause of names in between. */
function fromClause(tokens: readonly Token[], start: number): Token | null {
  for (let at = start; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!
    const next = tokens[at + 1]
    if (kind === 'word' && text === 'from' && next?.kind === 'string') return next
    if (kind === 'mark' && !['{', '}', ',', '*'].includes(text)) return null
    if (text === '}' && next?.text !== 'from' && next?.text !== ',') return null
  }
  return null
}

function closing(tokens: readonly Token[], open: number): number {
  let at = open
  while (at < tokens.length - 1 && tokens[at]!.text !== '}') at++
  return at
}
