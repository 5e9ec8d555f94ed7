import ts from 'typescript-oldest'
import type { Declarations, Declared } from './declarations.ts'

/** A declaration that callers can reach. */
export interface Reached {
  /** The name that callers import it by; null where they cannot name it. */
  readonly exportedAs: string | null
  readonly declared: Declared
  /** Whether callers get the value, so that they can call its constructor. */
  readonly isMade: boolean
}

export interface Reachable {
  readonly reached: readonly Reached[]
  /** Exported names that another package declares. */
  readonly foreign: readonly string[]
}

/** What a file exports, by name, and every type of this package that it uses. */
export function reachable(declarations: Declarations, entry: string): Reachable {
  const open = declarations
    .exportsOf(entry)
    .map((name) => ({ name, declared: declarations.exported(entry, name) }))
  const isMade = new Set(
    open.flatMap(({ name, declared }) =>
      declared !== null && declarations.isValue(entry, name) ? [keyOf(declared)] : [],
    ),
  )
  const isPublic = new Set(open.flatMap(({ declared }) => (declared === null ? [] : [keyOf(declared)])))
  const reached: Reached[] = open.flatMap(({ name, declared }) =>
    declared === null ? [] : [{ exportedAs: name, declared, isMade: isMade.has(keyOf(declared)) }],
  )
  const seen = new Set<string>()
  const waiting = open.flatMap(({ declared }) => declared ?? [])
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(keyOf(next))) continue
    seen.add(keyOf(next))
    if (!isPublic.has(keyOf(next))) reached.push({ exportedAs: null, declared: next, isMade: false })
    waiting.push(...usedBy(declarations, next, isMade.has(keyOf(next))))
  }
  return { reached, foreign: open.flatMap(({ name, declared }) => (declared === null ? [name] : [])) }
}

/** Private members; constructors of classes that callers are given and do not make. */
export function isHidden(node: ts.Node, isMade: boolean): boolean {
  if (ts.isConstructorDeclaration(node) && !isMade) return true
  return ts.isClassElement(node) && isPrivate(node)
}

/** The module that an inferred type names; undefined for a form that declarations do not have. */
export function specifierOf({ argument }: ts.ImportTypeNode): string | undefined {
  return ts.isLiteralTypeNode(argument) && ts.isStringLiteral(argument.literal)
    ? argument.literal.text
    : undefined
}

function keyOf({ file, name }: Declared): string {
  return `${file}#${name}`
}

function isPrivate(member: ts.ClassElement): boolean {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return true
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0
}

/** The declarations of this package that one refers to. */
function usedBy(declarations: Declarations, { file, nodes }: Declared, isMade: boolean): Declared[] {
  const used: Declared[] = []
  const take = (name: ts.Node | undefined) => {
    let first = name
    while (first && ts.isQualifiedName(first)) first = first.left
    if (first && ts.isIdentifier(first)) used.push(...[declarations.local(file, first.text) ?? []].flat())
  }
  const visit = (node: ts.Node): void => {
    if (isHidden(node, isMade)) return
    if (ts.isTypeReferenceNode(node)) take(node.typeName)
    else if (ts.isExpressionWithTypeArguments(node)) take(node.expression)
    else if (ts.isTypeQueryNode(node)) take(node.exprName)
    else if (ts.isImportTypeNode(node)) {
      const from = declarations.resolve(file, specifierOf(node) ?? '')
      const { qualifier } = node
      if (from !== null && qualifier !== undefined && ts.isIdentifier(qualifier))
        used.push(...[declarations.exported(from, qualifier.text) ?? []].flat())
    }
    ts.forEachChild(node, visit)
  }
  for (const node of nodes) visit(node)
  return used
}
