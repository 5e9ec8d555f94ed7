import type { PseudoSelector, Selector } from 'css-what'
import { attributeTest } from './attribute-test.ts'
import { cssWhat } from './libraries.ts'
import { parseNth } from './parse-nth.ts'
import { PSEUDO_ALIASES } from './pseudo-aliases.ts'
import type { ComplexSelector, Relation, SelectorList, SimpleSelector } from './selector-types.ts'

/**
 * Reads a list of CSS selectors: those of the third level, `:is`, `:where`, `:not`, `:has` and `:nth-child(… of …)` of the
 * fourth, and jQuery's `:contains`, `:checkbox`, … A selector that begins with a combinator begins at the outermost elements.
 *
 * @throws Error when it is no selector, or uses something unsupported
 */
export function parseSelector(text: string): SelectorList {
  if (text.trim() === '') throw new Error('An empty selector')
  return listOf(cssWhat().parse(text))
}

const RELATIONS: ReadonlySet<string> = new Set(['descendant', 'child', 'adjacent', 'sibling', 'parent'])

const TOP: SimpleSelector = { kind: 'top' }

function listOf(lists: readonly (readonly Selector[])[]): SelectorList {
  if (lists.length === 0) throw new Error('An empty list')
  return lists.map((tokens) => {
    const complex = complexOf(tokens)
    return complex[0]?.relation === null ? complex : [{ relation: null, compound: [TOP] }, ...complex]
  })
}

function complexOf(tokens: readonly Selector[]): ComplexSelector {
  const parts: { relation: Relation | null; compound: SimpleSelector[] }[] = []
  let last: { relation: Relation | null; compound: SimpleSelector[] } | undefined
  let size = 0
  for (const token of tokens) {
    if (RELATIONS.has(token.type)) {
      if (last !== undefined && size === 0) throw new Error('A combinator without a selector')
      last = { relation: token.type as Relation, compound: [] }
      parts.push(last)
      size = 0
      continue
    }
    if (last === undefined) {
      last = { relation: null, compound: [] }
      parts.push(last)
    }
    last.compound.push(...simpleOf(token))
    size++
  }
  if (size === 0) throw new Error('A combinator without a selector')
  return parts
}

function simpleOf(token: Selector): readonly SimpleSelector[] {
  switch (token.type) {
    case 'universal':
      return noNamespace(token.namespace === '*' ? null : token.namespace, [])
    case 'tag':
      return noNamespace(token.namespace, [{ kind: 'tag', name: token.name.toLowerCase() }])
    case 'attribute': {
      const name = token.name.toLowerCase()
      return noNamespace(token.namespace, [
        { kind: 'attribute', name, accepts: attributeTest({ ...token, name }) },
      ])
    }
    case 'pseudo':
      return pseudoOf(token)
    default:
      throw new Error(`${token.type} is not supported`)
  }
}

function noNamespace(namespace: string | null, parts: readonly SimpleSelector[]): readonly SimpleSelector[] {
  if (namespace !== null) throw new Error('Namespaces are not supported')
  return parts
}

function pseudoOf({ name, data }: PseudoSelector): readonly SimpleSelector[] {
  if (Array.isArray(data)) {
    if (name === 'has') return [{ kind: 'has', list: data.map(relativeOf) }]
    if (name === 'not') return [{ kind: 'not', list: listOf(data) }]
    if (name === 'is' || name === 'where' || name === 'matches') return [{ kind: 'is', list: listOf(data) }]
    throw new Error(`:${name}() is not supported`)
  }
  if (data !== null) return functionOf(name, data)
  const alias = PSEUDO_ALIASES.get(name)
  if (alias !== undefined) return [{ kind: 'is', list: parseSelector(alias) }]
  const nth = (fromEnd: boolean, ofType: boolean) =>
    ({ kind: 'nth', step: 0, offset: 1, fromEnd, ofType, of: null }) as const
  switch (name) {
    case 'first-child':
      return [nth(false, false)]
    case 'last-child':
      return [nth(true, false)]
    case 'only-child':
      return [nth(false, false), nth(true, false)]
    case 'first-of-type':
      return [nth(false, true)]
    case 'last-of-type':
      return [nth(true, true)]
    case 'only-of-type':
      return [nth(false, true), nth(true, true)]
    case 'root':
    case 'scope':
      return [TOP]
    case 'empty':
      return [{ kind: 'empty' }]
    case 'hover':
    case 'visited':
    case 'active':
      return [{ kind: 'never' }]
    default:
      throw new Error(`:${name} is not supported`)
  }
}

function functionOf(name: string, data: string): readonly SimpleSelector[] {
  const nth = /^nth(-last)?-(child|of-type)$/.exec(name)
  if (nth) {
    const ofType = nth[2] === 'of-type'
    const of = ofType ? null : /^(.+?)\s+of\s+(.+)$/is.exec(data)
    const { step, offset } = parseNth(of ? (of[1] as string) : data)
    const counted = of ? parseSelector(of[2] as string) : null
    return [{ kind: 'nth', step, offset, fromEnd: nth[1] !== undefined, ofType, of: counted }]
  }
  if (name === 'contains') return [{ kind: 'contains', text: data, anyCase: false }]
  if (name === 'icontains') return [{ kind: 'contains', text: data.toLowerCase(), anyCase: true }]
  if (name === 'lang') {
    const ranges = data.split(',').map((range) =>
      range
        .trim()
        .replace(/^['"]|['"]$/g, '')
        .toLowerCase(),
    )
    return [{ kind: 'lang', ranges }]
  }
  throw new Error(`:${name}() is not supported`)
}

/** The argument of `:has`: relative to the element itself. */
function relativeOf(tokens: readonly Selector[]): ComplexSelector {
  const [first] = tokens
  const named = first?.type === 'pseudo' && first.name === 'scope'
  const [head, ...rest] = complexOf(named ? tokens.slice(1) : tokens)
  if (head === undefined || (named && head.relation === null)) throw new Error('An empty selector in :has()')
  if (JSON.stringify(tokens.slice(1)).includes('"scope"')) throw new Error(':scope is not supported there')
  return [{ ...head, relation: head.relation ?? 'descendant' }, ...rest]
}
